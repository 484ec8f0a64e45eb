/** Short ways to write the parts of a model. */
import { type Attribute, attributeTypes, dataTypes, type Node, type Tensor, type ValueInfo } from './model.ts'

const utf8 = new TextEncoder()

const nothing = {
  floats: new Float32Array(0),
  ints: [],
  strings: [],
  tensors: [],
  graphs: [],
} as const

const noData = {
  floatData: new Float32Array(0),
  int32Data: [],
  stringData: [],
  int64Data: [],
  doubleData: new Float64Array(0),
  uint64Data: [],
  externalData: [],
} as const

/** What an attribute can be made of: text, a list of texts, numbers told apart by `ints` and `floats`, a tensor. */
export type AttributeValue =
  | { readonly int: number }
  | { readonly float: number }
  | { readonly text: string }
  | { readonly ints: ArrayLike<number> }
  | { readonly floats: ArrayLike<number> }
  | { readonly texts: readonly string[] }
  | { readonly tensor: Tensor }

export function attribute(name: string, value: AttributeValue): Attribute {
  if ('int' in value) return { ...nothing, name, i: value.int, type: attributeTypes.int }
  if ('float' in value) return { ...nothing, name, f: value.float, type: attributeTypes.float }
  if ('text' in value) return { ...nothing, name, s: utf8.encode(value.text), type: attributeTypes.string }
  if ('ints' in value) return { ...nothing, name, ints: Array.from(value.ints), type: attributeTypes.ints }
  if ('floats' in value)
    return { ...nothing, name, floats: Float32Array.from(value.floats), type: attributeTypes.floats }
  if ('tensor' in value) return { ...nothing, name, t: value.tensor, type: attributeTypes.tensor }
  return { ...nothing, name, strings: value.texts.map(text => utf8.encode(text)), type: attributeTypes.strings }
}

export function node(
  opType: string,
  input: readonly string[],
  output: readonly string[],
  attributes: Readonly<Record<string, AttributeValue>> = {},
  domain = '',
): Node {
  return {
    input,
    output,
    name: output[0] ?? opType,
    opType,
    attribute: Object.entries(attributes).map(([name, value]) => attribute(name, value)),
    ...(domain ? { domain } : {}),
    metadataProps: [],
  }
}

/** A float32 tensor with its values in little-endian bytes. */
export function floatTensor(name: string, dims: readonly number[], values: ArrayLike<number>): Tensor {
  const rawData = new Uint8Array(4 * values.length)
  const view = new DataView(rawData.buffer)
  for (let i = 0; i < values.length; i++) view.setFloat32(4 * i, values[i]!, true)
  return { ...noData, name, dims, dataType: dataTypes.float, rawData }
}

/** A tensor input or output; a dimension is a number or, where it varies, a name. */
export function tensorValue(name: string, type: keyof typeof dataTypes, dims: readonly (number | string)[]): ValueInfo {
  const dim = dims.map(d => (typeof d === 'number' ? { dimValue: d } : { dimParam: d }))
  return { name, type: { tensorType: { elemType: dataTypes[type], shape: { dim } } } }
}
