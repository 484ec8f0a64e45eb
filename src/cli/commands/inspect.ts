/** `falconer inspect MODEL`: what an ONNX file takes, gives and is made of. */
import { existsSync, readFileSync } from 'node:fs'
import { sha256 } from '../../base/hash.ts'
import { readModel } from '../../onnx/codec.ts'
import { inspect as contentsOf, type Signature } from '../../onnx/inspect.ts'
import { print, usage } from '../terminal.ts'

export async function inspect(path: string, options: { json: boolean }): Promise<number> {
  if (!existsSync(path)) throw usage(`There is no file ${path}.`, 'Name an ONNX file.')
  const bytes = readFileSync(path)
  const contents = contentsOf(readModel(bytes))
  const found = { file: path, sizeBytes: bytes.length, sha256: sha256(bytes), ...contents }
  print(options, found, () => [
    `${path}: ${bytes.length} bytes, sha256 ${found.sha256}`,
    `made by ${contents.producer || 'an unnamed program'}, IR version ${contents.irVersion ?? 'absent'}`,
    `operator sets: ${listed(contents.opsets)}`,
    ...contents.inputs.map(input => `takes ${shown(input)}`),
    ...contents.outputs.map(output => `gives ${shown(output)}`),
    `operators: ${listed(contents.nodes)}`,
    ...(contents.trees
      ? [`${contents.trees.trees} trees with ${contents.trees.leaves} leaves on ${contents.trees.features} features`]
      : []),
    `${contents.initializers.count} initializers, ${contents.initializers.sizeBytes} bytes`,
    ...Object.entries(contents.metadata).map(([key, value]) => `metadata ${key}: ${value}`),
  ])
  return 0
}

function listed(counts: Readonly<Record<string, unknown>>): string {
  return Object.entries(counts)
    .map(([name, count]) => `${name} ${count}`)
    .join(', ')
}

function shown({ name, type, shape }: Signature): string {
  return `${name}: ${type}${shape ? ` [${shape.join(', ')}]` : ''}`
}
