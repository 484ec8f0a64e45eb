/**
 * The file of a boosted model. It holds everything: the graph takes raw columns and gives the output, and the metadata
 * add what ONNX has no place for, the recipe and the covers that explanations need.
 */
import { FalconerError } from '../base/errors.ts'
import { node } from '../onnx/build.ts'
import { readModel, writeModel } from '../onnx/codec.ts'
import { ownModel, rawColumnsFront, rawColumnsOf } from '../onnx/rawColumns.ts'
import { metadataOf } from '../onnx/read.ts'
import type { Encoder } from './encoder.ts'
import type { TreeEnsemble } from './ensemble.ts'
import { treeNode, treesOf } from './node.ts'

export interface Boosted {
  readonly ensemble: TreeEnsemble
  /** One per raw column, in the order of the ensemble's features. */
  readonly encoders: readonly Encoder[]
  /** Parameters it was trained with, as plain data. */
  readonly recipe: unknown
}

const keys = { description: 'falconer.model', covers: 'falconer.covers' } as const

/** Names of values inside the graph. */
export const inner = { encoded: 'falconer.encoded', score: 'falconer.score' } as const

/** One input per raw column; output `probability` (logistic link) or `prediction`. */
export function writeBoosted({ ensemble, encoders, recipe }: Boosted): Uint8Array {
  const binary = ensemble.link === 'logistic'
  const output = outputName(binary, encoders)
  const front = rawColumnsFront(encoders, inner.encoded)
  const score = binary ? inner.score : output
  const nodes = [treeNode(ensemble, inner.encoded, score), ...(binary ? [node('Sigmoid', [score], [output])] : [])]
  const description = { format: 1, kind: 'boost', task: binary ? 'binary' : 'regression', recipe }
  return writeModel(
    ownModel(front, nodes, [], output, {
      [keys.description]: JSON.stringify(description),
      [keys.covers]: leafCovers(ensemble),
    }),
  )
}

/** Everything that `writeBoosted` was given, from the file alone. */
export function readBoosted(bytes: Uint8Array): Boosted {
  const model = readModel(bytes)
  const description = metadataOf(model, keys.description)
  const covers = metadataOf(model, keys.covers)
  const encoders = rawColumnsOf(model.graph!)
  if (description === undefined || covers === undefined || !encoders) {
    throw new FalconerError('bad-model', 'This file is not a boosted model that Falconer trained.', {
      fix: 'Give a model of the recipe boost; trees of other makers are read by their ONNX operator.',
    })
  }
  const parsed = JSON.parse(description) as { format: number; recipe: unknown; task: string }
  if (parsed.format !== 1) {
    throw new FalconerError('bad-model', `The file has format ${parsed.format}; this release reads format 1.`, {
      fix: 'Use the release of Falconer that wrote the model, or a later one.',
    })
  }
  const read = treesOf(
    model,
    encoders.map(encoder => encoder.name),
  )
  const trees = { ...read, link: parsed.task === 'binary' ? ('logistic' as const) : ('identity' as const) }
  return { ensemble: withLeafCovers(trees, covers), encoders, recipe: parsed.recipe }
}

/** A column may not have the name of the output or of an inner value. */
export function outputName(binary: boolean, columns: readonly { readonly name: string }[]): string {
  const output = binary ? 'probability' : 'prediction'
  const taken = columns.find(({ name }) => name === output || name.startsWith('falconer.'))
  if (taken) {
    throw new FalconerError('bad-data', `The column ${taken.name} has a name that the model itself uses.`, {
      fix: `Rename the column ${taken.name}.`,
      findings: [{ at: taken.name, text: 'reserved name' }],
    })
  }
  return output
}

/** Covers of the leaves in the order of the nodes, float64 little-endian, base64. Those of inner nodes are sums. */
function leafCovers({ feature, cover }: TreeEnsemble): string {
  const leaves = [...feature.keys()].filter(n => feature[n]! < 0)
  const view = new DataView(new ArrayBuffer(8 * leaves.length))
  leaves.forEach((n, k) => {
    view.setFloat64(8 * k, cover[n]!, true)
  })
  return Buffer.from(view.buffer).toString('base64')
}

function withLeafCovers(trees: TreeEnsemble, base64: string): TreeEnsemble {
  const bytes = Buffer.from(base64, 'base64')
  const { feature, left, right } = trees
  const leaves = feature.reduce((count, f) => count + (f < 0 ? 1 : 0), 0)
  if (bytes.length !== 8 * leaves) {
    throw new FalconerError('bad-model', `The file has ${bytes.length / 8} covers for ${leaves} leaves.`)
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const cover = new Float64Array(feature.length)
  // Children stand after their parent, so the way back finds them done.
  for (let n = feature.length - 1, k = leaves - 1; n >= 0; n--) {
    cover[n] = feature[n]! < 0 ? view.getFloat64(8 * k--, true) : cover[left[n]!]! + cover[right[n]!]!
  }
  return { ...trees, cover }
}
