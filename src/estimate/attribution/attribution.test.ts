import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Column, type Table, table } from '../../base/table.ts'
import { type Random, random } from '../../numeric/random.ts'
import { fitLossModel } from '../lossModel.ts'
import { driftCorrelation } from './driftCorrelation.ts'
import { driftTimesImportance } from './driftTimesImportance.ts'
import { lossReasons } from './lossReasons.ts'
import { type PerformanceSplit, performanceSplit, type SplitOptions } from './performanceSplit.ts'
import { type WeakSegment, weakSegments } from './weakSegments.ts'

const near = (actual: number, expected: number, tolerance: number, what: string) =>
  assert.ok(Math.abs(actual - expected) <= tolerance, `${what}: ${actual}, not ${expected}`)

/** Columns x0, x1, … of independent normal numbers, moved by `shifts`. */
function normals(rng: Random, n: number, shifts: readonly number[]): Table {
  return table(
    shifts.map(
      (shift, c): Column => ({
        name: `x${c}`,
        kind: 'number',
        values: Float64Array.from({ length: n }, () => shift + rng.normal()),
      }),
    ),
  )
}

const at = (rows: Table, c: number, i: number) => rows.columns[c]!.values[i] as number

async function split(
  reference: { features: Table; loss: Float64Array },
  window: { features: Table; loss?: Float64Array },
  options: SplitOptions,
  seed: string,
): Promise<PerformanceSplit> {
  const found = await performanceSplit(reference, window, options, random(seed))
  return 'reason' in found ? assert.fail(found.reason) : found
}

test('the split of a performance difference adds up, and independent features get what each does alone', async () => {
  const rng = random('split')
  // E x^2 = 1 + shift^2, E x = shift: x0 adds 0.8^2, x1 adds -0.5 x 0.6, x2 has moved but costs nothing, x3 stays.
  const loss = (rows: Table) =>
    Float64Array.from(
      { length: rows.rows },
      (_, i) => 2 + at(rows, 0, i) ** 2 - 0.5 * at(rows, 1, i) + 0.1 * rng.normal(),
    )
  const reference = normals(rng, 4000, [0, 0, 0, 0])
  const window = normals(rng, 4000, [0.8, 0.6, 0.5, 0])
  const options = { sampleRows: 4000 }
  const found = await split(
    { features: reference, loss: loss(reference) },
    { features: window, loss: loss(window) },
    options,
    'a',
  )
  const of = (feature: string) => found.features.find(one => one.feature === feature)!.contribution
  near(
    found.features.reduce((sum, { contribution }) => sum + contribution, 0),
    found.explained,
    1e-12,
    'sum',
  )
  near(found.explained + found.unexplained!, found.change!, 1e-12, 'change')
  near(of('x0'), 0.64, 0.2, 'x0')
  near(of('x1'), -0.3, 0.12, 'x1')
  near(of('x2'), 0, 0.1, 'x2')
  near(of('x3'), 0, 0.05, 'x3')
  assert.deepEqual(
    found.features.slice(0, 2).map(({ feature }) => feature),
    ['x0', 'x1'],
  )
  assert.ok(found.features.every(({ error }) => error === 0))
})

test('when only the rules have changed no feature is blamed: all of the change is unexplained', async () => {
  const rng = random('rules')
  const [reference, window] = [normals(rng, 2000, [0, 0, 0]), normals(rng, 2000, [0, 0, 0])]
  const loss = (rows: Table, more: number) =>
    Float64Array.from({ length: rows.rows }, (_, i) => at(rows, 0, i) ** 2 + more)
  const found = await split(
    { features: reference, loss: loss(reference, 0) },
    { features: window, loss: loss(window, 1) },
    {},
    'rules',
  )
  near(found.unexplained!, 1, 0.15, 'unexplained')
  for (const { feature, contribution } of found.features) near(contribution, 0, 0.1, feature)
  assert.ok(found.effectiveRows > 1800)
})

