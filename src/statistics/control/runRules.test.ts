import assert from 'node:assert/strict'
import { test } from 'node:test'
import { random } from '../../numeric/random.ts'
import { nelson, type RuleId, type RunRule, runRule, startRules, stepRules, westernElectric } from './runRules.ts'
import { isMarkov, runRulesArl, runRulesArlSimulated } from './runRulesRunLength.ts'

const near = (actual: number, expected: number, tolerance: number) =>
  assert.ok(Math.abs(actual - expected) <= tolerance, `${actual} is not ${expected}`)

/** Positions, from 1, of the points that complete the rule. */
function broken(id: RuleId, z: readonly number[]): number[] {
  const rules = [runRule(id)]
  let state = startRules(rules)
  return z.flatMap((value, i) => {
    const next = stepRules(JSON.parse(JSON.stringify(state)), rules, value)
    state = next.state
    return next.broken.length > 0 ? [i + 1] : []
  })
}

test('Champ and Woodall (1987): limits alone and with one Western Electric rule, 16 shifts, to all printed digits', () => {
  const [two, three, four] = westernElectric
  const table: [readonly RunRule[], string][] = [
    [[], '370.40 308.43 200.08 119.67 71.55 43.89 27.82 18.25 12.38 8.69 6.30 4.72 3.65 2.90 2.38 2.00'],
    [[two!], '225.44 177.56 104.46 57.92 33.12 20.01 12.81 8.69 6.21 4.66 3.65 2.96 2.48 2.13 1.87 1.68'],
    [[three!], '166.05 120.70 63.88 33.99 19.78 12.66 8.84 6.62 5.24 4.33 3.68 3.18 2.78 2.43 2.14 1.89'],
    [[four!], '152.73 110.52 59.76 33.64 21.07 14.58 10.90 8.60 7.03 5.85 4.89 4.08 3.38 2.81 2.35 1.99'],
  ]
  for (const [rules, printed] of table) {
    for (const [i, arl] of printed.split(' ').entries())
      near(runRulesArl(rules, { shift: i / 5 }), Number(arl), 0.00501)
  }
})

test('all four Western Electric rules raise a false alarm once in 91.75 points, not in 370 (Champ and Woodall 1987)', () => {
  near(runRulesArl(westernElectric), 91.75, 0.005)
  near(runRulesArl(westernElectric, { shift: 1 }), 9.22, 0.005)
})

test('the Markov chain agrees with simulation, for the chart as it judges points', () => {
  const zones = nelson.filter(rule => isMarkov([rule]))
  for (const shift of [0, 1]) {
    const { arl, standardError } = runRulesArlSimulated(zones, { shift, runs: 6000 }, random('zones'))
    near(arl, runRulesArl(zones, { shift }), 3.5 * standardError)
  }
})

test('all eight Nelson tests together raise a false alarm once in about 73 points', () => {
  const { arl, standardError } = runRulesArlSimulated(nelson, { runs: 4000 }, random('nelson'))
  near(arl, 73.2, 3.5 * standardError + 1.5)
  assert.throws(() => runRulesArl(nelson), /no Markov chain/)
})

test('two of three beyond two sigma: on one side, and the newest point must be there itself', () => {
  assert.deepEqual(broken('western-electric-2', [2.1, 0, 2.1]), [3])
  assert.deepEqual(broken('western-electric-2', [2.1, 2.2]), [2])
  assert.deepEqual(broken('western-electric-2', [2.1, 2.2, 0]), [2])
  assert.deepEqual(broken('western-electric-2', [2.1, 0, 0, 2.1]), [])
  assert.deepEqual(broken('western-electric-2', [2.1, -2.1, 0]), [])
  assert.deepEqual(broken('western-electric-2', [2, 2, 2]), [])
})

test('four of five beyond one sigma', () => {
  assert.deepEqual(broken('western-electric-3', [1.1, 1.1, 0, 1.1, 1.1]), [5])
  assert.deepEqual(broken('western-electric-3', [-1.1, -1.1, -1.1, -1.1, -1.1]), [4, 5])
  assert.deepEqual(broken('western-electric-3', [1.1, 1.1, 0, 0, 1.1, 1.1]), [])
})

test('a point on the centre line breaks a run on one side', () => {
  assert.deepEqual(broken('western-electric-4', Array(8).fill(0.1)), [8])
  assert.deepEqual(broken('western-electric-4', [...Array(7).fill(0.1), 0, ...Array(7).fill(0.1)]), [])
  assert.deepEqual(broken('nelson-2', Array(9).fill(-0.1)), [9])
})

test('six steadily rising points are five rises; equal neighbours break the trend', () => {
  assert.deepEqual(broken('nelson-3', [0, 0.1, 0.2, 0.3, 0.4, 0.5]), [6])
  assert.deepEqual(broken('nelson-3', [0.5, 0.4, 0.3, 0.2, 0.1, 0, -0.1]), [6, 7])
  assert.deepEqual(broken('nelson-3', [0, 0.1, 0.2, 0.2, 0.3, 0.4, 0.5]), [])
  assert.deepEqual(broken('nelson-3', [0.3, 0, 0.1, 0.2, 0.3, 0.4, 0.5]), [7])
})

test('fourteen alternating points are thirteen differences of alternating sign', () => {
  const zigzag = Array.from({ length: 14 }, (_, i) => (i % 2 === 0 ? 0.1 : 0.2))
  assert.deepEqual(broken('nelson-4', zigzag), [14])
  assert.deepEqual(broken('nelson-4', zigzag.slice(1)), [])
  assert.deepEqual(broken('nelson-4', [...zigzag.slice(0, 6), ...zigzag.slice(5, 13)]), [])
})

test('fifteen within one sigma, and eight outside it on either side', () => {
  assert.deepEqual(broken('nelson-7', Array(15).fill(0.99)), [15])
  assert.deepEqual(broken('nelson-7', [...Array(14).fill(0.99), 1]), [])
  assert.deepEqual(broken('nelson-8', [1.1, -1.1, 1.1, -1.1, 1.1, -1.1, 1.1, -1.1]), [8])
})

test('an undefined point is refused', () => {
  assert.throws(() => stepRules(startRules(nelson), nelson, Number.NaN), /z is NaN/)
})
