/**
 * The paired gate: candidate and champion on the same newest rows that neither was trained on. Rows of a day share their
 * weather and trouble, so the interval comes from days. A pure function of the scored rows: what it found and what
 * follows from it is kept as evidence.
 */
import {
  blockAucDifference,
  blockMeanInterval,
  type Interval,
  pAbove,
} from '../statistics/comparison/pairedDifference.ts'
import { rocAuc } from '../statistics/metrics/ranking.ts'
import { mean, rowLosses } from './dayStatistics.ts'
import { costOf, type ThresholdTrial } from './decision.ts'
import type { GateConfig, LossMetric } from './project.ts'
import { pick, rowsByDay } from './reference.ts'
import type { ScoredRows } from './steps.ts'

/** How a candidate compares on some rows: `not decided` where there is too little to tell. */
type SegmentVerdict = 'better' | 'not worse' | 'worse' | 'not decided'

interface SegmentEvidence {
  readonly column: string
  readonly value: string
  readonly rows: number
  readonly verdict: SegmentVerdict
  /** Mean loss difference, candidate minus champion, and its interval by days. */
  readonly interval?: Interval
  readonly reason?: string
}

export interface GateEvidence {
  readonly verdict: 'passed' | 'refused' | 'not enough data'
  /** In words, with the numbers that decided. */
  readonly reason: string
  readonly against: 'champion' | 'constant'
  /** `cost`: what the mistakes of two thresholds cost, in the unit of the project's costs. */
  readonly metric: LossMetric | 'cost'
  /** The two thresholds, where they are all that differs. */
  readonly thresholds?: { readonly candidate: number; readonly champion: number }
  readonly demand: GateConfig['demand']
  /** Largest tolerated loss increase, in units of the loss. */
  readonly margin: number
  readonly confidence: number
  readonly rows: number
  readonly days: number
  readonly loss: { readonly candidate: number; readonly other: number }
  /** Mean loss difference, candidate minus the other, by days. */
  readonly difference?: Interval
  /** How much the difference varies from day to day, in units of the loss. */
  readonly daySd?: number
  /** Area under the ROC curve, candidate minus champion; a constant has 0.5. */
  readonly auc?: { readonly candidate: number; readonly other: number; readonly difference?: Interval }
  readonly segments: readonly SegmentEvidence[]
}

/**
 * Decides. `better`: the whole interval lies below 0; `not worse`: below the margin, a share of the champion's loss. A
 * segment that is proven worse than the margin refuses as well, with Holm's correction over the segments; a segment that
 * is too small or too unsure is 'not decided', never 'passed'. Without a champion the candidate has to beat the best
 * constant prediction of the held-out rows, or at least to rank them better than chance. Two thresholds on the same outputs
 * are compared by what their mistakes cost.
 */
export function decideGate(
  scored: ScoredRows,
  config: GateConfig,
  timezone: string,
  trial?: ThresholdTrial,
): GateEvidence {
  const labels = Float64Array.from(scored.label)
  if (labels.length === 0) throw new RangeError('decideGate: no scored rows, wanted the newest held-out rows')
  const candidate = Float64Array.from(scored.candidate)
  const other = scored.champion ? Float64Array.from(scored.champion) : bestConstant(labels)
  const metric = trial ? ('cost' as const) : config.metric
  const lossesOf = (outputs: Float64Array, of: 'candidate' | 'champion') =>
    trial
      ? outputs.map((output, i) => costOf(trial.costs, labels[i]!, output, trial[of]))
      : rowLosses(config.metric, labels, outputs)
  const candidateLosses = lossesOf(candidate, 'candidate')
  const otherLosses = lossesOf(other, 'champion')
  const differences = candidateLosses.map((loss, i) => loss - otherLosses[i]!)
  const days = dayNumbers(scored.at, timezone)
  const { interval, reason } = blockMeanInterval(differences, days, { confidence: config.confidence })
  const loss = { candidate: mean(candidateLosses), other: mean(otherLosses) }
  const margin = config.demand === 'not worse' && scored.champion ? config.margin * loss.other : 0
  const segments = scored.champion
    ? judgeSegments(scored, differences, days, config, config.margin * loss.other)
    : ([] as const)
  const evidence = {
    against: scored.champion ? ('champion' as const) : ('constant' as const),
    metric,
    ...(trial && { thresholds: { candidate: trial.candidate, champion: trial.champion } }),
    demand: config.demand,
    margin,
    confidence: config.confidence,
    rows: labels.length,
    days: new Set(days).size,
    loss,
    ...aucEvidence(labels, candidate, other, days, { metric, confidence: config.confidence }),
    segments,
  }
  if (!interval) {
    if (!scored.champion) return { ...evidence, ...judgeFirst(evidence) }
    return { ...evidence, verdict: 'not enough data', reason: `The held-out rows span ${reason}.` }
  }
  const daySd = interval.standardError * Math.sqrt(interval.blocks)
  const decided = scored.champion ? judge(interval, margin, { ...config, metric }, segments) : judgeFirst(evidence)
  return { ...evidence, ...decided, difference: interval, daySd }
}

