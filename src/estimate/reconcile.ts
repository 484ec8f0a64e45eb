/**
 * Estimates beside what came true. Only this can show that an estimate without labels is blind: the rows look as ever,
 * the estimate stays, and the realised metric falls. Both are kept; where outcomes have come, they decide.
 */
import type { Estimate } from './estimate.ts'
import { type Direction, directionOf, isAlarm } from './limits.ts'
import type { MetricName } from './metrics.ts'
import { type PastCoverage, type Reliability, reliabilityOf } from './validity.ts'

export interface EstimateWithOutcome {
  readonly estimate: Estimate
  /** The metric over the rows whose outcome has come; null before that, or where it is undefined. */
  readonly realised: number | null
  /** Share of the window's rows whose outcome has come. */
  readonly labelled: number
}

export interface Reconciled extends Estimate {
  readonly realised: number | null
  readonly labelled: number
  /** Too few outcomes have come: the realised value decides nothing yet. */
  readonly provisional: boolean
  /** Realised minus estimated. */
  readonly error: number | null
  /** Whether the realised value lies in the interval of the estimate. */
  readonly covered: boolean | null
  /** Which value is out of limits for the worse. A final realised value decides alone. */
  readonly alarm: 'realised' | 'estimated' | null
  /** Where the value that decides lies: of the realised one if it is final, else of the estimate. */
  readonly direction: Direction | null
}

export interface TrackRecord extends PastCoverage, Reliability {
  readonly metric: MetricName
  /** Mean of realised minus estimated over matured windows, null without any. */
  readonly meanError: number | null
  readonly meanAbsoluteError: number | null
}

export interface Reconciliation {
  /** In the order given. An estimate is held unreliable if those before it missed too often. */
  readonly rows: readonly Reconciled[]
  /** One per metric: how its estimates have done, for the next ones. */
  readonly records: readonly TrackRecord[]
}

/** Estimates of windows in order of time, of one model version. `mature`: labelled share from which on a value is final. */
export function reconcile(pairs: readonly EstimateWithOutcome[], { mature = 0.9 } = {}): Reconciliation {
  if (!(mature > 0 && mature <= 1)) throw new RangeError(`reconcile: mature is ${mature}, must be in (0, 1]`)
  const tallies = new Map<MetricName, Tally>()
  const rows = pairs.map(pair => {
    const { metric } = pair.estimate
    const tally = tallies.get(metric) ?? { matured: 0, covered: 0, errors: 0, absoluteErrors: 0 }
    tallies.set(metric, tally)
    const row = reconciled(pair, mature, reliabilityOf({ outsideSupport: 0, past: tally }))
    if (!row.provisional && row.error !== null && row.covered !== null) {
      tally.matured++
      if (row.covered) tally.covered++
      tally.errors += row.error
      tally.absoluteErrors += Math.abs(row.error)
    }
    return row
  })
  return { rows, records: [...tallies].map(([metric, tally]) => recordOf(metric, tally)) }
}

interface Tally {
  matured: number
  covered: number
  errors: number
  absoluteErrors: number
}

function reconciled(
  { estimate, realised, labelled }: EstimateWithOutcome,
  mature: number,
  past: Reliability,
): Reconciled {
  const { estimated, lower, upper, limits, metric } = estimate
  const provisional = realised === null || labelled < mature
  const final = provisional ? null : realised
  const direction = final === null ? estimate.direction : ((limits && directionOf(metric, final, limits)) ?? null)
  const reasons = [estimate.reason, ...past.reasons].filter(reason => reason !== null)
  return {
    ...estimate,
    reliable: estimate.reliable && past.reliable,
    reason: reasons.length > 0 ? reasons.join('; ') : null,
    realised,
    labelled,
    provisional,
    error: realised === null || estimated === null ? null : realised - estimated,
    covered: realised === null || lower === null || upper === null ? null : realised >= lower && realised <= upper,
    direction,
    alarm: isAlarm(direction) ? (final === null ? 'estimated' : 'realised') : null,
  }
}

function recordOf(metric: MetricName, { matured, covered, errors, absoluteErrors }: Tally): TrackRecord {
  return {
    metric,
    matured,
    covered,
    meanError: matured === 0 ? null : errors / matured,
    meanAbsoluteError: matured === 0 ? null : absoluteErrors / matured,
    ...reliabilityOf({ outsideSupport: 0, past: { matured, covered } }),
  }
}
