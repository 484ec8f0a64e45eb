import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { type Column, type Table, table } from '../base/table.ts'
import { type Random, random } from '../numeric/random.ts'
import { rocAuc } from '../statistics/metrics/ranking.ts'
import { rawScores } from '../trees/predict.ts'
import {
  anomalyContributions,
  anomalyPValues,
  anomalyScores,
  fitIsolationForest,
  type IsolationForest,
  type Shapley,
} from './isolationForest.ts'
import { meanDepth } from './isolationTrees.ts'

const golden = JSON.parse(
  readFileSync(new URL('../../test/golden/learn/isolation_forest.json', import.meta.url), 'utf8'),
) as {
  reference: number[][]
  rows: number[][]
  label: number[]
  seeds: number
  auc_mean: number
  auc_sd: number
  score_mean: number[]
  score_sd: number[]
  score_mean_32: number[]
}
const numbers = (name: string, values: ArrayLike<number>): Column => ({
  name,
  kind: 'number',
  values: Float64Array.from(values),
})
const tableOf = (columns: number[][]) => table(columns.map((values, c) => numbers(`x${c}`, values)))
const mean = (x: ArrayLike<number>) => Array.from(x).reduce((sum, value) => sum + value, 0) / x.length
const sd = (x: ArrayLike<number>) => {
  const m = mean(x)
  return Math.sqrt(Array.from(x).reduce((sum, value) => sum + (value - m) ** 2, 0) / (x.length - 1))
}

test("scores and AUC are those of scikit-learn's IsolationForest within the error of the seeds", () => {
  const reference = tableOf(golden.reference)
  const rows = tableOf(golden.rows)
  const label = Float64Array.from(golden.label)
  const seeds = 24
  const scores = Array.from({ length: seeds }, (_, seed) =>
    anomalyScores(fitIsolationForest(reference, {}, random(seed)), rows),
  )
  const auc = scores.map(score => rocAuc(label, score).value!)
  const error = Math.hypot(sd(auc) / Math.sqrt(seeds), golden.auc_sd / Math.sqrt(golden.seeds))
  assert.ok(
    Math.abs(mean(auc) - golden.auc_mean) < 3.5 * error,
    `AUC ${mean(auc)} +- ${error}, theirs ${golden.auc_mean}`,
  )
  // Row by row: z-values of the difference of two means are about standard normal.
  const z = golden.score_mean.map((theirs, i) => {
    const ours = scores.map(score => score[i]!)
    return (
      (mean(ours) - theirs) / Math.hypot(sd(ours) / Math.sqrt(seeds), golden.score_sd[i]! / Math.sqrt(golden.seeds))
    )
  })
  assert.ok(Math.max(...z.map(Math.abs)) < 5, `largest z ${Math.max(...z.map(Math.abs))}`)
  assert.ok(Math.abs(mean(z)) < 1 && sd(z) < 1.4, `z ${mean(z)} +- ${sd(z)}`)
})

test('scores of trees on 32 rows are those of scikit-learn too', () => {
  const reference = tableOf(golden.reference)
  const rows = tableOf(golden.rows)
  const seeds = 30
  const scores = Array.from({ length: seeds }, (_, seed) =>
    anomalyScores(fitIsolationForest(reference, { sampleRows: 32 }, random(`small ${seed}`)), rows),
  )
  const differences = golden.score_mean_32.map((theirs, i) => mean(scores.map(score => score[i]!)) - theirs)
  assert.ok(Math.abs(mean(differences)) < 0.003 && sd(differences) < 0.006, `${mean(differences)} ${sd(differences)}`)
})

test('of new ordinary rows the stated share is flagged, for small references, ties, rare categories and missing values', () => {
  for (const [rows, share, fits] of [
    [60, 0.1, 120],
    [400, 0.05, 40],
    [1500, 0.01, 16],
  ] as const) {
    let flagged = 0
    let low = 0
    let all = 0
    const rng = random(`stable ${rows}`)
    for (let fit = 0; fit < fits; fit++) {
      const forest = fitIsolationForest(mixed(rows, rng), { share, trees: 40 }, random(`${rows}/${fit}`))
      const scores = anomalyScores(forest, mixed(400, rng))
      const p = anomalyPValues(forest, scores)
      for (const [i, score] of scores.entries()) {
        all++
        if (score > forest.threshold) flagged++
        if (p[i]! <= 0.3) low++
        assert.equal(score > forest.threshold, p[i]! <= share + 1e-12)
      }
    }
    // The held-out half of one fit errs for all its new rows alike: 1 / sqrt(fits * held-out rows flagged).
    const heldOut = rows / 2
    const error = (a: number) => 4 * Math.sqrt(((a * (1 - a)) / fits) * (1 / heldOut + 1 / 400))
    assert.ok(flagged / all < share + error(share), `${rows} rows: ${flagged / all} flagged, stated ${share}`)
    assert.ok(flagged / all > share - 1 / (heldOut + 1) - error(share), `${rows} rows: ${flagged / all} flagged`)
    assert.ok(Math.abs(low / all - 0.3) < 1 / (heldOut + 1) + error(0.3), `${rows} rows: ${low / all} of p below 0.3`)
  }
})

