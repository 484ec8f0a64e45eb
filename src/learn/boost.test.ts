import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { type Column, type Table, table, take } from '../base/table.ts'
import { random } from '../numeric/random.ts'
import { encode } from '../trees/encoder.ts'
import { rawScores } from '../trees/predict.ts'
import { fitBoost } from './boost.ts'
import type { FitContext } from './fitted.ts'
import type { BoostRecipe } from './parameters.ts'

const numbers = (name: string, values: Iterable<number | null>): Column => ({
  name,
  kind: 'number',
  values: Float64Array.from(values, value => value ?? Number.NaN),
})

const tiny: Partial<BoostRecipe> = { iterations: 1, maxLeaves: 2, minRows: 1 }
const binary: FitContext = { task: 'binary' }
const regression: FitContext = { task: 'regression' }

/** Rows with structure, missing values and a category. */
function sample(rows: number, seed: number): { readonly data: Table; readonly label: Float64Array } {
  const draw = random(seed)
  const x = Array.from({ length: 4 }, (_, c) =>
    Array.from({ length: rows }, () => (draw.next() < 0.1 * c ? Number.NaN : Math.round(20 * draw.normal()))),
  )
  const city = Array.from({ length: rows }, () => (draw.next() < 0.05 ? null : `city ${draw.below(12)}`))
  const score = x[0]!.map((v, i) => 0.1 * v + (Number.isNaN(x[2]![i]!) ? 1 : 0) + (city[i] === 'city 3' ? 2 : 0) - 0.5)
  const label = Float64Array.from(score, s => (draw.next() < 1 / (1 + Math.exp(-s)) ? 1 : 0))
  return { data: table([...x.map((v, c) => numbers(`x${c}`, v)), { name: 'city', kind: 'text', values: city }]), label }
}

