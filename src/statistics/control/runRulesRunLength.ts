/**
 * What run rules cost and gain: the average run length of a chart with limits and rules together, for independent normal
 * points. `shift` is in standard deviations.
 */
import type { Random } from '../../numeric/random.ts'
import { normalCdf } from '../distributions/distributions.ts'
import { advance, type RunRule, startRules, stepRules } from './runRules.ts'

export interface RulesSetting {
  /** Limits at +- limit standard deviations. */
  readonly limit?: number
  readonly shift?: number
}

/** Rules about zones alone are a Markov chain; a trend and alternation look at the values themselves. */
export function isMarkov(rules: readonly RunRule[]): boolean {
  return rules.every(({ pattern }) => pattern.kind !== 'trend' && pattern.kind !== 'alternating')
}

/**
 * Exact ARL by the Markov chain on what the rules remember (Champ and Woodall, Technometrics 29 (1987) 393): the mean is
 * the sum of P(no signal in n points), with a geometric tail once the ratio of its terms has settled.
 */
export function runRulesArl(rules: readonly RunRule[], { limit = 3, shift = 0 }: RulesSetting = {}): number {
  if (!isMarkov(rules))
    throw new RangeError('runRulesArl: a trend or alternation is no Markov chain on zones; use runRulesArlSimulated')
  if (!(limit > 0)) throw new RangeError(`runRulesArl: limit is ${limit}, must be above 0`)
  const { lines, next } = chainOf(rules, limit)
  const zones = lines.length - 1
  const chances = Float64Array.from({ length: zones }, (_, i) => between(lines[i]! - shift, lines[i + 1]! - shift))
  const states = next.length / zones
  let mass: Float64Array = new Float64Array(states)
  mass[0] = 1
  let survived = 1
  let arl = 1
  let ratioBefore = 0
  let settled = 0
  for (let n = 1; n < 1e6; n++) {
    const moved = new Float64Array(states)
    for (let s = 0; s < states; s++) {
      const here = mass[s]!
      if (here === 0) continue
      for (let i = 0; i < zones; i++) {
        const to = next[s * zones + i]!
        if (to >= 0) moved[to]! += here * chances[i]!
      }
    }
    mass = moved
    let rest = 0
    for (let s = 0; s < states; s++) rest += mass[s]!
    const ratio = rest / survived
    settled = Math.abs(ratio - ratioBefore) < 1e-13 ? settled + 1 : 0
    survived = rest
    ratioBefore = ratio
    arl += rest
    if (rest < 1e-15) return arl
    if (settled === 20) return arl + (rest * ratio) / (1 - ratio)
  }
  return arl
}

/** Any rules, by simulation: mean run length and its standard error. */
export function runRulesArlSimulated(
  rules: readonly RunRule[],
  { limit = 3, shift = 0, runs = 4000 }: RulesSetting & { readonly runs?: number },
  random: Random,
): { readonly arl: number; readonly standardError: number } {
  let sum = 0
  let squares = 0
  for (let run = 0; run < runs; run++) {
    let state = startRules(rules)
    let length = 0
    for (let out = false; !out; ) {
      length++
      const z = random.normal() + shift
      const next = stepRules(state, rules, z)
      state = next.state
      out = Math.abs(z) > limit || next.broken.length > 0
    }
    sum += length
    squares += length * length
  }
  const arl = sum / runs
  return { arl, standardError: Math.sqrt((squares / runs - arl * arl) / (runs - 1)) }
}

interface Chain {
  /** Ends of the zones, ascending; points outside the first and last are out of limits. */
  readonly lines: readonly number[]
  /** For each state and zone the next state, or -1 for a signal. */
  readonly next: Int32Array
}

const chains = new Map<string, Chain>()

/** All that the rules can remember, found from the empty memory by a point of every zone after the other. */
function chainOf(rules: readonly RunRule[], limit: number): Chain {
  const key = `${limit} ${rules.map(({ id }) => id).join(' ')}`
  const known = chains.get(key)
  if (known) return known
  const lines = linesOf(rules, limit)
  const middles = lines.slice(1).map((line, i) => (line + lines[i]!) / 2)
  const first = startRules(rules).counts
  const indexOf = new Map([[first.join(), 0]])
  const states = [first]
  const next: number[] = []
  for (let s = 0; s < states.length; s++) {
    for (const z of middles) {
      const counts = [...states[s]!]
      let signal = false
      for (let i = 0; i < rules.length; i++) {
        if (advance(rules[i]!.pattern, counts, 2 * i, z, undefined)) signal = true
      }
      if (signal) {
        next.push(-1)
        continue
      }
      const name = counts.join()
      let to = indexOf.get(name)
      if (to === undefined) {
        to = states.length
        indexOf.set(name, to)
        states.push(counts)
      }
      next.push(to)
    }
  }
  const chain = { lines, next: Int32Array.from(next) }
  chains.set(key, chain)
  return chain
}

function linesOf(rules: readonly RunRule[], limit: number): number[] {
  const lines = new Set([0, limit])
  for (const { pattern } of rules) {
    if (pattern.kind === 'zone') lines.add(pattern.beyond)
    else if (pattern.kind === 'within' || pattern.kind === 'outside') lines.add(pattern.line)
  }
  const ascending = [...lines].filter(line => line <= limit).sort((a, b) => a - b)
  return [
    ...ascending
      .slice(1)
      .map(line => -line)
      .reverse(),
    ...ascending,
  ]
}

/** Phi(b) - Phi(a), without cancellation in the upper tail. */
function between(a: number, b: number): number {
  return a > 0 ? normalCdf(-a) - normalCdf(-b) : normalCdf(b) - normalCdf(a)
}
