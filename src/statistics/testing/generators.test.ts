import assert from 'node:assert/strict'
import { test } from 'node:test'
import { random } from '../../numeric/random.ts'
import { streamDetector } from '../streams/detectors.ts'
import { type Concept, hyperplane, meanShift, sea, stagger } from './generators.ts'

const rows = 20_000
const near = (share: number, expected: number, n: number, what: string) =>
  assert.ok(
    Math.abs(share - expected) < 4 * Math.sqrt((expected * (1 - expected)) / n),
    `${what}: ${share}, not ${expected}`,
  )

function shares(of: Concept, concept: number): { ones: number; turned: number } {
  const rng = random(`shares ${concept}`)
  let ones = 0
  let turned = 0
  for (let i = 0; i < rows; i++) {
    const { x, label } = of.draw(concept, rng)
    ones += of.label(concept, x)
    if (label !== of.label(concept, x)) turned++
  }
  return { ones: ones / rows, turned: turned / rows }
}

test('concepts have the shares of ones and of noise that their geometry says', () => {
  for (const [concept, threshold] of [8, 9, 7, 9.5].entries()) {
    const { ones, turned } = shares(sea(), concept)
    near(ones, threshold ** 2 / 200, rows, `SEA ${threshold}`)
    near(turned, 0.1, rows, 'noise of SEA')
  }
  for (const [concept, share] of [1 / 9, 5 / 9, 2 / 3].entries()) {
    near(shares(stagger(), concept).ones, share, rows, `STAGGER ${concept}`)
  }
  for (const concept of [0, 10]) near(shares(hyperplane(), concept).ones, 0.5, rows, 'hyperplane')
})

test('the model of the first concept errs more after the concept changes, and DDM and HDDM-W see it', () => {
  for (const [of, to] of [
    [stagger({ noise: 0.05 }), 1],
    [sea({ thresholds: [4, 14] }), 1],
    [hyperplane(), 60],
  ] as const) {
    for (const kind of ['ddm', 'hddm-w'] as const) {
      const rng = random(`drift to ${to}`)
      const detector = streamDetector({ kind })
      const alarms = Array.from({ length: 4000 }, (_, i) => i).filter(i => {
        const { x, label } = of.draw(i < 2000 ? 0 : to, rng)
        return detector.update(of.label(0, x) === label ? 0 : 1) === 'drift'
      })
      const first = alarms.find(i => i >= 2000)
      assert.ok(first !== undefined && first < 2200, `${kind} on concept ${to}: ${alarms}`)
    }
  }
})

test('the mean moves at once or slowly, halfway at the given position', () => {
  const n = 200_000
  const mean = (x: Float64Array, from: number, to: number) =>
    x.subarray(from, to).reduce((sum, value) => sum + value, 0) / (to - from)
  const sudden = meanShift(n, { at: n / 2, shift: 2 }, random(1))
  assert.ok(Math.abs(mean(sudden, 0, n / 2)) < 0.015 && Math.abs(mean(sudden, n / 2, n) - 2) < 0.015)
  const gradual = meanShift(n, { at: n / 2, shift: 2, width: n / 5 }, random(1))
  assert.ok(Math.abs(mean(gradual, 0, n / 4)) < 0.05 && Math.abs(mean(gradual, 0.49 * n, 0.51 * n) - 1) < 0.05)
  assert.ok(Math.abs(mean(gradual, 0.9 * n, n) - 2) < 0.05)
})
