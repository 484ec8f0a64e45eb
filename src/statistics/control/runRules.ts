/**
 * Run rules: patterns of points within the limits that are unlikely to be chance. They are options, because each adds
 * false alarms (runRulesRunLength.ts says how many); the chart's own limits are rule 1 of either set and always apply.
 *
 * Points are judged in standard deviations from the centre, so that subgroups may differ in size. Each rule is a small
 * automaton that goes from point to point; the same automata give the run lengths. Definitions where books differ: a zone
 * begins beyond its line (exactly 2 sigma is not beyond 2 sigma); a point on the centre line, and equal neighbours in a
 * trend, break the run; the newest point must itself be in the zone, so a pattern is not reported again by a point that
 * is fine; six steadily rising points are five rises; a rule that holds for several points in a row names each of them.
 */
import type { ChartPoint } from './controlChart.ts'

export type RuleId =
  | 'western-electric-2'
  | 'western-electric-3'
  | 'western-electric-4'
  | 'nelson-2'
  | 'nelson-3'
  | 'nelson-4'
  | 'nelson-5'
  | 'nelson-6'
  | 'nelson-7'
  | 'nelson-8'

type Pattern =
  /** k of the last m beyond a line, all on one side. */
  | { readonly kind: 'zone'; readonly k: number; readonly m: number; readonly beyond: number }
  /** m in a row nearer to the centre, or farther from it on either side, than a line. */
  | { readonly kind: 'within' | 'outside'; readonly m: number; readonly line: number }
  /** m in a row steadily rising or falling; m in a row alternating up and down. */
  | { readonly kind: 'trend' | 'alternating'; readonly m: number }

export interface RunRule {
  readonly id: RuleId
  /** As a person reads it. */
  readonly name: string
  readonly pattern: Pattern
}

const zone = (k: number, m: number, beyond: number): Pattern => ({ kind: 'zone', k, m, beyond })

const all: readonly RunRule[] = [
  { id: 'western-electric-2', name: '2 of 3 beyond 2 sigma', pattern: zone(2, 3, 2) },
  { id: 'western-electric-3', name: '4 of 5 beyond 1 sigma', pattern: zone(4, 5, 1) },
  { id: 'western-electric-4', name: '8 in a row on one side', pattern: zone(8, 8, 0) },
  { id: 'nelson-2', name: '9 in a row on one side', pattern: zone(9, 9, 0) },
  { id: 'nelson-3', name: '6 in a row rising or falling', pattern: { kind: 'trend', m: 6 } },
  { id: 'nelson-4', name: '14 in a row alternating', pattern: { kind: 'alternating', m: 14 } },
  { id: 'nelson-5', name: '2 of 3 beyond 2 sigma', pattern: zone(2, 3, 2) },
  { id: 'nelson-6', name: '4 of 5 beyond 1 sigma', pattern: zone(4, 5, 1) },
  { id: 'nelson-7', name: '15 in a row within 1 sigma', pattern: { kind: 'within', m: 15, line: 1 } },
  { id: 'nelson-8', name: '8 in a row outside 1 sigma', pattern: { kind: 'outside', m: 8, line: 1 } },
]

/** Western Electric (1956) rules 2 to 4; the limits are rule 1. */
export const westernElectric: readonly RunRule[] = all.slice(0, 3)
/** Nelson (1984) tests 2 to 8; the limits are test 1. */
export const nelson: readonly RunRule[] = all.slice(3)

export function runRule(id: RuleId): RunRule {
  return all.find(rule => rule.id === id)!
}

/** What the rules remember: two whole numbers for each rule, and the last point. Plain JSON. */
export interface RuleState {
  readonly counts: readonly number[]
  /** The last point in standard deviations; absent before the first. */
  readonly last?: number
}

export function startRules(rules: readonly RunRule[]): RuleState {
  return { counts: Array<number>(2 * rules.length).fill(0) }
}