test('with many features orders are drawn: they still add up, have a standard error, and come near the exact values', async () => {
  const rng = random('many')
  const loss = (rows: Table) =>
    Float64Array.from({ length: rows.rows }, (_, i) => at(rows, 0, i) + at(rows, 1, i) * at(rows, 0, i))
  const [reference, window] = [normals(rng, 1500, [0, 0, 0, 0]), normals(rng, 1500, [1, 0.5, 0, 0])]
  const rows = [{ features: reference, loss: loss(reference) }, { features: window }] as const
  const exact = await split(...rows, {}, 'same')
  const drawn = await split(...rows, { exactUpTo: 3, orderPairs: 6 }, 'same')
  const again = await split(...rows, { exactUpTo: 3, orderPairs: 6 }, 'same')
  assert.deepEqual(again, drawn)
  near(
    drawn.features.reduce((sum, { contribution }) => sum + contribution, 0),
    drawn.explained,
    1e-12,
    'sum',
  )
  assert.equal(drawn.change, null)
  for (const { feature, contribution, error } of drawn.features) {
    const { contribution: wanted } = exact.features.find(one => one.feature === feature)!
    near(contribution, wanted, 4 * error + 0.02, feature)
  }
})

test('a split of too few rows says so, and wrong lengths are refused', async () => {
  const rng = random('few')
  const [reference, window] = [normals(rng, 300, [0]), normals(rng, 10, [0])]
  assert.deepEqual(
    await performanceSplit({ features: reference, loss: new Float64Array(300) }, { features: window }, {}, rng),
    {
      reason: 'not enough data: the window has 10 rows, needs 50',
    },
  )
  await assert.rejects(
    performanceSplit({ features: reference, loss: new Float64Array(2) }, { features: window }, {}, rng),
    /2 losses for 300 rows/,
  )
})

test('drift counts by what the model makes of the feature, worked by hand', () => {
  const found = driftTimesImportance(
    [
      { feature: 'a', effect: 2 },
      { feature: 'b', effect: 1.5 },
      { feature: 'c', effect: 0 },
    ],
    [
      { feature: 'c', importance: 3 },
      { feature: 'b', importance: 1 },
      { feature: 'a', importance: 0.25 },
    ],
  )
  assert.deepEqual(
    found.map(({ feature, product, share }) => [feature, product, share]),
    [
      ['b', 1.5, 0.75],
      ['a', 0.5, 0.25],
      ['c', 0, 0],
    ],
  )
  assert.throws(() => driftTimesImportance([{ feature: 'd', effect: 1 }], []), /no importance is given for d/)
  assert.throws(
    () => driftTimesImportance([{ feature: 'd', effect: Number.NaN }], [{ feature: 'd', importance: 1 }]),
    /d has effect NaN/,
  )
})

test('correlations of drift and performance equal those of scipy, and windows without a value are left out', () => {
  // scipy.stats.pearsonr([.1, .3, .2, .5, .4, .8], [-.01, -.02, -.02, -.06, -.03, -.09])
  const change = Float64Array.of(-0.01, -0.02, Number.NaN, -0.02, -0.06, -0.03, -0.09)
  const [first, second, third] = driftCorrelation(change, [
    { feature: 'flat', values: new Float64Array(7).fill(1) },
    { feature: 'x', values: Float64Array.of(0.1, 0.3, 7, 0.2, 0.5, 0.4, 0.8) },
    { feature: 'y', values: Float64Array.of(1, 2, 3, 4, 3, 2, 1) },
  ])
  assert.equal(first!.feature, 'x')
  assert.equal(first!.windows, 6)
  near(first!.correlation!, -0.9692889227044736, 1e-12, 'r')
  near(first!.p!, 0.001400272515465988, 1e-12, 'p')
  near(first!.adjustedP!, 2 * 0.001400272515465988, 1e-12, 'adjusted p')
  assert.equal(second!.feature, 'y')
  assert.deepEqual([third!.feature, third!.correlation, third!.p], ['flat', null, null])
  assert.equal(driftCorrelation(Float64Array.of(1, 2), [{ feature: 'x', values: Float64Array.of(1, 2) }])[0]!.p, null)
  assert.throws(
    () => driftCorrelation(change, [{ feature: 'x', values: new Float64Array(2) }]),
    /2 values of x for 7 windows/,
  )
})

