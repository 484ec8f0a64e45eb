/**
 * What a window says, under the names that monitors use: rows are added stretch by stretch, and what is kept of them does
 * not grow with their number. Limits and measurements are computed by this one tally, so that a chart compares like with
 * like.
 */
import type { Column, Table } from '../base/table.ts'
import { logLosses, squaredErrors } from '../statistics/metrics/binaryMetrics.ts'
import type { Bins } from '../statistics/profiles/bins.ts'
import type { Task } from './dayStatistics.ts'
import { type Delays, delays } from './delays.ts'
import { type Estimator, estimateTally } from './estimator.ts'
import { type ScorePairs, scorePairs } from './scorePairs.ts'
import { type SignalName, signalOf } from './signals.ts'
import { nearest } from './yamlReader.ts'

/** Rows of the log as one version answered them. */
export interface Stretch {
  readonly features: Table
  /** NaN where the version was not asked. */
  readonly answers: Float64Array
  /** NaN while unknown and where void. */
  readonly outcomes: Float64Array
  readonly voids: Uint8Array
  /** When each row was predicted, and when its outcome became known (NaN while it is not); only where delays are asked. */
  readonly times?: { readonly at: Float64Array; readonly knownAt: Float64Array; readonly asOf: number }
}

/** A signal's value, or why there is none. `rows` is the number of rows that it is computed from. */
export type SignalValue =
  | {
      readonly rows: number
      readonly value: number
      /** Of an estimate: where the realised value will lie. */
      readonly interval?: { readonly low: number; readonly high: number }
      /** Why an estimate is not to be relied on: it is shown and not judged. */
      readonly doubt?: string
      readonly reason?: undefined
    }
  | { readonly rows: number; readonly value?: undefined; readonly reason: string }

export interface SignalQuestion {
  readonly of: SignalName
  readonly column?: string | undefined
  readonly decision: number
}

/** With fewer rows nothing is said of a window. */
export const leastRows = 30

export interface Tally {
  add(stretch: Stretch): void
  readonly rows: number
  /** Share of the rows whose outcome is known or void; 1 without rows. */
  readonly coverage: number
  value(question: SignalQuestion): SignalValue
}

/** `bins` are those of the reference, by column: what is unseen or out of range is measured by them. */
export function tally(
  task: Task,
  questions: readonly SignalQuestion[],
  {
    bins = new Map(),
    unusual,
    estimator,
  }: {
    readonly bins?: ReadonlyMap<string, Bins>
    readonly unusual?: ((features: Table) => Uint8Array) | undefined
    readonly estimator?: Estimator | undefined
  } = {},
): Tally {
  const asks = (test: (question: SignalQuestion) => boolean) => questions.some(test)
  const outcomes = outcomeTally(
    task,
    asks(({ of }) => of === 'auc'),
  )
  const wantsOutcomes = asks(({ of }) => signalOf(of).outcomes === true)
  const answered = { n: 0, sum: 0, confidence: 0 }
  const wantsAnswers = asks(({ of }) => signalOf(of).group === 'prediction')
  const decided = new Map<number, Decided>()
  for (const { of, decision } of questions) if (signalOf(of).decision) decided.set(decision, nothingDecided())
  const columns = new Map<string, ColumnTally>()
  for (const { column } of questions) if (column !== undefined) columns.set(column, { rows: 0, missing: 0, strange: 0 })
  const wantsEstimates = asks(({ of }) => signalOf(of).group === 'estimated')
  const estimates = wantsEstimates && estimator ? estimateTally(estimator) : undefined
  const wantsDelays = asks(({ of }) => of.startsWith('delay'))
  const waited = delays()
  let rows = 0
  let settled = 0
  let anomalous = 0
  let names: readonly string[] = []

  function addColumn(name: string, { columns: served }: Table, added: number): void {
    const sum = columns.get(name)!
    const column = served.find(candidate => candidate.name === name)
    if (!column) return
    sum.rows += added
    sum.kind = column.kind === 'text' ? 'text' : 'number'
    countColumn(sum, column, bins.get(name))
  }

  return {
    get rows() {
      return rows
    },
    get coverage() {
      return rows === 0 ? 1 : settled / rows
    },
    add(stretch) {
      const n = stretch.answers.length
      rows += n
      for (let row = 0; row < n; row++) {
        if (stretch.voids[row] === 1 || !Number.isNaN(stretch.outcomes[row]!)) settled++
      }
      if (wantsOutcomes) outcomes.add(stretch)
      if (wantsAnswers) addAnswers(answered, stretch.answers)
      for (const [decision, sums] of decided) decide(sums, decision, stretch)
      if (stretch.features.columns.length > 0) names = stretch.features.columns.map(({ name }) => name)
      for (const name of columns.keys()) addColumn(name, stretch.features, n)
      if (wantsDelays && stretch.times) addDelays(waited, stretch.times)
      estimates?.add(stretch)
      if (unusual && n > 0) for (const far of unusual(stretch.features)) anomalous += far
    },
    value: question => finite(question.of, computed(question)),
  }

  function computed(question: SignalQuestion): SignalValue {
    const { of, column = '', decision } = question
    switch (of) {
      case 'observed - expected':
      case 'auc':
      case 'log_loss':
      case 'brier':
      case 'rmse':
      case 'mae':
        return outcomes.value(of)
      case 'accuracy':
      case 'precision':
      case 'recall':
      case 'specificity':
      case 'f1':
        return decisionValue(of, decided.get(decision)!)
      case 'estimated auc':
      case 'estimated accuracy':
      case 'estimated precision':
      case 'estimated recall':
      case 'estimated f1':
      case 'estimated log_loss':
      case 'estimated brier':
      case 'estimated rmse':
      case 'estimated mae':
        return estimates?.value(of) ?? { rows, reason: 'the reference of the version holds nothing to estimate with' }
      case 'mean prediction':
        return share(answered.sum, answered.n, 'answered rows')
      case 'confidence':
        return share(answered.confidence, answered.n, 'answered rows')
      case 'positive share': {
        const { yes, answers } = decided.get(decision)!
        return share(yes, answers, 'answered rows')
      }
      case 'rows':
        return { rows, value: rows }
      case 'coverage':
        return share(settled, rows, 'rows')
      case 'delay median':
      case 'delay p90':
        return delayValue(waited, of === 'delay median' ? 0.5 : 0.9, rows)
      case 'missing share':
      case 'unseen share':
      case 'outside share':
        return columnValue(of, column, columns.get(column)!, { rows, names, bins: bins.get(column) })
      case 'anomalous share':
        if (!unusual) return { rows, reason: 'the reference does not say which rows are unusual' }
        return share(anomalous, rows, 'rows')
      case 'requests':
      case 'latency p50':
      case 'latency p95':
      case 'refused share':
      case 'skew share':
        throw new RangeError(`tally: ${of} is not a signal of rows`)
    }
  }
}

