/**
 * What is wrong with a model file from elsewhere, as findings: a file that cannot be read gives one, a file that can
 * be read is checked as far as the format itself says what is right. Nothing here throws on a bad file.
 */
import { FalconerError, type Finding } from '../base/errors.ts'
import { readModel } from './codec.ts'
import { dataTypeBits, dataTypeName, dataTypes, type Graph, type Model, type Node, type Tensor } from './model.ts'
import { graphsOf } from './read.ts'

export interface FileCheck {
  /** Absent where the file cannot be read. */
  readonly model?: Model
  readonly findings: readonly Finding[]
}

export interface FileLimits {
  readonly sizeBytes: number
  readonly nodes: number
}

/** Protobuf's own limit on a message, and far more nodes than any model in use has. */
const fileLimits: FileLimits = { sizeBytes: 2 ** 31, nodes: 1_000_000 }

export function checkFile(bytes: Uint8Array, limits: FileLimits = fileLimits): FileCheck {
  if (bytes.length > limits.sizeBytes) {
    return { findings: [{ at: 'file', text: `${bytes.length} bytes, the limit is ${limits.sizeBytes}` }] }
  }
  let model: Model
  try {
    model = readModel(bytes)
  } catch (error) {
    if (error instanceof FalconerError && error.code === 'bad-model') return { findings: error.findings }
    throw error
  }
  return { model, findings: checkModel(model, limits) }
}

export function checkModel(model: Model, limits: FileLimits = fileLimits): Finding[] {
  const findings: Finding[] = []
  const { graph, opsetImport } = model
  if (!graph) return [{ at: 'graph', text: 'there is no graph' }]
  if (opsetImport.length === 0) findings.push({ at: 'opsetImport', text: 'no operator set is named' })
  const domains = new Set(opsetImport.map(({ domain }) => domain ?? ''))
  let nodes = 0
  for (const inner of graphsOf(graph)) nodes += inner.node.length
  if (nodes > limits.nodes) return [{ at: 'graph', text: `${nodes} nodes, the limit is ${limits.nodes}` }]
  if (graph.output.length === 0) findings.push({ at: 'graph', text: 'there is no output' })
  checkGraph(graph, 'graph', new Set(), domains, findings)
  return findings
}

/** Each name is given once, each input is there before it is used; this also rules out cycles. */
function checkGraph(
  graph: Graph,
  path: string,
  outer: ReadonlySet<string>,
  domains: ReadonlySet<string>,
  findings: Finding[],
): void {
  const own = new Set<string>()
  for (const { name } of graph.input) {
    if (name === undefined || name === '') findings.push({ at: `${path}/input`, text: 'an input has no name' })
    else if (own.has(name)) findings.push({ at: `${path}/input/${name}`, text: 'two inputs have this name' })
    else own.add(name)
  }
  const weights = new Set<string>()
  for (const tensor of graph.initializer) {
    const at = `${path}/initializer/${tensor.name ?? ''}`
    if (weights.has(tensor.name ?? '')) findings.push({ at, text: 'two initializers have this name' })
    weights.add(tensor.name ?? '')
    // Up to IR version 3 an initializer is an input too.
    own.add(tensor.name ?? '')
    findings.push(...findingsOnTensor(tensor, at))
  }
  graph.node.forEach((node, k) => {
    const at = `${path}/node/${node.name || k} (${node.opType ?? 'no operator'})`
    if (!node.opType) findings.push({ at, text: 'the node names no operator' })
    if (!domains.has(node.domain === 'ai.onnx' ? '' : (node.domain ?? ''))) {
      findings.push({ at, text: `no version is imported for the operator set ${node.domain || 'ai.onnx'}` })
    }
    for (const name of node.input) {
      if (name !== '' && !own.has(name) && !outer.has(name)) {
        findings.push({ at, text: `its input ${name} is not there, or comes later` })
      }
    }
    checkAttributes(node, at, new Set([...outer, ...own]), domains, findings)
    for (const name of node.output) {
      if (name !== '' && own.has(name)) findings.push({ at, text: `its output ${name} is already there` })
      if (name !== '') own.add(name)
    }
  })
  for (const { name } of graph.output) {
    if (!own.has(name ?? '') && !outer.has(name ?? '')) {
      findings.push({ at: `${path}/output/${name ?? ''}`, text: 'nothing makes this output' })
    }
  }
}

function checkAttributes(
  node: Node,
  path: string,
  visible: ReadonlySet<string>,
  domains: ReadonlySet<string>,
  findings: Finding[],
): void {
  const names = new Set<string>()
  for (const attribute of node.attribute) {
    const at = `${path}/${attribute.name ?? ''}`
    if (names.has(attribute.name ?? '')) findings.push({ at, text: 'two attributes have this name' })
    names.add(attribute.name ?? '')
    for (const tensor of [...(attribute.t ? [attribute.t] : []), ...attribute.tensors]) {
      findings.push(...findingsOnTensor(tensor, at))
    }
    for (const graph of [...(attribute.g ? [attribute.g] : []), ...attribute.graphs]) {
      checkGraph(graph, at, visible, domains, findings)
    }
  }
}

function findingsOnTensor(tensor: Tensor, at: string): Finding[] {
  if (tensor.dataLocation === 1 || tensor.externalData.length > 0) {
    return [{ at, text: 'its values lie in another file; export the model with its weights inside' }]
  }
  const sizes = tensor.dims.map(Number)
  const elements = sizes.reduce((product, size) => product * size, 1)
  if (sizes.some(size => size < 0) || elements > Number.MAX_SAFE_INTEGER) {
    return [{ at, text: `its shape [${tensor.dims.join(', ')}] is impossible` }]
  }
  const type = Number(tensor.dataType ?? 0)
  const bits = dataTypeBits[type]
  if (type === dataTypes.string) return countFinding(tensor.stringData.length, elements, at)
  if (bits === undefined) return [{ at, text: `its data type is ${dataTypeName(tensor.dataType)}` }]
  if (tensor.rawData) {
    const wanted = Math.ceil((elements * bits) / 8)
    if (tensor.rawData.length === wanted) return []
    return [{ at, text: `${tensor.rawData.length} bytes for ${elements} of ${dataTypeName(type)}, wanted ${wanted}` }]
  }
  const typed = [tensor.floatData, tensor.int32Data, tensor.int64Data, tensor.doubleData, tensor.uint64Data]
  const count = typed.reduce((sum, values) => sum + values.length, 0)
  // Complex numbers take two entries, half-bytes share one.
  const perElement = type === dataTypes.complex64 || type === dataTypes.complex128 ? 2 : bits < 8 ? bits / 8 : 1
  return countFinding(count, Math.ceil(elements * perElement), at)
}

function countFinding(given: number, wanted: number, at: string): Finding[] {
  return given === wanted ? [] : [{ at, text: `it holds ${given} values, its shape wants ${wanted}` }]
}
