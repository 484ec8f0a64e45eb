import assert from 'node:assert/strict'
import { test } from 'node:test'
import { table } from '../base/table.ts'
import { random } from '../numeric/random.ts'
import { selectiveLabels } from './selectiveLabels.ts'

/** Rows of which some have an outcome: at random, or the likelier the smaller x is. */
function stretch(seed: string, rows: number, selective: boolean) {
  const rng = random(seed)
  const x = Float64Array.from({ length: rows }, () => rng.normal())
  const outcomes = x.map(value => (rng.next() < (selective ? 1 / (1 + Math.exp(2 * value)) : 0.5) ? 1 : Number.NaN))
  return {
    features: table([
      { name: 'x', kind: 'number', values: x },
      { name: 'y', kind: 'number', values: x.map(() => rng.normal()) },
      { name: 'shop', kind: 'text', values: Array.from(x, () => 'abc'[rng.below(3)]!) },
    ]),
    answers: x.map(value => 1 / (1 + Math.exp(-value))),
    outcomes,
    voids: new Uint8Array(rows),
  }
}

test('outcomes that come for some kinds of rows only are noticed, by column', () => {
  const labels = selectiveLabels()
  for (let i = 0; i < 4; i++) labels.add(stretch(`selective ${i}`, 300, true))
  assert.deepEqual(
    labels
      .found()
      .map(({ column }) => column)
      .sort(),
    ['prediction', 'x'],
  )
})

test('outcomes that come at random raise no warning', () => {
  let warnings = 0
  for (let i = 0; i < 300; i++) {
    const labels = selectiveLabels()
    labels.add(stretch(`random ${i}`, 200, false))
    if (labels.found().length > 0) warnings++
  }
  // Once in a thousand by design: three in 300 would be a chance of 0.003.
  assert.ok(warnings <= 2, `${warnings}`)
})

test('where nearly all outcomes are in, and where nearly none are, nothing is said', () => {
  const labels = selectiveLabels()
  const rows = stretch('few', 100, true)
  labels.add({ ...rows, outcomes: new Float64Array(100) })
  labels.add({ ...rows, outcomes: new Float64Array(100).fill(Number.NaN) })
  assert.deepEqual(labels.found(), [])
})