/** Infinite answers or outcomes have no mean that a chart could take. */
function finite(of: SignalName, found: SignalValue): SignalValue {
  if (found.value === undefined || Number.isFinite(found.value)) return found
  return { rows: found.rows, reason: `${of} is ${found.value}: answers or outcomes are infinite` }
}

/** A share or mean of n things; `what` names them. */
export function share(sum: number, n: number, what: string): SignalValue {
  if (n < leastRows) return { rows: n, reason: `${n} ${what}, ${leastRows} are needed` }
  return { rows: n, value: sum / n }
}

// ------------------------------------------------------------ outcomes

type Scored = 'observed - expected' | 'auc' | 'log_loss' | 'brier' | 'rmse' | 'mae'

function outcomeTally(task: Task, ranked: boolean) {
  const pairs: ScorePairs | undefined = task === 'binary' && ranked ? scorePairs() : undefined
  let n = 0
  let observed = 0
  let expected = 0
  let logLoss = 0
  let squared = 0
  let absolute = 0
  return {
    add({ answers, outcomes }: Stretch): void {
      const rows: number[] = []
      for (let row = 0; row < answers.length; row++) {
        if (!Number.isNaN(outcomes[row]!) && !Number.isNaN(answers[row]!)) rows.push(row)
      }
      const labels = Float64Array.from(rows, row => outcomes[row]!)
      const outputs = Float64Array.from(rows, row => answers[row]!)
      const losses = task === 'binary' ? logLosses(labels, outputs) : undefined
      const errors = squaredErrors(labels, outputs)
      for (let i = 0; i < labels.length; i++) {
        observed += labels[i]!
        expected += outputs[i]!
        squared += errors[i]!
        absolute += Math.abs(labels[i]! - outputs[i]!)
        if (losses) logLoss += losses[i]!
        pairs?.add(labels[i]!, outputs[i]!)
      }
      n += labels.length
    },
    value(of: Scored): SignalValue {
      if (n < leastRows) return { rows: n, reason: `${n} rows with an outcome, ${leastRows} are needed` }
      const value = {
        'observed - expected': () => observed / n - expected / n,
        auc: () => pairs?.auc(),
        log_loss: () => (task === 'binary' ? logLoss / n : undefined),
        brier: () => (task === 'binary' ? squared / n : undefined),
        rmse: () => Math.sqrt(squared / n),
        mae: () => absolute / n,
      }[of]()
      if (value !== undefined) return { rows: n, value }
      return { rows: n, reason: `${of} is not defined on these outcomes` }
    },
  }
}

// ------------------------------------------------------------ answers and decisions

function addAnswers(sums: { n: number; sum: number; confidence: number }, answers: Float64Array): void {
  for (const answer of answers) {
    if (Number.isNaN(answer)) continue
    sums.n++
    sums.sum += answer
    sums.confidence += Math.max(answer, 1 - answer)
  }
}

