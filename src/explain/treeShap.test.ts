import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { type Random, random } from '../numeric/random.ts'
import { readModel } from '../onnx/codec.ts'
import { countCovers } from '../trees/covers.ts'
import type { TreeEnsemble } from '../trees/ensemble.ts'
import { treesOf } from '../trees/node.ts'
import { rawScores } from '../trees/predict.ts'
import { treeShap } from './treeShap.ts'

const golden = (name: string) => new URL(`../../test/golden/${name}`, import.meta.url)

/** Random trees over `features` features, a feature may be tested again and again on one path. */
function randomTrees(rng: Random, trees: number, features: number, depth: number): TreeEnsemble {
  const nodes: {
    feature: number
    threshold: number
    left: number
    right: number
    missingLeft: number
    value: number
  }[] = []
  const grow = (left: number): number => {
    const n = nodes.length
    const leaf = left === 0 || (left < depth && rng.next() < 0.2)
    nodes.push({
      feature: leaf ? -1 : rng.below(features),
      threshold: Math.fround(rng.normal()),
      left: 0,
      right: 0,
      missingLeft: rng.below(2),
      value: leaf ? Math.fround(rng.normal()) : 0,
    })
    if (leaf) return n
    nodes[n]!.left = grow(left - 1)
    nodes[n]!.right = grow(left - 1)
    return n
  }
  const roots = Int32Array.from({ length: trees }, () => grow(depth))
  const cover = new Float64Array(nodes.length)
  const fill = (n: number, rows: number) => {
    cover[n] = rows
    if (nodes[n]!.feature < 0) return
    const share = 0.1 + 0.8 * rng.next()
    fill(nodes[n]!.left, rows * share)
    fill(nodes[n]!.right, rows * (1 - share))
  }
  for (const root of roots) fill(root, 1000)
  return {
    features: Array.from({ length: features }, (_, f) => `f${f}`),
    link: 'identity',
    base: 0.7,
    roots,
    feature: Int32Array.from(nodes, n => n.feature),
    threshold: Float64Array.from(nodes, n => n.threshold),
    left: Int32Array.from(nodes, n => n.left),
    right: Int32Array.from(nodes, n => n.right),
    missingLeft: Uint8Array.from(nodes, n => n.missingLeft),
    value: Float64Array.from(nodes, n => n.value),
    cover,
  }
}

function randomColumns(rng: Random, features: number, rows: number): Float32Array[] {
  return Array.from({ length: features }, () =>
    Float32Array.from({ length: rows }, () => (rng.next() < 0.15 ? Number.NaN : rng.normal())),
  )
}

/** The game that Shapley values share out: known features are followed, unknown ones averaged by cover. */
function expectedScore(trees: TreeEnsemble, row: readonly number[], known: number): number {
  const walk = (n: number): number => {
    const f = trees.feature[n]!
    if (f < 0) return trees.value[n]!
    const left = trees.left[n]!
    const right = trees.right[n]!
    if (known & (1 << f)) {
      const x = row[f]!
      return walk(x <= trees.threshold[n]! || (Number.isNaN(x) && trees.missingLeft[n] === 1) ? left : right)
    }
    return (trees.cover[left]! * walk(left) + trees.cover[right]! * walk(right)) / trees.cover[n]!
  }
  return trees.roots.reduce((sum, root) => sum + walk(root), trees.base)
}

/** Shapley's formula over all coalitions. */
function bruteForce(trees: TreeEnsemble, row: readonly number[]): number[] {
  const m = trees.features.length
  const factorial = (k: number): number => (k < 2 ? 1 : k * factorial(k - 1))
  const worth = Array.from({ length: 2 ** m }, (_, known) => expectedScore(trees, row, known))
  return trees.features.map((_, k) => {
    let phi = 0
    for (let known = 0; known < 2 ** m; known++) {
      if (known & (1 << k)) continue
      const size = known.toString(2).replaceAll('0', '').length
      phi += ((factorial(size) * factorial(m - size - 1)) / factorial(m)) * (worth[known | (1 << k)]! - worth[known]!)
    }
    return phi
  })
}

