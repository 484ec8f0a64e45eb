/**
 * What a rate of false alarms per check means over many checks, and for alarms that need several of them. A check that is
 * made with alpha is wrong at most that often, on average over references; checks against one reference are wrong together
 * (a reference that came out odd makes every window look odd), so only what is said under `atMost` holds for them.
 */
import { binomialSf } from '../distributions/distributions.ts'

/** Alarm where at least `need` of the last `of` checks were out. */
export interface AlarmRule {
  readonly need: number
  readonly of: number
}

/** alpha for each check so that at most `falseAlarms` are expected in `checks` of them, whatever their dependence. */
export function alphaPerCheck(falseAlarms: number, checks: number): number {
  if (!(falseAlarms > 0 && falseAlarms < checks)) {
    throw new RangeError(`alphaPerCheck: ${falseAlarms} false alarms in ${checks} checks, must be above 0 and fewer`)
  }
  return falseAlarms / checks
}

/**
 * Chance that the rule is met at a check where nothing has changed: by Markov's inequality at most `of` alpha / `need`
 * whatever the dependence, and the tail of a binomial law for independent checks.
 */
export function alarmRate(alpha: number, { need, of }: AlarmRule): { atMost: number; independent: number } {
  checkRule('alarmRate', { need, of })
  if (!(alpha >= 0 && alpha <= 1)) throw new RangeError(`alarmRate: alpha is ${alpha}, must be in [0, 1]`)
  return { atMost: Math.min(1, (of * alpha) / need), independent: binomialSf(need - 1, of, alpha) }
}

/** The largest alpha per check with which the rule is met at a check with at most this chance, for independent checks. */
export function alphaOfRule(rate: number, { need, of }: AlarmRule): number {
  checkRule('alphaOfRule', { need, of })
  if (!(rate > 0 && rate < 1)) throw new RangeError(`alphaOfRule: rate is ${rate}, must be in (0, 1)`)
  let low = 0
  let high = 1
  for (let i = 0; i < 60; i++) {
    const middle = (low + high) / 2
    if (binomialSf(need - 1, of, middle) > rate) high = middle
    else low = middle
  }
  return low
}

/** Over `checks` checks without drift: alarms expected, and the chance of any (at most; for independent checks). */
export function falseAlarmsOver(
  checks: number,
  alpha: number,
): { expected: number; anyAtMost: number; anyIndependent: number } {
  const expected = checks * alpha
  return { expected, anyAtMost: Math.min(1, expected), anyIndependent: -Math.expm1(checks * Math.log1p(-alpha)) }
}

function checkRule(name: string, { need, of }: AlarmRule): void {
  if (!(Number.isInteger(need) && Number.isInteger(of) && need >= 1 && need <= of)) {
    throw new RangeError(`${name}: ${need} of ${of} checks, wanted whole numbers 1 <= need <= of`)
  }
}
