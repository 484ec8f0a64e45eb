/**
 * A monitor as the form holds it: every field as text, so that what is half typed is kept. It becomes an entry of `watch`
 * and is read from one; what the form has no field for stays as it was.
 */
import type { ChartKind, Side } from '../../../src/loop/signals.ts'
import type { MonitorEntry, MonitorOptions } from '../../api/wire.ts'

export interface Draft {
  /** Name of a signal, or what drifts. */
  readonly of: string
  readonly rule: 'chart' | 'bounds' | 'drift'
  readonly name: string
  readonly column: string
  /** Columns whose drift is watched; none: all. */
  readonly columns: readonly string[]
  readonly decision: string
  readonly chart: ChartKind
  readonly arl0: string
  readonly lambda: string
  readonly shift: string
  readonly side: Side
  /** Centre and spread from the reference, or given. */
  readonly basis: 'estimated' | 'given'
  readonly centre: string
  readonly sd: string
  readonly above: string
  readonly below: string
  /** One false alarm in so many windows. */
  readonly inWindows: string
  readonly every: string
  readonly scope: 'all' | 'segment' | 'by'
  readonly segmentColumn: string
  readonly segmentValue: string
  readonly out: string
  readonly ofLast: string
  readonly clean: string
  /** Empty: what is usual for the signal. */
  readonly severity: '' | 'warning' | 'critical'
  /** Keys of the entry that no field shows. */
  readonly rest: MonitorEntry
}

export const driftChoices = ['features', 'prediction'] as const
/** Value of the choice of what is watched, for drift. */
export const driftValue = (drift: string) => `drift of ${drift}`

type Signal = MonitorOptions['signals'][number]

const blank: Draft = {
  of: '',
  rule: 'chart',
  name: '',
  column: '',
  columns: [],
  decision: '0.5',
  chart: 'ewma',
  arl0: '500',
  lambda: '0.2',
  shift: '1',
  side: 'both',
  basis: 'estimated',
  centre: '',
  sd: '',
  above: '',
  below: '',
  inWindows: '100',
  every: '1 day',
  scope: 'all',
  segmentColumn: '',
  segmentValue: '',
  out: '1',
  ofLast: '1',
  clean: '5',
  severity: '',
  rest: {},
}

/** A new monitor of the first signal that has none of its name yet. */
export function newDraft(options: MonitorOptions, taken: readonly string[]): Draft {
  const free = options.signals.find(({ of, column }) => !column && !taken.includes(of)) ?? options.signals[0]
  return watching(blank, free?.of ?? driftValue('features'), options)
}

/** The draft about another signal: what does not fit it is set to what is usual there. */
export function watching(draft: Draft, of: string, options: MonitorOptions): Draft {
  const signal = signalIn(options, of)
  if (signal === undefined) return { ...draft, of, rule: 'drift', column: '' }
  const { charts, side, group, column, segments } = signal
  const counted = charts.includes('p') && group !== 'performance'
  return {
    ...draft,
    of,
    rule: charts.length === 0 ? 'bounds' : draft.rule === 'drift' ? 'chart' : draft.rule,
    chart: counted ? 'p' : charts.includes(draft.chart) && draft.chart !== 'p' ? draft.chart : 'ewma',
    side,
    column: column ? draft.column || (options.columns[0]?.name ?? '') : '',
    scope: segments ? draft.scope : 'all',
  }
}

export function signalIn(options: MonitorOptions, of: string): Signal | undefined {
  return options.signals.find(signal => signal.of === of)
}

/** The entry of `watch` that the draft says; fields that say what is usual are left out. */
export function entryOf(draft: Draft, options: MonitorOptions): MonitorEntry {
  const { rule, of, name, every, scope, segmentColumn, segmentValue, rest } = draft
  const { alarm: restOfAlarm, ...others } = rest
  const alarm = {
    ...(draft.out !== '1' && { out: value(draft.out) }),
    ...(draft.ofLast !== draft.out && draft.ofLast !== '1' && { of: value(draft.ofLast) }),
    ...(draft.clean !== '5' && { clean: value(draft.clean) }),
    ...(draft.severity !== '' && { severity: draft.severity }),
    ...(restOfAlarm as object | undefined),
  }
  return {
    ...ruleOf(draft, options),
    ...(name.trim() !== '' && name.trim() !== of && { name: name.trim() }),
    ...(every !== '1 day' && { every }),
    ...(scope === 'segment' && { segment: { [segmentColumn]: segmentValue } }),
    ...(scope === 'by' && { by: segmentColumn }),
    ...others,
    ...(Object.keys(alarm).length > 0 && { alarm }),
    ...(rule === 'bounds' || rule === 'chart' ? {} : { false_alarms: `1 per ${draft.inWindows} windows` }),
  }
}