test('a far value, an unseen category, an unusual missing value and a broken relation are strange', () => {
  const rng = random('strange')
  const forest = fitIsolationForest(usual(4000, rng), { trees: 200 }, random(1))
  const odd = usual(5, rng)
  const cells = odd.columns.map(({ values }) => [...values]) as (number | string | null)[][]
  cells[0]![1] = 40
  cells[2]![2] = 'never seen'
  cells[0]![3] = Number.NaN
  ;[cells[0]![4], cells[1]![4]] = [2.5, -2.5]
  const rows = table(
    odd.columns.map(
      (column, c) =>
        ({ ...column, values: column.kind === 'text' ? cells[c]! : Float64Array.from(cells[c] as number[]) }) as Column,
    ),
  )
  const p = anomalyPValues(forest, anomalyScores(forest, rows))
  assert.ok(p[0]! > 0.05, `an ordinary row: p ${p[0]}`)
  for (const i of [1, 2, 3, 4]) assert.ok(p[i]! < 0.05, `row ${i}: p ${p[i]}`)
  const contributions = anomalyContributions(forest, rows, bruteForceShapley)
  const most = (row: number) => {
    const own = contributions.values.subarray(row * 3, row * 3 + 3)
    return own.indexOf(Math.max(...own))
  }
  assert.deepEqual([most(1), most(2), most(3)], [0, 2, 0])
})

test('contributions add up to log2 of the score', () => {
  const rng = random('sum')
  const forest = fitIsolationForest(mixed(500, rng), { trees: 20 }, random(2))
  const rows = mixed(20, rng)
  const scores = anomalyScores(forest, rows)
  const { base, values } = anomalyContributions(forest, rows, bruteForceShapley)
  const width = forest.columns.length
  for (const [i, score] of scores.entries()) {
    const sum = values.subarray(i * width, (i + 1) * width).reduce((a, b) => a + b, base)
    assert.ok(Math.abs(sum - Math.log2(score)) < 1e-9)
  }
})

test('the fast walk gives the same bits as the trees', () => {
  const rng = random('bits')
  const forest = fitIsolationForest(mixed(1000, rng), {}, random(3))
  const rows = mixed(777, rng)
  const columns = encoded(forest, rows)
  const depths = rawScores(forest.trees, columns, rows.rows)
  assert.deepEqual(
    anomalyScores(forest, rows),
    depths.map(depth => 2 ** (-depth / meanDepth(forest.sampleRows))),
  )
})

test('the mean depth is that of random search trees', () => {
  // 2 H(n - 1) - 2 (n - 1) / n with harmonic numbers; the logarithm is off by about 1 / n.
  for (const n of [5, 16, 256]) {
    let harmonic = 0
    for (let i = 1; i < n; i++) harmonic += 1 / i
    assert.ok(Math.abs(meanDepth(n) - (2 * harmonic - (2 * (n - 1)) / n)) < 1.1 / (n - 1))
  }
  assert.deepEqual([meanDepth(0), meanDepth(1), meanDepth(2)], [0, 0, 1])
})

test('instants and other numbers far from zero keep their digits', () => {
  const rng = random('instants')
  const day = 86_400_000
  const values = Float64Array.from({ length: 1000 }, () => 1.7e12 + day * rng.next())
  const forest = fitIsolationForest(table([{ name: 'at', kind: 'time', values }]), {}, random(4))
  const [inside, outside] = anomalyScores(
    forest,
    table([{ name: 'at', kind: 'time', values: Float64Array.of(1.7e12 + day / 2, 1.7e12 + 2 * day) }]),
  )
  assert.ok(outside! > forest.threshold && inside! < outside! - 0.1, `${inside} ${outside}`)
})

