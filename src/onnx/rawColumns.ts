/**
 * The front of a model that takes raw columns: one input [N, 1] per column, text looked up in a table of float32
 * numbers, all joined to one float tensor [N, columns].
 */
import { node, tensorValue } from './build.ts'
import type { Graph, Model, Node, ValueInfo } from './model.ts'
import { attributeOf, floatsOf, textsOf } from './read.ts'

export type RawColumn =
  | { readonly kind: 'number'; readonly name: string }
  | {
      readonly kind: 'text'
      readonly name: string
      readonly codes: ReadonlyMap<string, number>
      /** What a missing text and one that is not in the table become. */
      readonly other: number
    }

export interface Front {
  readonly inputs: readonly ValueInfo[]
  readonly nodes: readonly Node[]
}

/** Inputs and nodes that give the tensor `output`. */
export function rawColumnsFront(columns: readonly RawColumn[], output: string): Front {
  const inputs = columns.map(({ kind, name }) => tensorValue(name, kind === 'text' ? 'string' : 'float', ['N', 1]))
  const nodes: Node[] = []
  const parts = columns.map(column => {
    if (column.kind === 'number') return column.name
    const coded = `${output}/${column.name}`
    const keys = [...column.codes.keys()].filter(key => key !== '')
    const attributes = {
      // The empty text is the missing value; a table without any entry is no valid LabelEncoder.
      keys_strings: { texts: ['', ...keys] },
      values_floats: { floats: [column.other, ...keys.map(key => column.codes.get(key)!)] },
      default_float: { float: column.other },
    }
    nodes.push(node('LabelEncoder', [column.name], [coded], attributes, 'ai.onnx.ml'))
    return coded
  })
  nodes.push(node('Concat', parts, [output], { axis: { int: 1 } }))
  return { inputs, nodes }
}

/** The columns of a front written by `rawColumnsFront`; undefined where the model begins in another way. */
export function rawColumnsOf(graph: Graph): RawColumn[] | undefined {
  const concat = graph.node.find(({ opType }) => opType === 'Concat')
  if (!concat) return undefined
  const inputs = new Set(graph.input.map(input => input.name))
  const columns: RawColumn[] = []
  for (const part of concat.input) {
    if (inputs.has(part)) {
      columns.push({ kind: 'number', name: part })
      continue
    }
    const encoder = graph.node.find(({ opType, output }) => opType === 'LabelEncoder' && output[0] === part)
    const name = encoder?.input[0]
    if (!encoder || name === undefined || !inputs.has(name)) return undefined
    const keys = textsOf(encoder, 'keys_strings')
    const values = floatsOf(encoder, 'values_floats')
    const codes = new Map(keys.map((key, k): [string, number] => [key, values[k]!]).filter(([key]) => key !== ''))
    columns.push({ kind: 'text', name, codes, other: attributeOf(encoder, 'default_float')?.f ?? 0 })
  }
  return columns
}

/** A model of our own making, with a JSON description and further texts in its metadata. */
export function ownModel(
  front: Front,
  nodes: readonly Node[],
  initializer: Graph['initializer'],
  output: string,
  metadata: Readonly<Record<string, string>>,
): Model {
  return {
    irVersion: 10,
    producerName: 'falconer',
    opsetImport: [
      { domain: '', version: 21 },
      { domain: 'ai.onnx.ml', version: 3 },
    ],
    graph: {
      node: [...front.nodes, ...nodes],
      name: 'model',
      initializer,
      input: front.inputs,
      output: [tensorValue(output, 'float', ['N', 1])],
      valueInfo: [],
      metadataProps: [],
    },
    metadataProps: Object.entries(metadata).map(([key, value]) => ({ key, value })),
  }
}
