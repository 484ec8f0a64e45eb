/** What is in a model, in a page: for people, and for whoever decides what can be done with it. */
import { dataTypeBits, dataTypeName, type Model, type Node, type ValueInfo } from './model.ts'
import { graphsOf, intsOf, textsOf } from './read.ts'
import type { Int } from './wire.ts'

export interface Signature {
  readonly name: string
  /** `float`, `string`, …; `sequence` and `map` for what is no tensor. */
  readonly type: string
  /** Absent where the rank is open; a text is a dimension that varies. */
  readonly shape?: readonly (number | string)[]
}

export interface Inspection {
  readonly irVersion: Int | undefined
  readonly producer: string
  readonly opsets: Readonly<Record<string, Int>>
  readonly inputs: readonly Signature[]
  readonly outputs: readonly Signature[]
  /** Operator to number of nodes, in all graphs. Operators of other sets carry their domain. */
  readonly nodes: Readonly<Record<string, number>>
  readonly initializers: { readonly count: number; readonly sizeBytes: number; readonly largest: readonly TensorSize[] }
  readonly trees?: {
    readonly trees: number
    readonly nodes: number
    readonly leaves: number
    readonly features: number
  }
  /** Long values are cut. */
  readonly metadata: Readonly<Record<string, string>>
}

interface TensorSize {
  readonly name: string
  readonly type: string
  readonly shape: readonly number[]
  readonly sizeBytes: number
}

export function inspect(model: Model): Inspection {
  const graphs = model.graph ? [...graphsOf(model.graph)] : []
  const nodes = graphs.flatMap(graph => graph.node)
  const counts: Record<string, number> = {}
  for (const { domain, opType } of nodes) {
    const operator = domain ? `${domain}.${opType}` : (opType ?? '')
    counts[operator] = (counts[operator] ?? 0) + 1
  }
  const tensors = graphs
    .flatMap(graph => graph.initializer)
    .map(({ name, dataType, dims }): TensorSize => {
      const shape = dims.map(Number)
      const bits = dataTypeBits[Number(dataType ?? 0)] ?? 0
      const sizeBytes = Math.ceil((shape.reduce((product, size) => product * size, 1) * bits) / 8)
      return { name: name ?? '', type: dataTypeName(dataType), shape, sizeBytes }
    })
  const trees = treesIn(nodes)
  return {
    irVersion: model.irVersion,
    producer: [model.producerName, model.producerVersion].filter(Boolean).join(' '),
    opsets: Object.fromEntries(model.opsetImport.map(({ domain, version }) => [domain || 'ai.onnx', version ?? 0])),
    inputs: inputsOf(model),
    outputs: (model.graph?.output ?? []).map(signatureOf),
    nodes: Object.fromEntries(Object.entries(counts).sort(([, a], [, b]) => b - a)),
    initializers: {
      count: tensors.length,
      sizeBytes: tensors.reduce((sum, tensor) => sum + tensor.sizeBytes, 0),
      largest: tensors.toSorted((a, b) => b.sizeBytes - a.sizeBytes).slice(0, 5),
    },
    ...(trees && { trees }),
    metadata: Object.fromEntries(model.metadataProps.map(({ key, value }) => [key ?? '', cut(value ?? '')])),
  }
}

/** The inputs that a caller must give: those that are not weights at the same time. */
function inputsOf({ graph }: Model): Signature[] {
  const weights = new Set(graph?.initializer.map(({ name }) => name))
  return (graph?.input ?? []).filter(({ name }) => !weights.has(name)).map(signatureOf)
}

function signatureOf({ name, type }: ValueInfo): Signature {
  const tensor = type?.tensorType
  if (!tensor) {
    const kind = type?.sequenceType ? 'sequence' : type?.mapType ? 'map' : type?.optionalType ? 'optional' : 'unknown'
    return { name: name ?? '', type: kind }
  }
  const shape = tensor.shape?.dim.map(({ dimValue, dimParam }) =>
    dimValue === undefined ? dimParam || '?' : Number(dimValue),
  )
  return { name: name ?? '', type: dataTypeName(tensor.elemType), ...(shape && { shape }) }
}

function treesIn(nodes: readonly Node[]): Inspection['trees'] {
  const ensembles = nodes.filter(({ opType }) => opType?.startsWith('TreeEnsemble'))
  if (ensembles.length === 0) return undefined
  let trees = 0
  let count = 0
  let leaves = 0
  const features = new Set<number>()
  for (const ensemble of ensembles) {
    if (ensemble.opType === 'TreeEnsemble') {
      // From operator set 5 on leaves are listed apart from inner nodes.
      trees += intsOf(ensemble, 'tree_roots').length
      const inner = intsOf(ensemble, 'nodes_featureids')
      const ends = intsOf(ensemble, 'leaf_targetids').length
      leaves += ends
      count += inner.length + ends
      for (const feature of inner) features.add(feature)
      continue
    }
    const modes = textsOf(ensemble, 'nodes_modes')
    const ids = intsOf(ensemble, 'nodes_featureids')
    trees += new Set(intsOf(ensemble, 'nodes_treeids')).size
    count += modes.length
    modes.forEach((mode, n) => {
      if (mode === 'LEAF') leaves++
      else features.add(ids[n]!)
    })
  }
  return { trees, nodes: count, leaves, features: features.size }
}

function cut(text: string): string {
  return text.length <= 200 ? text : `${text.slice(0, 200)}… (${text.length} characters)`
}
