/** Tree ensembles as the ONNX-ML operators write them, and back. */
import { FalconerError } from '../base/errors.ts'
import { type AttributeValue, node } from '../onnx/build.ts'
import type { Model, Node } from '../onnx/model.ts'
import { attributeOf, floatsOf, intsOf, textOf, textsOf } from '../onnx/read.ts'
import type { TreeEnsemble } from './ensemble.ts'

export const treeDomain = 'ai.onnx.ml'

/** A TreeEnsembleRegressor node that gives the raw score [N, 1] of `input` [N, features]. */
export function treeNode(trees: TreeEnsemble, input: string, output: string): Node {
  const ensemble = trees.roots.length > 0 ? trees : { ...trees, ...oneLeaf }
  const { roots, feature, threshold, left, right, missingLeft, value } = ensemble
  const nodes = feature.length
  const treeIds = new Int32Array(nodes)
  const nodeIds = new Int32Array(nodes)
  roots.forEach((root, t) => {
    const end = roots[t + 1] ?? nodes
    for (let n = root; n < end; n++) {
      treeIds[n] = t
      nodeIds[n] = n - root
    }
  })
  const leaves = [...feature.keys()].filter(n => feature[n]! < 0)
  const local = (child: Int32Array) => child.map((c, n) => (feature[n]! < 0 ? 0 : nodeIds[c]!))
  const attributes: Record<string, AttributeValue> = {
    n_targets: { int: 1 },
    aggregate_function: { text: 'SUM' },
    post_transform: { text: 'NONE' },
    base_values: { floats: [trees.base] },
    nodes_treeids: { ints: treeIds },
    nodes_nodeids: { ints: nodeIds },
    nodes_featureids: { ints: feature.map(f => Math.max(f, 0)) },
    nodes_modes: { texts: Array.from(feature, f => (f < 0 ? 'LEAF' : 'BRANCH_LEQ')) },
    nodes_values: { floats: threshold },
    nodes_truenodeids: { ints: local(left) },
    nodes_falsenodeids: { ints: local(right) },
    nodes_missing_value_tracks_true: { ints: missingLeft },
    target_treeids: { ints: leaves.map(n => treeIds[n]!) },
    target_nodeids: { ints: leaves.map(n => nodeIds[n]!) },
    target_ids: { ints: leaves.map(() => 0) },
    target_weights: { floats: leaves.map(n => value[n]!) },
  }
  return node('TreeEnsembleRegressor', [input], [output], attributes, treeDomain)
}

/** ONNX Runtime refuses an ensemble without a node. */
const oneLeaf = {
  roots: Int32Array.of(0),
  feature: Int32Array.of(-1),
  threshold: new Float64Array(1),
  left: new Int32Array(1),
  right: new Int32Array(1),
  missingLeft: new Uint8Array(1),
  value: new Float64Array(1),
  cover: new Float64Array(1),
}

/**
 * The trees of the only TreeEnsembleRegressor or TreeEnsembleClassifier of a model, whoever wrote it: one target or
 * two classes, sums or averages, BRANCH_LEQ or BRANCH_LT. Inputs are called by `features`, or f0, f1, … The file has
 * no covers that can be trusted, so they are 0: count them with `countCovers`.
 */
export function treesOf(model: Model, features?: readonly string[]): TreeEnsemble {
  const found = (model.graph?.node ?? []).filter(({ opType }) => opType?.startsWith('TreeEnsemble'))
  const [only] = found
  if (!only || found.length > 1) {
    throw refused(`it has ${found.length} tree ensembles`, 'Give a model with exactly one tree ensemble.')
  }
  if (only.opType === 'TreeEnsembleRegressor') return regressor(only, features)
  if (only.opType === 'TreeEnsembleClassifier') return classifier(only, features)
  throw refused(
    `${only.opType} is not read yet`,
    'Export the trees as TreeEnsembleRegressor or TreeEnsembleClassifier.',
  )
}

function regressor(from: Node, features: readonly string[] | undefined): TreeEnsemble {
  const targets = Number(attributeOf(from, 'n_targets')?.i ?? 1)
  if (targets !== 1) throw refused(`it has ${targets} targets`, 'Only trees with one target are read.')
  const transform = textOf(from, 'post_transform', 'NONE')
  if (transform !== 'NONE' && transform !== 'LOGISTIC') {
    throw refused(`its post_transform is ${transform}`, 'Only NONE and LOGISTIC are read.')
  }
  const aggregate = textOf(from, 'aggregate_function', 'SUM')
  if (aggregate !== 'SUM' && aggregate !== 'AVERAGE') {
    throw refused(`its aggregate_function is ${aggregate}`, 'Only SUM and AVERAGE are read.')
  }
  const trees = structure(from, 'target', features)
  const scale = aggregate === 'AVERAGE' ? 1 / trees.roots.length : 1
  const base = floatsOf(from, 'base_values')[0] ?? 0
  return {
    ...trees,
    value: trees.value.map(v => v * scale),
    base,
    link: transform === 'NONE' ? 'identity' : 'logistic',
  }
}