function ruleOf(draft: Draft, options: MonitorOptions): MonitorEntry {
  const { rule, of, column, chart, side } = draft
  if (rule === 'drift') {
    const drift = driftChoices.find(choice => driftValue(choice) === of) ?? 'features'
    return { drift, ...(drift === 'features' && draft.columns.length > 0 && { columns: draft.columns }) }
  }
  const signal = signalIn(options, of)
  const about = {
    of,
    ...(signal?.column && { column }),
    ...(signal?.decision && draft.decision !== blank.decision && { decision: value(draft.decision) }),
  }
  if (rule === 'bounds') {
    const bound = (text: string) => (signal?.unit === 'ms' ? text : value(text))
    return {
      ...about,
      // Without any bound it would be a chart: the empty one is sent, and refused beside its field.
      ...((draft.above.trim() !== '' || draft.below.trim() === '') && { above: bound(draft.above) }),
      ...(draft.below.trim() !== '' && { below: bound(draft.below) }),
    }
  }
  const given = draft.basis === 'given'
  return {
    ...about,
    chart,
    ...(draft.arl0 !== blank.arl0 && { arl0: value(draft.arl0) }),
    ...(chart === 'ewma' && draft.lambda !== blank.lambda && { lambda: value(draft.lambda) }),
    ...(chart === 'cusum' && draft.shift !== blank.shift && { shift: value(draft.shift) }),
    ...(side !== signal?.side && { side }),
    ...(given && draft.centre.trim() !== '' && { centre: value(draft.centre) }),
    ...(given && chart !== 'p' && draft.sd.trim() !== '' && { sd: value(draft.sd) }),
  }
}

/** A number where it is one; else the text, which the server refuses with the reason. */
function value(text: string): number | string {
  const number = Number(text)
  return text.trim() !== '' && Number.isFinite(number) ? number : text
}

/** The draft that an entry is. */
export function draftOf(entry: MonitorEntry, options: MonitorOptions): Draft {
  const { drift, of, segment, by, alarm, false_alarms, every, name, column, columns, above, below, ...others } = entry
  const text = (x: unknown, usual = '') => (x === undefined ? usual : String(x))
  const start = watching(blank, drift === undefined ? text(of) : driftValue(text(drift)), options)
  const { out, of: ofLast, clean, severity, ...restOfAlarm } = (alarm ?? {}) as Readonly<Record<string, unknown>>
  const { chart, arl0, lambda, shift, side, centre, sd, decision, ...rest } = others
  const parts = Object.entries((segment ?? {}) as Readonly<Record<string, string>>)
  const one = parts.length === 1 ? parts[0] : undefined
  const rule = drift !== undefined ? 'drift' : above !== undefined || below !== undefined ? 'bounds' : start.rule
  return {
    ...start,
    rule,
    name: text(name),
    column: text(column, start.column),
    columns: Array.isArray(columns) ? columns.map(String) : [],
    decision: text(decision, blank.decision),
    chart: (chart as ChartKind | undefined) ?? start.chart,
    arl0: text(arl0, blank.arl0),
    lambda: text(lambda, blank.lambda),
    shift: text(shift, blank.shift),
    side: (side as Side | undefined) ?? start.side,
    basis: centre === undefined && sd === undefined ? 'estimated' : 'given',
    centre: text(centre),
    sd: text(sd),
    above: text(above),
    below: text(below),
    inWindows: /^1 (?:per|in) (\d+)/.exec(text(false_alarms))?.[1] ?? blank.inWindows,
    every: text(every, blank.every),
    scope: by !== undefined ? 'by' : one !== undefined ? 'segment' : 'all',
    segmentColumn: by === undefined ? (one?.[0] ?? '') : text(by),
    segmentValue: text(one?.[1]),
    out: text(out, blank.out),
    ofLast: text(ofLast, text(out, blank.ofLast)),
    clean: text(clean, blank.clean),
    severity: (severity as Draft['severity'] | undefined) ?? '',
    rest: {
      ...rest,
      // Of several columns at once: kept as it is, the form changes segments of one.
      ...(parts.length > 1 && { segment }),
      ...(Object.keys(restOfAlarm).length > 0 && { alarm: restOfAlarm }),
    },
  }
}

/** The key of an entry that a finding points to: `monitor:4:8` is the fourth line of the entry as YAML. */
export function keyAt(entry: MonitorEntry, at: string): string | undefined {
  const line = Number(at.split(':')[1])
  let first = 1
  for (const [key, of] of Object.entries(entry)) {
    const inner = typeof of === 'object' && of !== null ? Object.keys(of) : []
    if (line === first) return key
    if (line > first && line <= first + inner.length) return `${key}.${inner[line - first - 1]}`
    first += 1 + inner.length
  }
  return undefined
}
