import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import fc from 'fast-check'
import { fastify } from 'fastify'
import { oipRoutes } from '../../src/oip/routes.ts'
import { columnsByHand, near } from '../contract/runtime.ts'
import { at, type TestPlatform, testPlatform } from './platform.ts'

suite('the Open Inference Protocol', () => {
  const app = fastify()
  let platform: TestPlatform
  before(async () => {
    platform = testPlatform()
    await platform.serve(await platform.route('live', '1.0.0', 'columns'))
    await app.register(
      oipRoutes({
        deploy: platform.deploy,
        version: '0.1.0',
        endpoints: async () => [at, { project: 'other', name: 'late' }, { project: 'other', name: 'secret' }],
        guard: () => ({}),
        mayTouch: (_request, project) => project === 'flights',
      }),
    )
  })
  after(async () => {
    await app.close()
    await platform.close()
  })

  const get = async (url: string) => {
    const { statusCode, body } = await app.inject({ url })
    return { status: statusCode, body: JSON.parse(body) }
  }
  const infer = async (payload: string | Buffer, headers: Record<string, string> = {}, url = '/v2/models/late/infer') =>
    app.inject({ method: 'POST', url, payload, headers: { 'content-type': 'application/json', ...headers } })
  const question = (more: object = {}, carrier = ['UA', 'AA'], distance: (number | null)[] = [2, null]) =>
    JSON.stringify({
      inputs: [
        { name: 'carrier', shape: [carrier.length, 1], datatype: 'BYTES', data: carrier },
        { name: 'distance', shape: [distance.length], datatype: 'FP32', data: distance },
      ],
      ...more,
    })

  test('says what server and model are, and that they are ready', async () => {
    assert.deepEqual((await get('/v2')).body, {
      name: 'falconer',
      version: '0.1.0',
      extensions: ['binary_tensor_data'],
    })
    assert.equal((await get('/v2/health/live')).status, 200)
    assert.equal((await get('/v2/health/ready')).status, 200)
    assert.deepEqual((await get('/v2/models/late/ready')).body, { name: 'late', ready: true })
    assert.deepEqual((await get('/v2/models/late')).body, {
      name: 'late',
      versions: ['1.0.0'],
      platform: 'onnx_onnxv1',
      inputs: [
        { name: 'carrier', datatype: 'BYTES', shape: [-1, 1] },
        { name: 'distance', datatype: 'FP32', shape: [-1, 1] },
      ],
      outputs: [
        { name: 'probability', datatype: 'FP64', shape: [-1, 1] },
        { name: 'id', datatype: 'BYTES', shape: [-1, 1] },
        { name: 'version', datatype: 'BYTES', shape: [-1, 1] },
        { name: 'route', datatype: 'BYTES', shape: [-1, 1] },
      ],
    })
  })

  test('infers, and echoes the id of the request', async () => {
    const response = await infer(question({ id: 'request 1' }))
    assert.equal(response.statusCode, 200)
    const { model_name, model_version, id, outputs } = response.json()
    assert.deepEqual([model_name, model_version, id], ['late', '1.0.0', 'request 1'])
    near(outputs[0].data, [columnsByHand('UA', 2), columnsByHand('AA', Number.NaN)])
    assert.deepEqual(outputs[1].data, ['request 1/0', 'request 1/1'])
    assert.deepEqual(outputs[2].data, ['1.0.0', '1.0.0'])
    assert.equal((await platform.deploy.prediction(at, 'request 1/1')).features.distance, null)
  })

  test('takes and gives tensors as bytes, with equal bits', async () => {
    const asJson = (await infer(question({ outputs: [{ name: 'probability' }] }))).json().outputs[0].data
    const json = Buffer.from(
      JSON.stringify({
        inputs: [
          { name: 'carrier', shape: [2, 1], datatype: 'BYTES', parameters: { binary_data_size: 12 } },
          { name: 'distance', shape: [2, 1], datatype: 'FP32', parameters: { binary_data_size: 8 } },
          { name: 'id', shape: [2], datatype: 'BYTES', data: ['b 1', 'b 2'] },
        ],
        outputs: [{ name: 'probability', parameters: { binary_data: true } }, { name: 'id' }],
      }),
    )
    const tail = Buffer.from([2, 0, 0, 0, 85, 65, 2, 0, 0, 0, 65, 65, 0, 0, 0, 0x40, 0, 0, 0xc0, 0x7f])
    const response = await infer(Buffer.concat([json, tail]), {
      'content-type': 'application/octet-stream',
      'inference-header-content-length': String(json.length),
    })
    assert.equal(response.statusCode, 200, response.body)
    const length = Number(response.headers['inference-header-content-length'])
    const { outputs } = JSON.parse(response.rawPayload.subarray(0, length).toString())
    assert.deepEqual(outputs[0].parameters, { binary_data_size: 16 })
    const bytes = response.rawPayload.subarray(length)
    assert.deepEqual([bytes.readDoubleLE(0), bytes.readDoubleLE(8)], asJson)
    assert.deepEqual(outputs[1].data, ['b 1', 'b 2'])
  })

  test('a key that was predicted gets its stored answer', async () => {
    const ids = { name: 'id', shape: [2], datatype: 'BYTES', data: ['b 1', 'k 2'] }
    const body = JSON.parse(question({}, ['AA', 'AA'], [9, 9]))
    body.inputs.push(ids)
    const [first, second] = (await infer(JSON.stringify(body))).json().outputs[0].data
    near([first, second], [columnsByHand('UA', 2), columnsByHand('AA', 9)])
  })

  test('a model is an endpoint that the caller may touch; others do not exist', async () => {
    assert.equal((await get('/v2/models/flights~late')).status, 200)
    const secret = await get('/v2/models/secret')
    assert.equal(secret.status, 404)
    assert.match(secret.body.error, /no model "secret"; there is flights~late/)
    assert.equal((await get('/v2/models/other~late')).status, 404)
    assert.equal((await get('/v2/models/late/versions/1.0.0/ready')).status, 200)
    assert.match((await get('/v2/models/late/versions/2.0.0')).body.error, /serves the version 1\.0\.0, not 2\.0\.0/)
  })

  test('what the caller got wrong is 400 with the tensor named', async () => {
    const wrong = await infer(question({}, ['UA'], [1, 2]))
    assert.equal(wrong.statusCode, 400)
    assert.match(wrong.json().error, /"distance" has the shape \[2\], wanted \[1, 1\]/)
    const output = await infer(question({ outputs: [{ name: 'label' }] }))
    assert.match(output.json().error, /output "label" does not exist; there are probability, id/)
    const raw = await infer(Buffer.alloc(8), { 'inference-header-content-length': '0' })
    assert.match(raw.json().error, /models with one input of numbers/)
  })

  test('a body that is too large is 413, a method that is not there 404', async () => {
    const small = fastify()
    const { deploy } = platform
    const parts = { deploy, version: '', endpoints: async () => [at], guard: () => ({}), mayTouch: () => true }
    await small.register(oipRoutes({ ...parts, bodyBytes: 10 }))
    const response = await small.inject({ method: 'POST', url: '/v2/models/late/infer', payload: question() })
    assert.equal(response.statusCode, 413)
    assert.match(response.json().error, /too large/)
    await small.close()
  })

  test('whatever is sent, the answer is an inference or a 4xx with a message', async () => {
    const value = fc.oneof(fc.constantFrom('UA', 1, null, true, ''), fc.anything({ maxDepth: 1 }))
    const tensor = fc.record({
      name: fc.constantFrom('carrier', 'distance', 'id', 'x'),
      shape: fc.array(fc.integer({ min: -1, max: 3 }), { maxLength: 3 }),
      datatype: fc.constantFrom('FP32', 'BYTES', 'INT8', 'FP64', 'BOOL', 'nonsense'),
      data: fc.oneof(fc.array(value, { maxLength: 4 }), value),
    })
    const body = fc.oneof(
      fc.string(),
      fc.record({ inputs: fc.array(tensor, { maxLength: 4 }) }).map(given => JSON.stringify(given)),
    )
    const headers = fc.constantFrom<Record<string, string>>(
      {},
      { 'inference-header-content-length': '5' },
      { 'inference-header-content-length': 'x' },
      { 'content-type': 'text/plain' },
      { 'content-encoding': 'gzip' },
    )
    await fc.assert(
      fc.asyncProperty(body, headers, async (payload, extra) => {
        const response = await infer(payload, extra)
        if (response.statusCode === 200) return
        assert.ok(response.statusCode >= 400 && response.statusCode < 500, `${response.statusCode} ${response.body}`)
        assert.ok(response.json().error.length > 0)
      }),
      { numRuns: 500 },
    )
  })
})
