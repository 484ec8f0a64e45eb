/** Reading parts of a model: attributes by name, tensors as typed arrays, metadata. */
import { FalconerError } from '../base/errors.ts'
import { type Attribute, dataTypeName, dataTypes, type Graph, type Model, type Node, type Tensor } from './model.ts'
import type { Int } from './wire.ts'

const utf8 = new TextDecoder()

export function attributeOf(node: Node, name: string): Attribute | undefined {
  return node.attribute.find(candidate => candidate.name === name)
}

export function textOf(node: Node, name: string, otherwise: string): string {
  const bytes = attributeOf(node, name)?.s
  return bytes ? utf8.decode(bytes) : otherwise
}

export function textsOf(node: Node, name: string): string[] {
  return (attributeOf(node, name)?.strings ?? []).map(bytes => utf8.decode(bytes))
}

/** Integers as numbers; they are counts and indices, so larger ones are refused. */
export function intsOf(node: Node, name: string): Int32Array {
  return Int32Array.from(attributeOf(node, name)?.ints ?? [], value => int32(value, `${node.opType}.${name}`))
}

export function floatsOf(node: Node, name: string): Float32Array {
  return attributeOf(node, name)?.floats ?? new Float32Array(0)
}

/** The values of a float tensor, from raw bytes or from the typed field; float64 is rounded to float32. */
export function floatsOfTensor(tensor: Tensor): Float32Array {
  if (tensor.dataType === dataTypes.float) {
    if (!tensor.rawData) return tensor.floatData
    const view = new DataView(tensor.rawData.buffer, tensor.rawData.byteOffset, tensor.rawData.byteLength)
    return Float32Array.from({ length: view.byteLength >> 2 }, (_, i) => view.getFloat32(4 * i, true))
  }
  if (tensor.dataType === dataTypes.double) {
    if (!tensor.rawData) return Float32Array.from(tensor.doubleData)
    const view = new DataView(tensor.rawData.buffer, tensor.rawData.byteOffset, tensor.rawData.byteLength)
    return Float32Array.from({ length: view.byteLength >> 3 }, (_, i) => view.getFloat64(8 * i, true))
  }
  throw new FalconerError(
    'bad-model',
    `The tensor ${tensor.name} holds ${dataTypeName(tensor.dataType)}, wanted float.`,
  )
}

/** The value of a metadata key, or undefined. */
export function metadataOf(model: Model, key: string): string | undefined {
  return model.metadataProps.find(entry => entry.key === key)?.value
}

/** A graph and the graphs in its nodes' attributes, at any depth. */
export function* graphsOf(graph: Graph): Generator<Graph> {
  yield graph
  for (const { attribute } of graph.node) {
    for (const { g, graphs } of attribute) {
      if (g) yield* graphsOf(g)
      for (const inner of graphs) yield* graphsOf(inner)
    }
  }
}

function int32(value: Int, where: string): number {
  const number = Number(value)
  if (number !== (number | 0)) throw new FalconerError('bad-model', `${where} holds ${value}, which is no index.`)
  return number
}
