/**
 * An ONNX model as plain values, named as in the ONNX schema. Repeated fields are always there; an absent optional
 * field is undefined. `unknown` holds fields that this schema does not know, byte for byte, to be written back.
 */
import type { Int } from './wire.ts'

interface Message {
  readonly unknown?: readonly Uint8Array[]
}

export interface Model extends Message {
  readonly irVersion?: Int
  readonly producerName?: string
  readonly producerVersion?: string
  readonly domain?: string
  readonly modelVersion?: Int
  readonly docString?: string
  readonly graph?: Graph
  readonly opsetImport: readonly OperatorSet[]
  readonly metadataProps: readonly StringEntry[]
}

export interface OperatorSet extends Message {
  /** Absent or empty: the standard operators. */
  readonly domain?: string
  readonly version?: Int
}

export interface StringEntry extends Message {
  readonly key?: string
  readonly value?: string
}

export interface Graph extends Message {
  readonly node: readonly Node[]
  readonly name?: string
  readonly initializer: readonly Tensor[]
  readonly docString?: string
  readonly input: readonly ValueInfo[]
  readonly output: readonly ValueInfo[]
  readonly valueInfo: readonly ValueInfo[]
  readonly metadataProps: readonly StringEntry[]
}

export interface Node extends Message {
  readonly input: readonly string[]
  readonly output: readonly string[]
  readonly name?: string
  readonly opType?: string
  readonly attribute: readonly Attribute[]
  readonly docString?: string
  readonly domain?: string
  readonly overload?: string
  readonly metadataProps: readonly StringEntry[]
}

export interface Attribute extends Message {
  readonly name?: string
  readonly f?: number
  readonly i?: Int
  readonly s?: Uint8Array
  readonly t?: Tensor
  readonly g?: Graph
  readonly floats: Float32Array
  readonly ints: readonly Int[]
  readonly strings: readonly Uint8Array[]
  readonly tensors: readonly Tensor[]
  readonly graphs: readonly Graph[]
  readonly docString?: string
  /** One of `attributeTypes`. */
  readonly type?: Int
  readonly refAttrName?: string
}

export interface Tensor extends Message {
  readonly dims: readonly Int[]
  /** One of `dataTypes`. */
  readonly dataType?: Int
  readonly floatData: Float32Array
  readonly int32Data: readonly Int[]
  readonly stringData: readonly Uint8Array[]
  readonly int64Data: readonly Int[]
  readonly name?: string
  readonly rawData?: Uint8Array
  readonly doubleData: Float64Array
  readonly uint64Data: readonly Int[]
  readonly docString?: string
  readonly externalData: readonly StringEntry[]
  /** 1: the values lie in another file. */
  readonly dataLocation?: Int
}

export interface ValueInfo extends Message {
  readonly name?: string
  readonly type?: Type
  readonly docString?: string
}

export interface Type extends Message {
  readonly tensorType?: TensorType
  readonly sequenceType?: ElementType
  readonly mapType?: MapType
  readonly optionalType?: ElementType
  readonly denotation?: string
}

export interface TensorType extends Message {
  readonly elemType?: Int
  readonly shape?: Shape
}

export interface ElementType extends Message {
  readonly elemType?: Type
}

export interface MapType extends Message {
  readonly keyType?: Int
  readonly valueType?: Type
}

export interface Shape extends Message {
  readonly dim: readonly Dimension[]
}

export interface Dimension extends Message {
  readonly dimValue?: Int
  readonly dimParam?: string
  readonly denotation?: string
}

export const attributeTypes = {
  float: 1,
  int: 2,
  string: 3,
  tensor: 4,
  graph: 5,
  floats: 6,
  ints: 7,
  strings: 8,
} as const

export const dataTypes = {
  float: 1,
  uint8: 2,
  int8: 3,
  uint16: 4,
  int16: 5,
  int32: 6,
  int64: 7,
  string: 8,
  bool: 9,
  float16: 10,
  double: 11,
  uint32: 12,
  uint64: 13,
  complex64: 14,
  complex128: 15,
  bfloat16: 16,
  float8e4m3fn: 17,
  float8e4m3fnuz: 18,
  float8e5m2: 19,
  float8e5m2fnuz: 20,
  uint4: 21,
  int4: 22,
  float4e2m1: 23,
} as const

/** Bits of one element; text has none. */
export const dataTypeBits: Readonly<Record<number, number>> = {
  1: 32,
  2: 8,
  3: 8,
  4: 16,
  5: 16,
  6: 32,
  7: 64,
  9: 8,
  10: 16,
  11: 64,
  12: 32,
  13: 64,
  14: 64,
  15: 128,
  16: 16,
  17: 8,
  18: 8,
  19: 8,
  20: 8,
  21: 4,
  22: 4,
  23: 4,
}

/** The name of a data type number, or `type N` where there is none. */
export function dataTypeName(type: Int | undefined): string {
  return Object.entries(dataTypes).find(([, number]) => number === type)?.[0] ?? `type ${type ?? 'absent'}`
}