describe('boosting', () => {
  it('finds the cut of a hand-worked regression: g = f - y, gain 1/2 (8²/4 + 8²/4), leaves -+0.1 * 8 / 4', async () => {
    const rows = table([numbers('x', [1, 2, 3, 4, 5, 6, 7, 8])])
    const model = await fitBoost(rows, Float64Array.of(1, 1, 1, 1, 5, 5, 5, 5), tiny, regression, random(0))
    assert.equal(model.trees!.threshold[0], 4.5)
    assert.equal(model.importance[0]!.gain, 16)
    const wanted = [2.8, 2.8, 2.8, 2.8, 3.2, 3.2, 3.2, 3.2]
    model.predict(rows).forEach((p, i) => {
      assert.ok(Math.abs(p - wanted[i]!) < 1e-7)
    })
  })

  it('takes the lower of two equal cuts: g = ±1/2, h = 1/4, gain 1/2 (1.5²/0.75 + 1.5²/1.25)', async () => {
    const rows = table([numbers('x', [1, 2, 3, 4, 5, 6, 7, 8])])
    const model = await fitBoost(rows, Float64Array.of(0, 0, 0, 1, 0, 1, 1, 1), tiny, binary, random(0))
    assert.equal(model.trees!.threshold[0], 3.5)
    assert.ok(Math.abs(model.importance[0]!.gain - 2.4) < 1e-12)
    assert.deepEqual(
      Array.from(model.trees!.value.subarray(1), v => Math.fround(v)),
      [Math.fround(-0.2), Math.fround(0.12)],
    )
    assert.deepEqual(Array.from(model.trees!.cover), [8, 3, 5])
  })

  it('takes the first of two equal columns', async () => {
    const values = [1, 2, 3, 4, 5, 6]
    const rows = table([numbers('a', values), numbers('b', values)])
    const model = await fitBoost(rows, Float64Array.of(0, 1, 0, 1, 1, 1), { ...tiny, iterations: 3 }, binary, random(0))
    assert.deepEqual(
      model.importance.map(({ split }) => split),
      [3, 0],
    )
  })

  it('sends missing values to the side where they belong, and tells them from all values', async () => {
    const rows = table([numbers('x', [1, 2, 3, 4, null, null])])
    const label = Float64Array.of(0, 0, 5, 5, 5, 5)
    const withHigh = await fitBoost(rows, label, tiny, regression, random(0))
    const [low, , high, , missing] = withHigh.predict(rows)
    assert.ok(low! < high!)
    assert.equal(missing, high)
    const onlyMissing = await fitBoost(rows, Float64Array.of(0, 0, 0, 0, 5, 5), tiny, regression, random(0))
    const alone = onlyMissing.predict(rows)
    assert.equal(alone[0], alone[3])
    assert.ok(alone[4]! > alone[0]!)
  })

  it('sends a missing value that training never saw to the larger child', async () => {
    const rows = table([numbers('x', [1, 2, 3, 4, 5, 6])])
    const model = await fitBoost(rows, Float64Array.of(0, 0, 0, 0, 9, 9), tiny, regression, random(0))
    const [missing] = model.predict(table([numbers('x', [null])]))
    assert.equal(missing, model.predict(rows)[0])
  })

  it('agrees with LightGBM tree by tree where both bin alike', async () => {
    const path = join(import.meta.dirname, '../../test/golden/learn/reference.json')
    const golden = JSON.parse(readFileSync(path, 'utf8')) as {
      readonly x: readonly (readonly (number | null)[])[]
      readonly label: readonly number[]
      readonly amount: readonly number[]
      readonly boosted: Readonly<Record<string, readonly number[]>>
      readonly boostedAmount: Readonly<Record<string, readonly number[]>>
    }
    const rows = table(golden.x.map((values, c) => numbers(`x${c}`, values)))
    const cases = [
      { context: binary, label: golden.label, scores: golden.boosted },
      { context: regression, label: golden.amount, scores: golden.boostedAmount },
    ]
    for (const { context, label, scores } of cases) {
      for (const [iterations, wanted] of Object.entries(scores)) {
        const options = { iterations: Number(iterations), minRows: 1, minHessian: 3 }
        const model = await fitBoost(rows, Float64Array.from(label), options, context, random(0))
        rawScores(model.trees!, encode(rows, model.encoders), rows.rows).forEach((score, i) => {
          assert.ok(Math.abs(score - wanted[i]!) < 1e-6, `${context.task}, ${iterations} trees, row ${i}`)
        })
      }
    }
  })

  it('finds the best cut of all: the gain equals that of a search over every value and both sides for missing', async () => {
    const value = fc.option(fc.integer({ min: 0, max: 9 }), { nil: null, freq: 4 })
    const rows = fc.array(fc.tuple(value, value, fc.integer({ min: 0, max: 1 })), { minLength: 8, maxLength: 40 })
    await fc.assert(
      fc.asyncProperty(rows, fc.integer({ min: 1, max: 6 }), async (given, minRows) => {
        const label = Float64Array.from(given, ([, , y]) => y)
        if (new Set(label).size < 2) return
        const data = table(
          [0, 1].map(c =>
            numbers(
              `x${c}`,
              given.map(row => row[c as 0 | 1]),
            ),
          ),
        )
        const model = await fitBoost(data, label, { ...tiny, minRows }, binary, random(0))
        const found = model.importance.reduce((sum, { gain }) => sum + gain, 0)
        const best = bestGain(data, label, minRows)
        // The start score is a float32, the search's is not.
        assert.ok(Math.abs(found - best) < 1e-5 * Math.max(1, best), `${found} found, ${best} is best`)
      }),
      { numRuns: 200 },
    )
  })

  it('never makes a leaf of fewer rows than asked, nor more leaves, nor deeper ones', async () => {
    const { data, label } = sample(3000, 1)
    for (const options of [{ minRows: 200 }, { maxLeaves: 5 }, { maxDepth: 2, minRows: 1 }]) {
      const { trees } = await fitBoost(data, label, { iterations: 10, ...options }, binary, random(0))
      const { roots, feature, cover, left, right } = trees!
      const depth = (node: number): number =>
        feature[node]! < 0 ? 0 : 1 + Math.max(depth(left[node]!), depth(right[node]!))
      roots.forEach((root, t) => {
        const end = roots[t + 1] ?? feature.length
        assert.ok((end - root + 1) / 2 <= (options.maxLeaves ?? 31))
        if (options.maxDepth) assert.ok(depth(root) <= options.maxDepth)
        for (let n = root; n < end; n++) assert.ok(cover[n]! >= (options.minRows ?? 20))
        assert.equal(cover[root], 3000)
      })
    }
  })

  it('counts a row given twice as a row of weight two', async () => {
    const { data, label } = sample(400, 2)
    const rows = table(data.columns.slice(0, 4))
    const weights = label.map((_, i) => 1 + (i % 3))
    const repeated = Int32Array.from(weights.keys().flatMap(i => Array.from({ length: weights[i]! }, () => i)))
    const options = { iterations: 5, minRows: 1, minHessian: 2 }
    const weighted = await fitBoost(rows, label, options, { ...binary, weights }, random(0))
    const twice = await fitBoost(
      take(rows, repeated),
      Float64Array.from(repeated, i => label[i]!),
      options,
      binary,
      random(0),
    )
    assert.deepEqual(weighted.trees!.threshold, twice.trees!.threshold)
    assert.deepEqual(weighted.trees!.cover, twice.trees!.cover)
    weighted.trees!.value.forEach((value, n) => {
      assert.ok(Math.abs(value - twice.trees!.value[n]!) < 1e-7)
    })
  })

  it('does not care about the order of rows where no category is encoded', async () => {
    const { data, label } = sample(1000, 3)
    const rows = table(data.columns.slice(0, 4))
    const back = Int32Array.from(label, (_, i) => label.length - 1 - i)
    const one = await fitBoost(rows, label, { iterations: 10 }, binary, random(0))
    const other = await fitBoost(
      take(rows, back),
      Float64Array.from(back, i => label[i]!),
      { iterations: 10 },
      binary,
      random(0),
    )
    assert.deepEqual(one.trees!.value, other.trees!.value)
    assert.deepEqual(one.trees!.threshold, other.trees!.threshold)
  })

  it('repeats itself with the same seed, samples rows and columns by it', async () => {
    const { data, label } = sample(600, 4)
    const options = { iterations: 5, rowShare: 0.6, featureShare: 0.5 }
    const file = async (seed: number) =>
      Buffer.from((await fitBoost(data, label, options, binary, random(seed))).toOnnx())
    assert.ok((await file(1)).equals(await file(1)))
    assert.ok(!(await file(1)).equals(await file(2)))
  })

  it('stops early on validation rows and keeps the best iteration', async () => {
    const train = sample(300, 5)
    const later = sample(300, 6)
    const validation = { table: later.data, label: later.label }
    const options = { iterations: 400, minRows: 2, patience: 10 }
    const model = await fitBoost(train.data, train.label, options, { ...binary, validation }, random(0))
    const losses = model.curve.map(point => point.validation!)
    const best = losses.indexOf(Math.min(...losses)) + 1
    assert.equal(model.trees!.roots.length, best)
    assert.equal(model.curve.length, best + 10)
    assert.match(model.notes.join(), /stopped early/)
    const p = model.predict(later.data)
    const loss = p.reduce((sum, q, i) => sum - Math.log(later.label[i] === 1 ? q : 1 - q), 0) / p.length
    assert.ok(Math.abs(loss - losses[best - 1]!) < 1e-9)
  })

  it('ignores columns that say nothing, with a note, and fits a constant where no column says anything', async () => {
    const rows = table([
      numbers('same', [1, 1, 1, 1]),
      numbers('none', [null, null, null, null]),
      { name: 'city', kind: 'text', values: ['a', 'a', 'a', 'a'] },
      { name: 'blank', kind: 'text', values: ['', null, '', null] },
    ])
    const model = await fitBoost(rows, Float64Array.of(0, 1, 1, 1), { minRows: 1 }, binary, random(0))
    assert.deepEqual(model.notes, [
      'column same is ignored: it is constant',
      'column none is ignored: all values are missing',
      'column city is ignored: it is constant',
      'column blank is ignored: all values are missing',
      'stopped after 0 of 150 iterations: no cut improves the loss',
    ])
    for (const p of model.predict(rows)) assert.ok(Math.abs(p - 0.75) < 1e-7)
  })

  it('tells its progress after each tree and ends when it is told to', async () => {
    const { data, label } = sample(200, 7)
    const seen: number[] = []
    const stop = new AbortController()
    const progress = (done: number, of: number) => {
      assert.equal(of, 150)
      seen.push(done)
      if (done === 3) stop.abort(new Error('enough'))
    }
    await assert.rejects(fitBoost(data, label, {}, { ...binary, progress, signal: stop.signal }, random(0)), /enough/)
    assert.deepEqual(seen, [1, 2, 3])
  })
})

/** Best gain of one cut by trying everything; log loss from the start score, lambda 0. */
function bestGain(data: Table, label: Float64Array, minRows: number): number {
  const p = label.reduce((sum, y) => sum + y, 0) / label.length
  const score = (rows: readonly number[]) => {
    const g = rows.reduce((sum, i) => sum + p - label[i]!, 0)
    return (g * g) / (rows.length * p * (1 - p))
  }
  const all = [...label.keys()]
  let best = 0
  for (const column of data.columns) {
    const x = column.values as Float64Array
    const missing = all.filter(i => Number.isNaN(x[i]!))
    for (const t of new Set(x)) {
      for (const withMissing of [false, true]) {
        const left = [...all.filter(i => x[i]! <= t), ...(withMissing ? missing : [])]
        const right = all.filter(i => !left.includes(i))
        if (left.length < minRows || right.length < minRows) continue
        best = Math.max(best, (score(left) + score(right) - score(all)) / 2)
      }
    }
  }
  return best
}
