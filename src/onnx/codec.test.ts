import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { FalconerError } from '../base/errors.ts'
import { attribute, floatTensor, node, tensorValue } from './build.ts'
import { readModel, writeModel } from './codec.ts'
import type { Model } from './model.ts'
import { floatsOfTensor } from './read.ts'
import { WireReader, WireWriter } from './wire.ts'

const golden = (name: string) => readFileSync(join(import.meta.dirname, '../../test/golden', name))
const files = ['forest_regressor.onnx', 'lightgbm.onnx', 'xgboost.onnx', 'logistic.onnx', 'mlp.onnx']

describe('the ONNX codec', () => {
  it('writes a file of other makers byte for byte as it read it', () => {
    for (const name of files) {
      const bytes = golden(name)
      assert.ok(bytes.equals(writeModel(readModel(bytes))), name)
    }
  })

  it('writes fields that it does not know back as they were', () => {
    const model = readModel(golden('mlp.onnx'))
    const out = new WireWriter()
    out.raw(writeModel(model))
    // Field 25 of ModelProto, a function; this release does not look inside.
    out.tag(25, 2)
    out.varint(3)
    out.raw(Uint8Array.of(10, 1, 102))
    const bytes = writeModel({ ...model, unknown: [Uint8Array.of(202, 1, 3, 10, 1, 102)] })
    assert.deepEqual(Buffer.from(bytes), Buffer.concat(out.chunks()))
    assert.deepEqual(writeModel(readModel(bytes)), bytes)
  })

  it('keeps 64-bit integers exactly, negative ones too', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), value => {
        const out = new WireWriter()
        out.varint(value)
        const bytes = Uint8Array.from(Buffer.concat(out.chunks()))
        assert.equal(BigInt(new WireReader(bytes).signed(bytes.length, 'test')), value)
      }),
    )
  })

  it('reads what it wrote, whatever the model', () => {
    fc.assert(
      fc.property(anyModel(), model => {
        assert.deepEqual(readModel(writeModel(model)), model)
      }),
      { numRuns: 100 },
    )
  })

  it('accepts repeated numbers packed and unpacked', () => {
    // AttributeProto.ints (field 8) of a node: 1 and 300, once each way.
    const packed = Uint8Array.of(66, 3, 1, 172, 2)
    const unpacked = Uint8Array.of(64, 1, 64, 172, 2)
    for (const content of [packed, unpacked]) {
      const inNode = Uint8Array.of(42, content.length, ...content)
      const inGraph = Uint8Array.of(10, inNode.length, ...inNode)
      const model = readModel(Uint8Array.of(58, inGraph.length, ...inGraph))
      assert.deepEqual(model.graph!.node[0]!.attribute[0]!.ints, [1, 300])
    }
  })

  it('gives weights as views on the file, not as copies', () => {
    const bytes = golden('mlp.onnx')
    const [tensor] = readModel(bytes).graph!.initializer
    const view = tensor!.rawData ?? tensor!.floatData
    if (tensor!.rawData) assert.equal(view.buffer, bytes.buffer)
    assert.equal(
      floatsOfTensor(tensor!).length,
      tensor!.dims.reduce<number>((product, d) => product * Number(d), 1),
    )
  })

  it('says where a file is cut off', () => {
    const bytes = golden('logistic.onnx')
    for (let length = 0; length < bytes.length; length += 1) {
      assert.ok(refusedOrRead(bytes.subarray(0, length)), `first ${length} bytes`)
    }
    assert.throws(() => readModel(bytes.subarray(0, 200)), /truncated.*at byte \d+ inside \w+/)
  })

  it('answers any bytes with a model or with bad-model, never with another error', () => {
    const bytes = golden('logistic.onnx')
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(bytes.length - 1), fc.nat(255)), { maxLength: 8 }), changes => {
        const changed = Uint8Array.from(bytes)
        for (const [at, value] of changes) changed[at] = value
        refusedOrRead(changed)
      }),
      { numRuns: 500 },
    )
    fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), refusedOrRead))
  })

  it('refuses a file that is no protobuf, one nested too deep and one of too many messages', () => {
    assert.throws(() => readModel(new TextEncoder().encode('{"not": "onnx"}')), /Not a readable ONNX file/)
    assert.throws(() => readModel(new Uint8Array(0)), /the file is empty/)
    let nested: Uint8Array = new Uint8Array(0)
    for (let depth = 0; depth < 198; depth++) {
      const out = new WireWriter()
      // Graph in attribute (6), attribute in node (5), node in graph (1), and again.
      out.tag([6, 5, 1][depth % 3]!, 2)
      out.varint(nested.length)
      out.raw(nested)
      nested = Buffer.concat(out.chunks())
    }
    const inModel = new WireWriter()
    inModel.tag(7, 2)
    inModel.varint(nested.length)
    inModel.raw(nested)
    const deep = Buffer.concat(inModel.chunks())
    assert.throws(() => readModel(deep), /more than 100 messages within each other/)
    assert.throws(() => readModel(golden('mlp.onnx'), { depth: 100, messages: 20 }), /more than 20 messages/)
  })
})

function refusedOrRead(bytes: Uint8Array): boolean {
  try {
    readModel(bytes)
  } catch (error) {
    assert.ok(error instanceof FalconerError && error.code === 'bad-model', String(error))
  }
  return true
}

function anyModel(): fc.Arbitrary<Model> {
  const text = fc.string({ maxLength: 12 })
  const float = fc.float({ noNaN: true })
  const anyNode = fc
    .tuple(
      fc.array(text, { maxLength: 3 }),
      fc.array(text, { maxLength: 2 }),
      text,
      fc.array(float),
      fc.array(fc.integer()),
    )
    .map(([input, output, name, floats, ints]) => ({
      ...node(name || 'Relu', input, output, {}, 'ai.onnx.ml'),
      attribute: [
        attribute('floats', { floats }),
        attribute('ints', { ints }),
        attribute('texts', { texts: [name, ''] }),
        attribute('tensor', { tensor: floatTensor('t', [floats.length], floats) }),
      ],
    }))
  return fc
    .record({ nodes: fc.array(anyNode, { maxLength: 4 }), producer: text, version: fc.nat(), key: text })
    .map(({ nodes, producer, version, key }) => ({
      irVersion: 10,
      producerName: producer,
      modelVersion: version,
      opsetImport: [{ domain: '', version: 21 }],
      graph: {
        node: nodes,
        name: 'g',
        initializer: [floatTensor('w', [2], [1, -2])],
        input: [tensorValue('x', 'float', ['N', 3])],
        output: [tensorValue('y', 'string', [1])],
        valueInfo: [],
        metadataProps: [],
      },
      metadataProps: [{ key, value: producer }],
    }))
}
