import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import fc from 'fast-check'
import { FalconerError } from '../base/errors.ts'
import { readRequest } from './request.ts'
import { toRows } from './rows.ts'

const bytes = (value: unknown) => new TextEncoder().encode(JSON.stringify(value))
const refusal = (text: RegExp) => (error: unknown) => error instanceof FalconerError && text.test(error.message)
const x = { name: 'x', shape: [1], datatype: 'FP32', data: [1] }
const inputs = [
  { name: 'carrier', kind: 'text' as const, width: 1, required: true },
  { name: 'x', kind: 'number' as const, width: 1, required: true },
]

suite('an inference request', () => {
  test('mixes tensors in JSON and in bytes, in the order listed', () => {
    const head = bytes({
      id: 'r',
      parameters: { timeout: 50_000, binary_data_output: true },
      inputs: [
        { name: 'a', shape: [1], datatype: 'UINT8', parameters: { binary_data_size: 1 } },
        x,
        { name: 'b', shape: [1], datatype: 'INT8', parameters: { binary_data_size: 1 } },
      ],
      outputs: [{ name: 'p', parameters: { binary_data: false } }, { name: 'q' }],
    })
    const request = readRequest(Uint8Array.of(...head, 7, 255), head.length)
    assert.deepEqual(
      request.inputs.map(tensor => [tensor.name, tensor.numbers![0]]),
      [
        ['a', 7],
        ['x', 1],
        ['b', -1],
      ],
    )
    assert.equal(request.deadlineMs, 50)
    assert.deepEqual(request.outputs, [
      { name: 'p', binary: false },
      { name: 'q', binary: true },
    ])
  })

  const bad: [string, unknown, RegExp][] = [
    ['without inputs', {}, /\/inputs/],
    ['with an unknown datatype', { inputs: [{ ...x, datatype: 'FP8' }] }, /\/inputs\/0\/datatype: is no datatype/],
    ['with a tensor twice', { inputs: [x, x] }, /"x" is sent twice/],
    ['with a tensor that has no data', { inputs: [{ ...x, data: undefined }] }, /"x" has no data/],
    [
      'with more bytes promised than sent',
      { inputs: [{ ...x, data: undefined, parameters: { binary_data_size: 4 } }] },
      /binary_data_size is 4, 0 bytes are left/,
    ],
    [
      'with data in both ways',
      { inputs: [{ ...x, parameters: { binary_data_size: 0 } }] },
      /both as JSON and as bytes/,
    ],
    [
      'with a timeout that is no time',
      { inputs: [x], parameters: { timeout: -1 } },
      /timeout is -1, wanted microseconds/,
    ],
  ]
  for (const [what, body, text] of bad) {
    test(`${what} is refused in words`, () => {
      assert.throws(() => readRequest(bytes(body)), refusal(text))
    })
  }

  test('that is not JSON, or whose header is wrong, is refused in words', () => {
    assert.throws(() => readRequest(new TextEncoder().encode('{"inputs": [')), refusal(/not JSON/))
    assert.throws(
      () => readRequest(bytes({ inputs: [x] }), 10_000),
      refusal(/Inference-Header-Content-Length is 10000/),
    )
    const cut = bytes({ inputs: [x] })
    assert.throws(() => readRequest(Uint8Array.of(...cut, 1, 2), cut.length), refusal(/2 bytes follow the last tensor/))
  })

  test('whatever the body is, it is read or refused with a message', () => {
    const tensor = fc.record(
      {
        name: fc.constantFrom('x', 'carrier', 'id', '', '__proto__'),
        shape: fc.anything({ maxDepth: 1 }),
        datatype: fc.constantFrom('FP32', 'BYTES', 'BOOL', 'INT64', 'FP128'),
        data: fc.anything(),
        parameters: fc.anything({ maxDepth: 2 }),
      },
      { requiredKeys: [] },
    )
    const body = fc.oneof(
      fc.uint8Array(),
      fc.json().map(text => new TextEncoder().encode(text)),
      fc
        .record(
          { inputs: fc.array(tensor), parameters: fc.anything(), id: fc.anything(), outputs: fc.anything() },
          { requiredKeys: [] },
        )
        .map(value => {
          try {
            return bytes(value)
          } catch {
            return new Uint8Array()
          }
        }),
    )
    fc.assert(
      fc.property(body, fc.option(fc.integer({ min: -5, max: 200 }), { nil: undefined }), (given, length) => {
        try {
          toRows(readRequest(given, length).inputs, inputs, 'r')
        } catch (thrown) {
          assert.ok(thrown instanceof FalconerError, String((thrown as Error).stack))
          assert.ok(thrown.status >= 400 && thrown.status < 500 && thrown.message !== '')
        }
      }),
      { numRuns: 2000 },
    )
  })

  test('nested a hundred thousand lists deep is refused, not followed', () => {
    const deep = `{"inputs":[{"name":"x","shape":[1],"datatype":"FP32","data":${'['.repeat(1e5)}${']'.repeat(1e5)}}]}`
    assert.throws(() => readRequest(new TextEncoder().encode(deep)), FalconerError)
  })
})