function classifier(from: Node, features: readonly string[] | undefined): TreeEnsemble {
  const classes = Math.max(intsOf(from, 'classlabels_int64s').length, textsOf(from, 'classlabels_strings').length)
  const ids = new Set(intsOf(from, 'class_ids'))
  const transform = textOf(from, 'post_transform', 'NONE')
  const base = floatsOf(from, 'base_values')
  if (classes !== 2 || ids.size !== 1 || transform !== 'LOGISTIC' || base.length > 1) {
    throw refused(
      `it classifies into ${classes} classes by ${ids.size} scores with post_transform ${transform}`,
      'Only two classes by one logistic score are read.',
    )
  }
  return { ...structure(from, 'class', features), base: base[0] ?? 0, link: 'logistic' }
}

/** Nodes and leaf values, re-indexed tree by tree in the order of the file. */
function structure(
  from: Node,
  leaf: 'target' | 'class',
  given: readonly string[] | undefined,
): Omit<TreeEnsemble, 'base' | 'link'> {
  const treeIds = intsOf(from, 'nodes_treeids')
  const nodeIds = intsOf(from, 'nodes_nodeids')
  const feature = intsOf(from, 'nodes_featureids')
  const values = floatsOf(from, 'nodes_values')
  const modes = textsOf(from, 'nodes_modes')
  const trueIds = intsOf(from, 'nodes_truenodeids')
  const falseIds = intsOf(from, 'nodes_falsenodeids')
  const tracks = intsOf(from, 'nodes_missing_value_tracks_true')
  const nodes = treeIds.length
  const lengths = { nodeIds, feature, values, modes, trueIds, falseIds }
  for (const [name, { length }] of Object.entries(lengths)) {
    if (length !== nodes) throw refused(`its attribute ${name} has ${length} entries for ${nodes} nodes`)
  }
  if (attributeOf(from, 'nodes_values_as_tensor'))
    throw refused('its thresholds are float64', 'Export them as float32.')
  const index = new Map<string, number>()
  for (let n = 0; n < nodes; n++) {
    const key = `${treeIds[n]}/${nodeIds[n]}`
    if (index.has(key)) throw refused(`its node ${key} is there twice`)
    index.set(key, n)
  }
  const at = (tree: number, id: number) => {
    const n = index.get(`${tree}/${id}`)
    if (n === undefined) throw refused(`its node ${tree}/${id} is absent`)
    return n
  }
  const threshold = new Float64Array(nodes)
  const left = new Int32Array(nodes)
  const right = new Int32Array(nodes)
  const missingLeft = new Uint8Array(nodes)
  const value = new Float64Array(nodes)
  const isChild = new Uint8Array(nodes)
  for (let n = 0; n < nodes; n++) {
    const mode = modes[n]!
    if (mode === 'LEAF') {
      feature[n] = -1
      continue
    }
    if (mode !== 'BRANCH_LEQ' && mode !== 'BRANCH_LT') {
      throw refused(`a node compares by ${mode}`, 'Only BRANCH_LEQ and BRANCH_LT are read.')
    }
    // x < t is x <= the next float32 below t.
    threshold[n] = mode === 'BRANCH_LEQ' ? values[n]! : floatBelow(values[n]!)
    left[n] = at(treeIds[n]!, trueIds[n]!)
    right[n] = at(treeIds[n]!, falseIds[n]!)
    missingLeft[n] = tracks[n] ?? 0
    for (const child of [left[n]!, right[n]!]) {
      if (isChild[child]) throw refused(`its node ${treeIds[child]}/${nodeIds[child]} has two parents`)
      isChild[child] = 1
    }
  }
  const leafTrees = intsOf(from, `${leaf}_treeids`)
  const leafNodes = intsOf(from, `${leaf}_nodeids`)
  const weights = floatsOf(from, `${leaf}_weights`)
  for (let k = 0; k < leafTrees.length; k++) value[at(leafTrees[k]!, leafNodes[k]!)]! += weights[k]!
  const roots = Int32Array.from([...isChild.keys()].filter(n => !isChild[n]))
  const trees = new Set(treeIds).size
  // With one parent a node and as many roots as trees there is no cycle.
  if (roots.length !== trees) throw refused(`it has ${roots.length} roots in ${trees} trees`)
  const width = feature.reduce((max, f) => Math.max(max, f + 1), 0)
  if (given && given.length < width) throw refused(`it reads ${width} features, ${given.length} names were given`)
  const features = given ?? Array.from({ length: width }, (_, f) => `f${f}`)
  return { features, roots, feature, threshold, left, right, missingLeft, value, cover: new Float64Array(nodes) }
}

/** The largest float32 below x. */
function floatBelow(x: number): number {
  const word = new DataView(new ArrayBuffer(4))
  word.setFloat32(0, x)
  const bits = word.getInt32(0)
  if (x === 0) word.setUint32(0, 0x80000001)
  else word.setInt32(0, x > 0 ? bits - 1 : bits + 1)
  return word.getFloat32(0)
}

function refused(what: string, fix?: string): FalconerError {
  return new FalconerError('bad-model', `The trees of this model cannot be read: ${what}.`, fix ? { fix } : {})
}