interface Decided {
  answers: number
  yes: number
  readonly right: { positive: number; negative: number }
  readonly wrong: { positive: number; negative: number }
}

function nothingDecided(): Decided {
  return { answers: 0, yes: 0, right: { positive: 0, negative: 0 }, wrong: { positive: 0, negative: 0 } }
}

/** `right.positive` are true positives, `wrong.positive` false ones. */
function decide(sums: Decided, decision: number, { answers, outcomes }: Stretch): void {
  for (let row = 0; row < answers.length; row++) {
    const answer = answers[row]!
    if (Number.isNaN(answer)) continue
    const said = answer >= decision
    sums.answers++
    if (said) sums.yes++
    const outcome = outcomes[row]!
    if (Number.isNaN(outcome)) continue
    sums[said === (outcome === 1) ? 'right' : 'wrong'][said ? 'positive' : 'negative']++
  }
}

export function decisionValue(
  of: 'accuracy' | 'precision' | 'recall' | 'specificity' | 'f1',
  { right, wrong }: Pick<Decided, 'right' | 'wrong'>,
): SignalValue {
  const [tp, tn, fp, fn] = [right.positive, right.negative, wrong.positive, wrong.negative]
  switch (of) {
    case 'accuracy':
      return share(tp + tn, tp + tn + fp + fn, 'rows with an outcome')
    case 'precision':
      return share(tp, tp + fp, 'predicted positives with an outcome')
    case 'recall':
      return share(tp, tp + fn, 'positives')
    case 'specificity':
      return share(tn, tn + fp, 'negatives')
    case 'f1':
      return share(2 * tp, 2 * tp + fp + fn, 'predicted or real positives')
  }
}

// ------------------------------------------------------------ columns

interface ColumnTally {
  rows: number
  missing: number
  /** Values outside the reference's range, or categories that it does not have. */
  strange: number
  kind?: 'text' | 'number'
}

function countColumn(sum: ColumnTally, column: Column, bins: Bins | undefined): void {
  if (column.kind === 'text') {
    const known = bins?.kind === 'text' ? new Set(bins.categories) : undefined
    for (const value of column.values) {
      if (value === null) sum.missing++
      else if (known && !known.has(value)) sum.strange++
    }
    return
  }
  const edges = bins?.kind === 'number' ? bins.edges : []
  const low = edges[0] ?? Number.NaN
  const high = edges.at(-1) ?? Number.NaN
  for (let i = 0; i < column.values.length; i++) {
    const value = column.values[i]!
    if (Number.isNaN(value)) sum.missing++
    else if (value < low || value >= high) sum.strange++
  }
}

function columnValue(
  of: 'missing share' | 'unseen share' | 'outside share',
  name: string,
  { rows, missing, strange, kind }: ColumnTally,
  window: { readonly rows: number; readonly names: readonly string[]; readonly bins: Bins | undefined },
): SignalValue {
  if (kind === undefined) {
    if (window.rows === 0) return { rows: 0, reason: `0 rows, ${leastRows} are needed` }
    const near = nearest(name, window.names)
    const hint = near ? `did you mean ${near}?` : `there are ${window.names.join(', ')}`
    return { rows: window.rows, reason: `no row has a column ${name}; ${hint}` }
  }
  if (of === 'missing share') return share(missing, rows, 'rows')
  const present = rows - missing
  const wanted = of === 'unseen share' ? 'text' : 'number'
  if (kind !== wanted) {
    const other = of === 'unseen share' ? 'outside share' : 'unseen share'
    return { rows: present, reason: `${name} is ${kind === 'text' ? 'text' : 'numbers'}; watch its ${other} instead` }
  }
  const { bins } = window
  if (!bins) return { rows: present, reason: `the reference has no column ${name}` }
  if (bins.kind !== kind)
    return { rows: present, reason: `${name} is ${kind} now and was ${bins.kind} in the reference` }
  if (bins.kind === 'text' && !bins.complete) {
    return { rows: present, reason: `${name} has more categories than the reference keeps: rare ones look unseen` }
  }
  return share(strange, present, 'rows with a value')
}

// ------------------------------------------------------------ delays

function addDelays(waited: Delays, { at, knownAt, asOf }: NonNullable<Stretch['times']>): void {
  for (let row = 0; row < at.length; row++) {
    const known = knownAt[row]!
    if (Number.isNaN(known)) waited.waits(Math.max(0, asOf - at[row]!))
    else waited.came(Math.max(0, known - at[row]!))
  }
}

function delayValue(waited: Delays, p: number, rows: number): SignalValue {
  if (rows < leastRows) return { rows, reason: `${rows} rows, ${leastRows} are needed` }
  const value = waited.quantile(p)
  if (value !== undefined) return { rows, value }
  return { rows, reason: `fewer than ${Math.round(100 * p)} % of the outcomes have come so far` }
}