function judge(
  { estimate, lower, upper, blocks }: Interval,
  margin: number,
  { metric, demand, confidence }: Pick<GateEvidence, 'metric' | 'demand' | 'confidence'>,
  segments: readonly SegmentEvidence[],
): Pick<GateEvidence, 'verdict' | 'reason'> {
  const found =
    `${metric} changes by ${signed(estimate)} (${Math.round(confidence * 100)} % interval ` +
    `${signed(lower)} to ${signed(upper)} over ${blocks} days)`
  const worse = segments.filter(({ verdict }) => verdict === 'worse')
  if (worse.length > 0) {
    const names = worse.map(({ column, value }) => `${column} = ${value}`).join(', ')
    return { verdict: 'refused', reason: `${found}, but it is worse where ${names}.` }
  }
  const wanted = demand === 'better' ? 'an interval below 0' : `an interval below the margin ${signed(margin)}`
  return upper < margin
    ? { verdict: 'passed', reason: `${found}; wanted was ${wanted}.` }
    : { verdict: 'refused', reason: `${found}; wanted was ${wanted}, so '${demand}' is not shown.` }
}

/** What is wrong with the level alone (a month with fewer late flights than the one before) the refit mends. */
function judgeFirst({ loss, auc }: Pick<GateEvidence, 'loss' | 'auc'>): Pick<GateEvidence, 'verdict' | 'reason'> {
  const losses = `The loss is ${loss.candidate.toPrecision(4)}, that of the best constant prediction ${loss.other.toPrecision(4)}`
  if (loss.candidate < loss.other) return { verdict: 'passed', reason: `${losses}.` }
  const ranks = auc?.difference
  if (!auc || !ranks || ranks.lower <= 0) {
    return { verdict: 'refused', reason: `${losses}: the model knows less than the base rate.` }
  }
  const interval = `${(0.5 + ranks.lower).toFixed(3)} to ${(0.5 + ranks.upper).toFixed(3)}`
  return {
    verdict: 'passed',
    reason: `${losses}, but it ranks better than chance (AUC ${auc.candidate.toFixed(3)}, ${interval} by days).`,
  }
}

/**
 * Each segment on its own. H0 "not worse than the margin" is tested one-sided at 1 - confidence over all segments
 * (Holm 1979): the smallest p against alpha / m, the next against alpha / (m - 1), until one is not rejected.
 */
function judgeSegments(
  scored: ScoredRows,
  differences: Float64Array,
  days: Float64Array,
  config: GateConfig,
  margin: number,
): SegmentEvidence[] {
  const found = Object.entries(scored.segments).flatMap(([column, values]) =>
    [...groups(values)].map(([value, rows]): SegmentEvidence => {
      const segment = { column, value, rows: rows.length }
      if (rows.length < config.segmentRows) {
        return {
          ...segment,
          verdict: 'not decided',
          reason: `${rows.length} rows, ${config.segmentRows} are needed`,
        }
      }
      const all = Int32Array.from(rows)
      const { interval, reason } = blockMeanInterval(pick(differences, all), pick(days, all), {
        confidence: config.confidence,
      })
      if (!interval) return { ...segment, verdict: 'not decided', reason }
      const verdict = interval.upper < 0 ? 'better' : interval.upper < margin ? 'not worse' : 'not decided'
      return { ...segment, verdict, interval }
    }),
  )
  const tested = found
    .flatMap((segment, i) => (segment.interval ? [{ i, p: pAbove(segment.interval, margin) }] : []))
    .sort((a, b) => a.p - b.p)
  for (const [rank, { i, p }] of tested.entries()) {
    if (p >= (1 - config.confidence) / (tested.length - rank)) break
    found[i] = { ...found[i]!, verdict: 'worse' }
  }
  return found
}

function aucEvidence(
  labels: Float64Array,
  candidate: Float64Array,
  /** The champion's scores, or a constant. */
  against: Float64Array,
  days: Float64Array,
  { confidence, metric }: Pick<GateEvidence, 'metric' | 'confidence'>,
): Pick<GateEvidence, 'auc'> {
  if (metric !== 'log_loss' && metric !== 'brier') return {}
  const own = rocAuc(labels, candidate).value
  if (own === undefined) return {}
  const { interval } = blockAucDifference(labels, candidate, against, days, { confidence })
  const other = rocAuc(labels, against).value!
  return { auc: { candidate: own, other, ...(interval && { difference: interval }) } }
}

function bestConstant(labels: Float64Array): Float64Array {
  return new Float64Array(labels.length).fill(mean(labels))
}

/** The local day of each row, as the instant at which it begins. */
function dayNumbers(at: readonly number[], timezone: string): Float64Array {
  const numbers = new Float64Array(at.length)
  for (const { day, rows } of rowsByDay(at, timezone)) for (const row of rows) numbers[row] = day.from
  return numbers
}

function groups(values: readonly string[]): Map<string, number[]> {
  const found = new Map<string, number[]>()
  for (const [row, value] of values.entries()) {
    const rows = found.get(value)
    if (rows) rows.push(row)
    else found.set(value, [row])
  }
  return new Map([...found].sort(([a], [b]) => (a < b ? -1 : 1)))
}

function signed(value: number): string {
  const text = value.toFixed(4)
  return value > 0 ? `+${text}` : text.replace('-', '−')
}