/** Rows whose loss is exponential, and higher by `more` for carrier C after 18 o'clock. */
function flights(seed: string, n: number, more: number) {
  const rng = random(seed)
  const hour = Float64Array.from({ length: n }, () => (rng.next() < 0.02 ? Number.NaN : 5 + rng.below(18)))
  const carrier = Array.from({ length: n }, () => 'AAABBCCDE'[rng.below(9)]!)
  const loss = Float64Array.from(hour, (h, i) => -Math.log(1 - rng.next()) + (carrier[i] === 'C' && h > 18 ? more : 0))
  const features = table([
    { name: 'hour', kind: 'number', values: hour },
    { name: 'carrier', kind: 'text', values: carrier },
  ])
  return { features, loss }
}

test('a weak segment is found and described by the columns that make it', async () => {
  const { features, loss } = flights('weak', 4000, 3)
  const segments = (await weakSegments(features, loss, { leastShare: 0.02 }, random('weak'))) as readonly WeakSegment[]
  const [worst] = segments
  const of = (name: string) => worst!.conditions.find(({ feature }) => feature === name)
  assert.deepEqual(of('carrier')!.values, ['C'])
  assert.ok(of('hour')!.from! >= 18 && of('hour')!.from! < 19)
  assert.equal(of('hour')!.to, undefined)
  assert.ok(worst!.adjustedP < 1e-6)
  near(worst!.loss, 4, 0.5, 'loss')
  near(worst!.otherLoss, 1, 0.1, 'loss of the others')
  near(worst!.contribution, (worst!.rows / 2000) * (worst!.loss - worst!.otherLoss), 1e-12, 'contribution')
})

test('without a weak segment one is named in fewer than a twentieth of the searches', async () => {
  let found = 0
  for (let r = 0; r < 150; r++) {
    const { features, loss } = flights(`none ${r}`, 500, 0)
    const segments = (await weakSegments(features, loss, {}, random(r))) as readonly WeakSegment[]
    if (segments.some(({ adjustedP }) => adjustedP < 0.05)) found++
  }
  // 7.5 of 150 are expected at most; 16 or more have a probability of 0.004.
  assert.ok(found < 16, `${found} of 150`)
  const { features, loss } = flights('few', 100, 0)
  assert.deepEqual(await weakSegments(features, loss, {}, random(1)), {
    reason: 'not enough data: 100 rows, needs 200',
  })
  await assert.rejects(weakSegments(features, new Float64Array(1), {}, random(1)), /1 losses for 100 rows/)
})

test('reasons of the loss add up to it, window by window, and name the feature that brings it', async () => {
  const draw = (seed: string, n: number, shift: number, more = 0) => {
    const rng = random(seed)
    const features = normals(rng, n, [shift, 0])
    const loss = Float64Array.from({ length: n }, (_, i) => at(features, 0, i) ** 2 + 0.2 * rng.next() + more)
    return { features, loss, prediction: new Float64Array(n).fill(1) }
  }
  const reference = draw('reference', 3000, 0)
  const recipe = { iterations: 60, maxLeaves: 15 }
  const model = await fitLossModel(reference.features, reference.prediction, reference.loss, recipe, random('fit'))
  const windows = [draw('as before', 800, 0), draw('moved', 800, 1), draw('new rules', 800, 0, 2)]
  const reasons = lossReasons(model, [...windows, { ...draw('empty', 0, 0), loss: undefined }])
  assert.equal(reasons[3], null)
  for (const found of reasons.slice(0, 3)) {
    const sum = found!.features.reduce((total, { contribution }) => total + contribution, found!.base)
    near(sum, found!.expected, 1e-9, 'expected')
    near(found!.expected + found!.unexpected!, found!.realised!, 1e-9, 'realised')
  }
  const [before, moved, rules] = reasons
  const of = (index: number, name: string) =>
    reasons[index]!.features.find(({ feature }) => feature === name)!.contribution
  // E x^2 rises from 1 to 2.
  near(of(1, 'x0') - of(0, 'x0'), 1, 0.3, 'x0')
  near(of(1, 'x1') - of(0, 'x1'), 0, 0.05, 'x1')
  assert.ok(Math.abs(before!.unexpected!) < 0.15 && Math.abs(moved!.unexpected!) < 0.3)
  near(rules!.unexpected!, 2, 0.2, 'unexpected')
  assert.deepEqual(
    model.inputs.map(({ name }) => name),
    ['x0', 'x1', 'prediction'],
  )
})