test('same seed, same forest; columns that say nothing and rows that are all alike are no error', () => {
  const rows = mixed(300, random('same'))
  assert.deepEqual(fitIsolationForest(rows, {}, random(1)), fitIsolationForest(rows, {}, random(1)))
  const constant = table([
    numbers('one', new Float64Array(300).fill(1)),
    numbers('none', new Float64Array(300).fill(Number.NaN)),
    numbers('infinite', new Float64Array(300).fill(Number.POSITIVE_INFINITY)),
  ])
  const forest = fitIsolationForest(constant, {}, random(1))
  const scores = anomalyScores(forest, constant)
  assert.ok(scores.every(score => score === scores[0] && score <= forest.threshold))
})

test('wrong use is refused with what to do', () => {
  const rows = mixed(100, random('refused'))
  assert.throws(
    () => fitIsolationForest(rows, { share: 0.001 }, random(1)),
    /100 rows cannot tell a share of 0.001; give 1998/,
  )
  assert.throws(() => fitIsolationForest(table([]), {}, random(1)), /the table has no columns/)
  assert.throws(() => fitIsolationForest(rows, { share: 0.1, sampleRows: 1 }, random(1)), /sampleRows is 1/)
  assert.throws(() => fitIsolationForest(mixed(10, random(1)), { share: 0.5 }, random(1)), /10 rows, needs at least 20/)
  const forest = fitIsolationForest(rows, { share: 0.1 }, random(1))
  assert.throws(() => anomalyScores(forest, tableOf([[1]])), /no column number/)
})

/** A number with ties, a category with a long tail, a number that is often missing. */
function mixed(rows: number, rng: Random): Table {
  return table([
    numbers(
      'number',
      Float64Array.from({ length: rows }, () => Math.round(3 * rng.normal())),
    ),
    {
      name: 'category',
      kind: 'text',
      values: Array.from({ length: rows }, () => (rng.next() < 0.05 ? null : `c${Math.floor(40 ** rng.next())}`)),
    },
    numbers(
      'gaps',
      Float64Array.from({ length: rows }, () => (rng.next() < 0.3 ? Number.NaN : rng.next() ** 3)),
    ),
  ])
}

/** Two numbers that go together and a category of three. */
function usual(rows: number, rng: Random): Table {
  const first = Float64Array.from({ length: rows }, () => rng.normal())
  return table([
    numbers('first', first),
    numbers(
      'second',
      first.map(x => x + 0.1 * rng.normal()),
    ),
    { name: 'category', kind: 'text', values: Array.from({ length: rows }, () => ['a', 'b', 'c'][rng.below(3)]!) },
  ])
}

/** The columns as the forest sees them: recorded on their way into the Shapley values. */
function encoded(forest: IsolationForest, rows: Table): readonly Float32Array[] {
  let seen: readonly Float32Array[] = []
  anomalyContributions(forest, rows, (_, columns, n) => {
    seen = columns
    return { base: 0, values: new Float64Array(n * columns.length) }
  })
  return seen
}

/** Shapley values by their definition: every coalition, features outside it averaged out by the covers. */
const bruteForceShapley: Shapley = (trees, columns, rows) => {
  const width = columns.length
  const expected = (row: number, coalition: number): number => {
    const walk = (node: number): number => {
      const f = trees.feature[node]!
      if (f < 0) return trees.value[node]!
      const [left, right] = [trees.left[node]!, trees.right[node]!]
      if (coalition & (1 << f)) {
        const x = columns[f]![row]!
        return walk(x <= trees.threshold[node]! || (Number.isNaN(x) && trees.missingLeft[node] === 1) ? left : right)
      }
      return (walk(left) * trees.cover[left]! + walk(right) * trees.cover[right]!) / trees.cover[node]!
    }
    return trees.roots.reduce((sum, root) => sum + walk(root), 0)
  }
  // With three features a coalition of s others weighs 1/3, 1/6, 1/3.
  const weight = [1 / 3, 1 / 6, 1 / 3]
  assert.equal(width, 3)
  const values = new Float64Array(rows * width)
  for (let row = 0; row < rows; row++) {
    const worth = Array.from({ length: 2 ** width }, (_, coalition) => expected(row, coalition))
    for (let f = 0; f < width; f++) {
      for (let coalition = 0; coalition < 2 ** width; coalition++) {
        if (coalition & (1 << f)) continue
        const others = [0, 1, 2].filter(g => coalition & (1 << g)).length
        values[row * width + f]! += weight[others]! * (worth[coalition | (1 << f)]! - worth[coalition]!)
      }
    }
  }
  return { base: expected(0, 0), values }
}
