import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import fc from 'fast-check'
import { FalconerError } from '../base/errors.ts'
import { type Datatype, doublesToBinary, fromBinary, fromJson, textsToBinary } from './tensor.ts'

const head = (datatype: Datatype, ...shape: number[]) => ({ name: 'x', datatype, shape })
const refusal = (text: RegExp) => (error: unknown) => error instanceof FalconerError && text.test(error.message)

suite('tensors as JSON', () => {
  test('are flat or nested as their shape', () => {
    for (const data of [
      [1, 2, 3, 4, 5, 6],
      [
        [1, 2, 3],
        [4, 5, 6],
      ],
    ]) {
      assert.deepEqual([...fromJson(head('FP32', 2, 3), data).numbers!], [1, 2, 3, 4, 5, 6])
    }
    assert.throws(
      () =>
        fromJson(head('FP32', 2, 3), [
          [1, 2],
          [3, 4],
          [5, 6],
        ]),
      refusal(/a list of 2 where.*list of 3|list of 3 where/),
    )
    assert.throws(() => fromJson(head('FP32', 2), [1, 2, 3]), refusal(/3 values, the shape \[2\] needs 2/))
    assert.throws(() => fromJson(head('FP32', 1), [[[[1]]]]), refusal(/nested deeper/))
  })

  test('hold what their datatype can hold', () => {
    assert.deepEqual([...fromJson(head('BOOL', 2), [true, 0]).numbers!], [1, 0])
    assert.deepEqual([...fromJson(head('INT8', 2), [-128, 127]).numbers!], [-128, 127])
    assert.deepEqual([...fromJson(head('FP64', 2), [0.1, null]).numbers!], [0.1, Number.NaN])
    assert.deepEqual([...fromJson(head('FP32', 1), [0.1]).numbers!], [Math.fround(0.1)])
    assert.throws(() => fromJson(head('UINT8', 1), [256]), refusal(/from 0 to 255 \(UINT8\)/))
    assert.throws(() => fromJson(head('INT32', 1), [1.5]), refusal(/1\.5, wanted a whole number/))
    assert.throws(() => fromJson(head('INT64', 1), [2 ** 53]), refusal(/2\^53, which is exact/))
    assert.throws(() => fromJson(head('FP32', 1), [1e39]), refusal(/wanted a finite FP32/))
    assert.throws(() => fromJson(head('INT32', 1), [null]), refusal(/null, wanted INT32/))
    assert.throws(() => fromJson(head('BYTES', 1), [5]), refusal(/"x": value 0 is 5, wanted text/))
  })

  test('have shapes of whole numbers that fit into memory', () => {
    for (const shape of [[-1], [1.5], [Number.NaN]]) {
      assert.throws(() => fromJson(head('FP32', ...shape), []), refusal(/whole numbers from 0/))
    }
    assert.throws(() => fromJson(head('FP32', 1e6, 1e6), []), refusal(/too large/))
  })
})

suite('tensors as bytes', () => {
  test('doubles and texts come back as they were', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ noDefaultInfinity: true })), fc.array(fc.string()), (doubles, texts) => {
        const values = Float64Array.from(doubles)
        assert.deepEqual(fromBinary(head('FP64', values.length), doublesToBinary(values)).numbers, values)
        assert.deepEqual(fromBinary(head('BYTES', texts.length), textsToBinary(texts)).texts, texts)
      }),
    )
  })

  // Bytes by hand, little-endian; 0x3555 is the half float nearest to one third (IEEE 754-2008, binary16).
  const byHand: [Datatype, number[], number][] = [
    ['BOOL', [1], 1],
    ['UINT8', [200], 200],
    ['UINT16', [0x34, 0x12], 0x1234],
    ['UINT32', [0xff, 0xff, 0xff, 0xff], 2 ** 32 - 1],
    ['UINT64', [1, 0, 0, 0, 1, 0, 0, 0], 2 ** 32 + 1],
    ['INT8', [0xff], -1],
    ['INT16', [0xfe, 0xff], -2],
    ['INT32', [0, 0, 0, 0x80], -(2 ** 31)],
    ['INT64', [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff], -1],
    ['FP16', [0x55, 0x35], 0.333251953125],
    ['FP16', [1, 0], 2 ** -24],
    ['FP16', [0, 0xc0], -2],
    ['FP32', [0, 0, 0x80, 0x3f], 1],
    ['FP64', [0, 0, 0, 0, 0, 0, 0xf0, 0x3f], 1],
  ]
  for (const [datatype, bytes, value] of byHand) {
    test(`${datatype} ${bytes.map(byte => byte.toString(16)).join(' ')} is ${value}`, () => {
      // At an odd offset too: the body decides where a tensor begins.
      const odd = new Uint8Array([0, ...bytes]).subarray(1)
      assert.equal(fromBinary(head(datatype, 1), odd).numbers![0], value)
    })
  }

  test('say NaN where a number is missing, and refuse infinities', () => {
    assert.ok(Number.isNaN(fromBinary(head('FP32', 1), new Uint8Array([0, 0, 0xc0, 0x7f])).numbers![0]))
    assert.throws(() => fromBinary(head('FP32', 1), new Uint8Array([0, 0, 0x80, 0x7f])), refusal(/Infinity/))
  })

  test('of a wrong length, or of texts that are cut or no UTF-8, are refused', () => {
    assert.throws(() => fromBinary(head('FP32', 2), new Uint8Array(7)), refusal(/7 bytes.*needs 8/))
    assert.throws(
      () => fromBinary(head('BYTES', 1), new Uint8Array([9, 0, 0, 0, 65])),
      refusal(/ends after the 5 bytes/),
    )
    assert.throws(() => fromBinary(head('BYTES', 1), new Uint8Array([1, 0])), refusal(/ends after the 2 bytes/))
    assert.throws(() => fromBinary(head('BYTES', 1), new Uint8Array([1, 0, 0, 0, 0xff])), refusal(/not UTF-8/))
    assert.throws(() => fromBinary(head('BYTES', 0), new Uint8Array([1])), refusal(/end after 0/))
  })
})
