import assert from 'node:assert/strict'
import { test } from 'node:test'
import { random } from '../../numeric/random.ts'
import { beyondRange, missingPart, outsidePart, unseenPart } from './shares.ts'

test('the chance of k window values beyond the reference is that of all orders of the rows', () => {
  // All C(6, 3) = 20 ways to place 3 reference rows among 6, counted one by one.
  const beyond = [0, 0, 0, 0]
  for (let mask = 0; mask < 64; mask++) {
    const reference = [0, 1, 2, 3, 4, 5].filter(i => mask & (1 << i))
    if (reference.length !== 3) continue
    const k = reference[0]! + (5 - reference[2]!)
    for (let at = 0; at <= k; at++) beyond[at]!++
  }
  for (let k = 0; k <= 3; k++) assert.ok(Math.abs(beyondRange(3, k, 3) - beyond[k]! / 20) < 1e-14, `${k}`)
  assert.equal(beyondRange(1000, 0, 10), 1)
  assert.ok(beyondRange(1000, 100, 100) < 1e-100)
})

test('a few values beyond the range are normal for a long window, many are not', () => {
  assert.ok(outsidePart(0, 500, 20, 5000).pValue > 0.4)
  const { pValue, effect } = outsidePart(0, 1000, 10, 100)
  assert.ok(pValue < 1e-8)
  assert.ok(Math.abs(effect - (0.1 - 0.002)) < 1e-12)
})

test('missing rows: the difference of the shares, and Fisher where few are expected', () => {
  const { pValue, effect, change } = missingPart(0, 1000, 3, 100)
  // C(100, 3) / C(1100, 3)
  assert.ok(Math.abs(pValue - (100 * 99 * 98) / (1100 * 1099 * 1098)) < 1e-12)
  assert.equal(effect, 0.03)
  assert.equal(change, '3.0 % missing, 0 % in the reference')
})

test('unseen categories of a long tail are expected, to the extent that the reference has single ones', () => {
  for (const [n, m, levels, power] of [
    [1000, 100, 300, 3],
    [1000, 1000, 300, 3],
    [500, 5000, 100, 3],
    [500, 5000, 2000, 1],
  ] as const) {
    const rng = random(`unseen ${n} ${m} ${levels}`)
    const repeats = 600
    let flagged = 0
    for (let i = 0; i < repeats; i++) {
      const counts = new Array<number>(levels).fill(0)
      for (let r = 0; r < n; r++) counts[Math.floor(levels * rng.next() ** power)]!++
      counts.push(0)
      const window = new Array<number>(levels + 1).fill(0)
      for (let r = 0; r < m; r++) {
        const level = Math.floor(levels * rng.next() ** power)
        window[counts[level] === 0 ? levels : level]!++
      }
      if (unseenPart(counts, window).pValue < 0.05) flagged++
    }
    assert.ok(flagged / repeats < 0.05 + 3 * Math.sqrt(0.0475 / repeats), `${n}/${m}, ${levels}: ${flagged / repeats}`)
  }
  assert.ok(unseenPart([500, 300, 200, 0], [45, 30, 20, 5]).pValue < 1e-4)
})
