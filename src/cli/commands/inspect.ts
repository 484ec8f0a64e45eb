/** `falconer inspect MODEL`: what an ONNX file takes, gives and is made of. */
import { existsSync, readFileSync } from 'node:fs'
import { sha256 } from '../../base/hash.ts'
import { readModel } from '../../onnx/codec.ts'
import { dataTypeName, type Graph, type ValueInfo } from '../../onnx/model.ts'
import { graphsOf } from '../../onnx/read.ts'
import { print, usage } from '../terminal.ts'

interface Port {
  readonly name: string
  readonly type: string
  /** Sizes; a name stands for a size that the caller chooses. */
  readonly shape: readonly (number | string)[]
}

export async function inspect(path: string, options: { json: boolean }): Promise<number> {
  if (!existsSync(path)) throw usage(`There is no file ${path}.`, 'Name an ONNX file.')
  const bytes = readFileSync(path)
  const model = readModel(bytes)
  const graphs = model.graph ? [...graphsOf(model.graph)] : []
  const operators = countOperators(graphs)
  const found = {
    file: path,
    sizeBytes: bytes.length,
    sha256: sha256(bytes),
    producer: [model.producerName, model.producerVersion].filter(Boolean).join(' '),
    irVersion: Number(model.irVersion ?? 0),
    opsets: Object.fromEntries(model.opsetImport.map(({ domain, version }) => [domain || 'ai.onnx', Number(version)])),
    inputs: (model.graph?.input ?? []).map(port),
    outputs: (model.graph?.output ?? []).map(port),
    operators,
    parameters: graphs.flatMap(({ initializer }) => initializer).reduce((sum, { dims }) => sum + product(dims), 0),
    metadata: Object.fromEntries(model.metadataProps.map(({ key = '', value = '' }) => [key, value])),
  }
  print(options, found, () => [
    `${path}: ${bytes.length} bytes, sha256 ${found.sha256}`,
    `made by ${found.producer || 'an unnamed program'}, IR version ${found.irVersion}`,
    `operator sets: ${listed(found.opsets)}`,
    ...found.inputs.map(input => `takes ${shown(input)}`),
    ...found.outputs.map(output => `gives ${shown(output)}`),
    `operators: ${listed(operators)}`,
    `${found.parameters} numbers in initializers`,
    ...Object.entries(found.metadata).map(([key, value]) => `metadata ${key}: ${shortened(value)}`),
  ])
  return 0
}

function port({ name = '', type }: ValueInfo): Port {
  const tensor = type?.tensorType
  return {
    name,
    type: tensor ? dataTypeName(tensor.elemType) : Object.keys(type ?? {}).join(', '),
    shape: (tensor?.shape?.dim ?? []).map(({ dimValue, dimParam }) =>
      dimValue === undefined ? dimParam || '?' : Number(dimValue),
    ),
  }
}

function countOperators(graphs: readonly Graph[]): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const { node } of graphs) {
    for (const { opType = '?', domain } of node) {
      const name = domain ? `${domain}.${opType}` : opType
      counts[name] = (counts[name] ?? 0) + 1
    }
  }
  return counts
}

function product(dims: readonly (number | bigint)[]): number {
  return dims.reduce<number>((size, dim) => size * Number(dim), 1)
}

function listed(counts: Readonly<Record<string, number>>): string {
  return Object.entries(counts)
    .map(([name, count]) => `${name} ${count}`)
    .join(', ')
}

function shown({ name, type, shape }: Port): string {
  return `${name}: ${type} [${shape.join(', ')}]`
}

function shortened(text: string): string {
  return text.length > 200 ? `${text.slice(0, 200)}… (${text.length} characters)` : text
}