test('values equal the Shapley formula over all coalitions, with missing values and repeated features', () => {
  const rng = random('brute')
  for (let repeat = 0; repeat < 25; repeat++) {
    const trees = randomTrees(rng, 1 + rng.below(3), 2 + rng.below(5), 1 + rng.below(6))
    const m = trees.features.length
    const columns = randomColumns(rng, m, 4)
    const { base, values } = treeShap(trees, columns, 4)
    assert.ok(Math.abs(base - expectedScore(trees, [], 0)) < 1e-12)
    for (let row = 0; row < 4; row++) {
      const expected = bruteForce(
        trees,
        columns.map(column => column[row]!),
      )
      for (let k = 0; k < m; k++) {
        assert.ok(Math.abs(values[row * m + k]! - expected[k]!) < 1e-12, `${values[row * m + k]} is not ${expected[k]}`)
      }
    }
  }
})

test('values add up to the raw score minus the base, for deep trees and many of them', () => {
  const rng = random('additive')
  for (const [count, depth] of [
    [100, 6],
    [5, 14],
  ] as const) {
    const trees = randomTrees(rng, count, 30, depth)
    const columns = randomColumns(rng, 30, 10)
    const { base, values } = treeShap(trees, columns, 10)
    const scores = rawScores(trees, columns, 10)
    for (let row = 0; row < 10; row++) {
      const sum = values.subarray(row * 30, row * 30 + 30).reduce((a, b) => a + b, base)
      assert.ok(Math.abs(sum - scores[row]!) < 1e-9, `${sum} is not ${scores[row]}`)
    }
  }
})

test('a feature that is not tested gets exactly 0; values of two ensembles add', () => {
  const rng = random('laws')
  const one = randomTrees(rng, 3, 4, 4)
  const wider = { ...one, features: [...one.features, 'unused'] }
  const columns = randomColumns(rng, 5, 6)
  const { values } = treeShap(wider, columns, 6)
  for (let row = 0; row < 6; row++) assert.equal(values[row * 5 + 4], 0)
  const first = treeShap({ ...one, roots: one.roots.slice(0, 1) }, columns.slice(0, 4), 6)
  const rest = treeShap({ ...one, roots: one.roots.slice(1) }, columns.slice(0, 4), 6)
  const all = treeShap(one, columns.slice(0, 4), 6)
  for (let i = 0; i < 24; i++) assert.ok(Math.abs(first.values[i]! + rest.values[i]! - all.values[i]!) < 1e-12)
})

// shap 0.51 on the trees of the files, covers counted from the training rows
for (const name of ['lightgbm', 'xgboost', 'forest_regressor']) {
  test(`values of the ${name} file equal those of shap`, () => {
    const { train, rows, onnx_semantics: expected } = JSON.parse(readFileSync(golden(`${name}.json`), 'utf8'))
    const width = rows[0].length
    const columnsOf = (table: number[][]) =>
      Array.from({ length: width }, (_, f) => Float32Array.from(table, row => row[f]!))
    const names = Array.from({ length: width }, (_, f) => `f${f}`)
    const trees = countCovers(treesOf(readModel(readFileSync(golden(`${name}.onnx`))), names), columnsOf(train))
    const { base, values } = treeShap(trees, columnsOf(rows), rows.length)
    const scores = rawScores(trees, columnsOf(rows), rows.length)
    assert.ok(Math.abs(base - expected.path_base) < 1e-9 * Math.max(1, Math.abs(expected.path_base)))
    for (let row = 0; row < rows.length; row++) {
      const scale = Math.max(1, Math.abs(expected.margin[row]))
      assert.ok(Math.abs(scores[row]! - expected.margin[row]) < 1e-6 * scale)
      for (let f = 0; f < width; f++) {
        assert.ok(
          Math.abs(values[row * width + f]! - expected.path_dependent[row][f]) < 1e-9 * scale,
          `row ${row}, f${f}`,
        )
      }
    }
  })
}

test('a branch without cover and a wrong number of columns are refused', () => {
  const trees = randomTrees(random('refuse'), 1, 2, 2)
  const columns = randomColumns(random('refuse'), 2, 1)
  assert.throws(() => treeShap({ ...trees, cover: new Float64Array(trees.cover.length) }, columns, 1), /has no cover/)
  assert.throws(() => treeShap(trees, columns.slice(1), 1), /1 columns given, the trees read 2/)
})