suite('rows of tensors', () => {
  const text = (name: string, ...texts: string[]) => ({
    name,
    datatype: 'BYTES' as const,
    shape: [texts.length, 1],
    texts,
  })
  const numbers = (name: string, ...values: number[]) => ({
    name,
    datatype: 'FP32' as const,
    shape: [values.length],
    numbers: Float64Array.from(values),
  })

  test('have keys of their own, or keys made from the request', () => {
    const tensors = [text('carrier', 'UA', ''), numbers('x', 1, 2)]
    const made = toRows(tensors, inputs, 'r')
    assert.deepEqual(made.keys, ['r/0', 'r/1'])
    assert.deepEqual(made.rows.columns[0]!.values, ['UA', null])
    assert.deepEqual(toRows([...tensors, text('id', 'a', 'b')], inputs, 'r').keys, ['a', 'b'])
    assert.throws(
      () => toRows([...tensors, text('id', 'a')], inputs, 'r'),
      refusal(/"id" has the shape \[1, 1\], wanted \[2\]/),
    )
    assert.throws(() => toRows([...tensors, text('id', 'a', '')], inputs, 'r'), refusal(/key 1 has 0 characters/))
  })

  test('take a matrix apart into the columns of the model', () => {
    const matrix = [{ name: 'X', kind: 'number' as const, width: 2, required: true }]
    const tensor = { name: 'X', datatype: 'FP32' as const, shape: [2, 2], numbers: Float64Array.of(1, 2, 3, 4) }
    const { rows } = toRows([tensor], matrix, 'r')
    assert.deepEqual(
      rows.columns.map(({ name, values }) => [name, ...values]),
      [
        ['X.0', 1, 3],
        ['X.1', 2, 4],
      ],
    )
  })

  test('name the tensor that is missing, too many, of the wrong kind or shape', () => {
    const carrier = text('carrier', 'UA')
    assert.throws(
      () => toRows([carrier], inputs, 'r'),
      refusal(/"x" is missing; the model takes carrier BYTES \[-1, 1\], x FP32/),
    )
    assert.throws(() => toRows([carrier, numbers('y', 1)], inputs, 'r'), refusal(/"y" is not an input of the model/))
    assert.throws(() => toRows([carrier, text('x', '1')], inputs, 'r'), refusal(/"x" is BYTES, wanted numbers/))
    assert.throws(
      () => toRows([numbers('carrier', 1), numbers('x', 1)], inputs, 'r'),
      refusal(/"carrier" is FP32, wanted BYTES/),
    )
    assert.throws(
      () => toRows([carrier, numbers('x', 1, 2)], inputs, 'r'),
      refusal(/"x" has the shape \[2\], wanted \[1, 1\]/),
    )
  })
})
