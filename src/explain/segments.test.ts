import assert from 'node:assert/strict'
import { test } from 'node:test'
import { random } from '../numeric/random.ts'
import { type LossRows, lossBySegment } from './lossBySegment.ts'
import { whatMoved } from './whatMoved.ts'

function flights(
  seed: string,
  n: number,
  lossOf: (carrier: string, hour: number) => number,
  carriers = 'AABBC',
): LossRows {
  const rng = random(seed)
  const carrier = Array.from({ length: n }, () => carriers[rng.below(carriers.length)]!)
  const hour = Float64Array.from({ length: n }, () => (rng.next() < 0.05 ? Number.NaN : 5 + rng.below(18)))
  return {
    columns: [
      { name: 'carrier', kind: 'text', values: carrier.map(c => (rng.next() < 0.03 ? null : c)) },
      { name: 'hour', kind: 'number', values: hour },
    ],
    loss: Float64Array.from({ length: n }, (_, i) => lossOf(carrier[i]!, hour[i]!) + 0.1 * rng.next()),
  }
}

test('the contributions of the segments of each column add up to the change of the mean loss', () => {
  const before = flights('a', 5000, (c, h) => (c === 'A' ? 0.2 : 0.4) + 0.01 * (h || 10))
  const after = flights('b', 3000, (c, h) => (c === 'B' ? 0.6 : 0.3) + 0.02 * (h || 4), 'ABBCD')
  const { change, segments } = lossBySegment(before, after)
  for (const name of ['carrier', 'hour']) {
    const sum = segments.filter(s => s.column === name).reduce((total, s) => total + s.contribution, 0)
    assert.ok(Math.abs(sum - change) < 1e-12, `${name}: ${sum} is not ${change}`)
  }
  for (const s of segments) assert.ok(Math.abs(s.within + s.mix - s.contribution) < 1e-12)
  assert.ok(segments.some(s => s.value === 'missing'))
})

test('the segment whose loss rose comes first, with nothing for the others but chance', () => {
  const loss = (c: string) => (c === 'C' ? 0.5 : 0.3)
  const { segments, change } = lossBySegment(
    flights('c', 20_000, loss),
    flights('d', 20_000, c => loss(c) + (c === 'B' ? 0.2 : 0)),
  )
  assert.equal(segments[0]!.value, 'B')
  assert.ok(Math.abs(segments[0]!.contribution / change - 1) < 0.1)
  assert.ok(Math.abs(segments[0]!.loss! - segments[0]!.referenceLoss! - 0.2) < 0.01)
  for (const s of segments.filter(s => s.column === 'carrier' && s.value !== 'B' && s.value !== 'missing')) {
    assert.ok(Math.abs(s.contribution) < 0.01)
  }
})

test('more rows of a segment with a high loss cost by their share, worked by hand', () => {
  const rows = (a: number, b: number): LossRows => ({
    columns: [{ name: 's', kind: 'text', values: [...Array<string>(a).fill('a'), ...Array<string>(b).fill('b')] }],
    loss: Float64Array.from({ length: a + b }, (_, i) => (i < a ? 1 : 3)),
  })
  // Means 1.5 and 2, middle 1.75. a: -1/4 of the rows at 1 - 1.75; b: +1/4 at 3 - 1.75.
  const { change, segments } = lossBySegment(rows(300, 100), rows(200, 200))
  assert.equal(change, 0.5)
  assert.deepEqual(
    segments.map(s => [s.value, s.contribution, s.within]),
    [
      ['b', 0.3125, 0],
      ['a', 0.1875, 0],
    ],
  )
})

test('a new segment is all mix, and segments that are too small are put together', () => {
  const before = flights('e', 2000, () => 0.3)
  const after = flights('f', 2000, c => (c === 'N' ? 0.9 : 0.3), 'AABBCCNNXYZ'.replace('XYZ', 'X'))
  const { segments } = lossBySegment(before, after)
  const found = segments.find(s => s.value === 'N')!
  assert.equal(found.within, 0)
  assert.equal(found.referenceLoss, undefined)
  assert.equal(segments[0], found)
  const few = lossBySegment(before, after, { leastRows: 1000 })
  assert.ok(few.segments.some(s => s.value === 'other'))
})

test('when nothing has changed a segment is named in fewer than one report of twenty, sizes unequal and losses skewed', () => {
  for (const [n, m] of [
    [2000, 2000],
    [3000, 300],
    [400, 2500],
  ] as const) {
    let reports = 0
    for (let r = 0; r < 300; r++) {
      const rng = random(`null ${n} ${m} ${r}`)
      const skewed = () => -Math.log(1 - 0.9 * rng.next()) * (rng.next() < 0.2 ? 3 : 1)
      const { segments } = lossBySegment(flights(`${r} a`, n, skewed), flights(`${r} b`, m, skewed), { leastRows: 50 })
      if (segments.some(({ adjustedP }) => adjustedP < 0.05)) reports++
    }
    // 15 of 300 are expected at most; 26 or more have a probability of 0.005.
    assert.ok(reports < 26, `${reports} of 300 with ${n} and ${m} rows`)
  }
})

test('the error of a contribution is its standard deviation over samples', () => {
  const found = Array.from({ length: 300 }, (_, r) => {
    const rng = random(`error ${r}`)
    const loss = (c: string) => (c === 'A' ? 0.2 : 0.5) + rng.next()
    const { segments } = lossBySegment(flights(`${r} e`, 800, loss), flights(`${r} f`, 400, loss, 'AABBBC'))
    return segments.find(({ value }) => value === 'A')!
  })
  const mean = found.reduce((sum, { contribution }) => sum + contribution, 0) / found.length
  const sd = Math.sqrt(found.reduce((sum, { contribution }) => sum + (contribution - mean) ** 2, 0) / found.length)
  assert.ok(Math.abs(found[0]!.error / sd - 1) < 0.15, `${found[0]!.error} against ${sd}`)
})

test('an empty set, a lost column and a loss that is no number are refused', () => {
  const some = flights('g', 200, () => 1)
  assert.throws(() => lossBySegment(some, { columns: [], loss: new Float64Array(0) }), /the window has no rows/)
  assert.throws(() => lossBySegment(some, { columns: [], loss: some.loss }), /the window has no column carrier/)
  assert.throws(() => lossBySegment({ ...some, loss: some.loss.map(() => Number.NaN) }, some), /loss of row 0/)
})

test('changes of the mean contributions add up to the change of the mean score, the largest first', () => {
  const reference = { base: 0.5, values: Float64Array.of(1, 0, 2, -1, 0, 1) }
  const window = { base: 0.5, values: Float64Array.of(1, 3, -2, 0) }
  // Means: f 1 and g 0 before, f -0.5 and g 1.5 after; absolute means 1 and 2/3, then 1.5 and 1.5.
  const moved = whatMoved(['f', 'g'], reference, window)
  assert.deepEqual(
    moved.map(m => [m.feature, m.change, m.changeOfWeight]),
    [
      ['f', -1.5, 0.5],
      ['g', 1.5, 1.5 - 2 / 3],
    ],
  )
  const before = 0.5 + (1 + 1 + 1) / 3
  const after = 0.5 + (4 - 2) / 2
  assert.ok(Math.abs(moved.reduce((sum, m) => sum + m.change, 0) - (after - before)) < 1e-12)
  assert.throws(
    () => whatMoved(['f', 'g'], reference, { ...window, base: 0 }),
    /explain both sets of rows with one model/,
  )
  assert.throws(() => whatMoved(['f', 'g', 'h', 'i'], reference, window), /are no rows of 4 features/)
})