/** The next point, `z` in standard deviations from the centre, and the rules that it completes. */
export function stepRules(
  state: RuleState,
  rules: readonly RunRule[],
  z: number,
): { readonly state: RuleState; readonly broken: readonly RunRule[] } {
  if (!Number.isFinite(z)) throw new RangeError(`stepRules: z is ${z}, must be finite; start again after a gap`)
  const counts = [...state.counts]
  const broken: RunRule[] = []
  for (let i = 0; i < rules.length; i++) {
    if (advance(rules[i]!.pattern, counts, 2 * i, z, state.last)) broken.push(rules[i]!)
  }
  return { state: { counts, last: z }, broken }
}

/** A point of a chart that signals, and why. */
export interface RuleSignal {
  readonly index: number
  /** Out of the limits, a rule, or both. */
  readonly side: 'above' | 'below' | null
  readonly rules: readonly RunRule[]
}

/**
 * Every point that is out of limits or completes a rule. Charts without a sigma (CUSUM, T^2) have limits only; a point
 * without a value (NaN) ends every run.
 */
export function ruleSignals(points: readonly ChartPoint[], rules: readonly RunRule[]): RuleSignal[] {
  let state = startRules(rules)
  const signals: RuleSignal[] = []
  for (const [index, point] of points.entries()) {
    let broken: readonly RunRule[] = []
    if (point.sigma !== undefined && point.sigma > 0 && Number.isFinite(point.z)) {
      const next = stepRules(state, rules, (point.z - point.centre) / point.sigma)
      state = next.state
      broken = next.broken
    } else state = startRules(rules)
    if (point.signal !== null || broken.length > 0) signals.push({ index, side: point.signal, rules: broken })
  }
  return signals
}

/** Moves one automaton; `counts[at]` and `counts[at + 1]` are its memory. Answers whether the point completes the rule. */
export function advance(pattern: Pattern, counts: number[], at: number, z: number, last: number | undefined): boolean {
  switch (pattern.kind) {
    case 'zone': {
      const up = side(pattern, counts, at, z > pattern.beyond)
      return side(pattern, counts, at + 1, z < -pattern.beyond) || up
    }
    case 'within':
    case 'outside': {
      const inside = Math.abs(z) < pattern.line
      const beyond = Math.abs(z) > pattern.line
      counts[at] = (pattern.kind === 'within' ? inside : beyond) ? Math.min(pattern.m, counts[at]! + 1) : 0
      return counts[at] === pattern.m
    }
    case 'trend': {
      // Rises in a row, or falls as a negative number.
      const direction = last === undefined ? 0 : Math.sign(z - last)
      const before = counts[at]!
      const same = Math.sign(before) === direction ? before : 0
      counts[at] = Math.max(1 - pattern.m, Math.min(pattern.m - 1, same + direction))
      return Math.abs(counts[at]) === pattern.m - 1
    }
    case 'alternating': {
      const direction = last === undefined ? 0 : Math.sign(z - last)
      if (direction === 0) counts[at] = 0
      else counts[at] = direction === -counts[at + 1]! ? Math.min(pattern.m - 1, counts[at]! + 1) : 1
      counts[at + 1] = direction
      return counts[at] === pattern.m - 1
    }
  }
}

/** One side of a zone rule: a run is a count, k of m a mask of the m - 1 points before. */
function side({ k, m }: { k: number; m: number }, counts: number[], at: number, beyond: boolean): boolean {
  if (k === m) {
    counts[at] = beyond ? Math.min(m, counts[at]! + 1) : 0
    return counts[at] === m
  }
  const window = (counts[at]! << 1) | (beyond ? 1 : 0)
  counts[at] = window & ((1 << (m - 1)) - 1)
  return beyond && ones(window) >= k
}

function ones(mask: number): number {
  let count = 0
  for (let rest = mask; rest !== 0; rest &= rest - 1) count++
  return count
}
