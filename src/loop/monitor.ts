/**
 * A monitor as declared in `watch` of falconer.yaml: a signal looked at window by window, and the rule by which a window
 * is out of its limits. Durations are milliseconds, defaults are filled in.
 */
import { formatDuration } from '../base/time.ts'
import { type ChartKind, type Side, type SignalName, signalOf } from './signals.ts'

/** A span of local time (days, weeks from Monday, or parts of a day), or so many rows of the log. */
export type MonitorWindow =
  | { readonly kind: 'time'; readonly everyMs: number }
  | { readonly kind: 'rows'; readonly rows: number }

/** When windows out of limits become an alarm, and when it is over. */
export interface AlarmRule {
  /** So many of the newest `of` windows have to be out, the newest among them. */
  readonly out: number
  readonly of: number
  /** So many windows in limits, one after another, resolve it. */
  readonly clean: number
  readonly severity: 'warning' | 'critical'
  /**
   * Most false alarms per window that an automatic action may rest on: where the rate measured on resampled stable
   * windows is not surely below it, the monitor only warns. Absent: the design is trusted.
   */
  readonly falseAlarms?: number
}

interface Monitored {
  /** Unique in the project; policies refer to it. */
  readonly name: string
  readonly window: MonitorWindow
  /** How long after its end a window waits for outcomes. */
  readonly latenessMs: number
  /** Only rows with these values; categories as text. */
  readonly segment?: Readonly<Record<string, string>>
  /** One chart for each category of this column that has enough rows; false alarms are those of all together. */
  readonly by?: string
  /** With a smaller share of known outcomes a window is provisional and never out. */
  readonly coverage: number
  readonly alarm: AlarmRule
}

export interface ChartMonitor extends Monitored {
  readonly kind: 'chart'
  readonly of: SignalName
  /** Column that a column's signal is about. */
  readonly column?: string
  /** Probability from which on an answer counts as a yes. */
  readonly decision: number
  readonly chart: ChartKind
  /** Mean number of windows between false alarms. */
  readonly arl0: number
  /** Weight of the newest window in an EWMA. */
  readonly lambda: number
  /** Shift that a CUSUM is made for, in standard deviations. */
  readonly shift: number
  readonly side: Side
  /** Given centre line and standard deviation of a window, instead of estimated ones. */
  readonly centre?: number
  readonly sd?: number
}

export interface DriftMonitor extends Monitored {
  readonly kind: 'drift'
  readonly drift: 'features' | 'prediction'
  /** Only these features; absent: all. */
  readonly columns?: readonly string[]
  /** False alarms per window over all columns. */
  readonly falseAlarms: number
}

/** Bounds that somebody has promised: no chart, no reference. */
export interface ThresholdMonitor extends Monitored {
  readonly kind: 'threshold'
  readonly of: SignalName
  readonly column?: string
  readonly decision: number
  readonly above?: number
  readonly below?: number
}

export type MonitorConfig = ChartMonitor | DriftMonitor | ThresholdMonitor

/** Monitors as they were stored before they had names, windows by rows and alarm rules. */
export type EarlierMonitor =
  | {
      readonly kind: 'chart'
      readonly chart: 'ewma' | 'shewhart'
      readonly of: 'observed - expected' | 'auc' | 'log_loss' | 'brier' | 'rmse' | 'mae'
      readonly everyMs: number
      readonly latenessMs: number
      readonly arl0: number
      readonly lambda: number
      readonly side: Side
    }
  | {
      readonly kind: 'drift'
      readonly drift: 'features' | 'prediction'
      readonly everyMs: number
      readonly latenessMs: number
      readonly falseAlarms: number
    }

export const leastCoverage = 0.8
export const defaultDecision = 0.5
export const defaultShift = 1

/** Any stored monitor as monitors are today. */
export function currentMonitor(stored: MonitorConfig | EarlierMonitor): MonitorConfig {
  if ('window' in stored) return stored
  const { everyMs, ...rest } = stored
  const common = {
    window: { kind: 'time', everyMs } as const,
    coverage: leastCoverage,
    alarm: defaultAlarm(rest.kind, rest.kind === 'chart' ? rest.of : undefined),
  }
  return rest.kind === 'drift'
    ? { ...rest, ...common, name: driftName(rest.drift) }
    : { ...rest, ...common, name: rest.of, decision: defaultDecision, shift: defaultShift }
}

/** That the model is wrong, or that a promise is broken, is critical; that something looks different is a warning. */
export function defaultAlarm(kind: MonitorConfig['kind'], of?: SignalName): AlarmRule {
  const critical = kind === 'threshold' || (of !== undefined && signalOf(of).group === 'performance')
  return { out: 1, of: 1, clean: 5, severity: critical ? 'critical' : 'warning' }
}

/** The name of a monitor that was given none. */
export function derivedName(
  monitor: {
    readonly what: string
    readonly column?: string | undefined
    readonly columns?: readonly string[] | undefined
  },
  { segment, by }: Pick<Monitored, 'segment' | 'by'>,
): string {
  const { what, column, columns } = monitor
  const about = columns ?? (column === undefined ? [] : [column])
  const only = Object.entries(segment ?? {}).map(([name, value]) => `${name} ${value}`)
  const name = [
    what,
    ...(about.length > 0 ? [`of ${about.join(', ')}`] : []),
    ...(only.length > 0 ? [`where ${only.join(', ')}`] : []),
    ...(by === undefined ? [] : [`by ${by}`]),
  ].join(' ')
  // Names become parts of ids and addresses.
  return name.replaceAll(/[/~]/g, '-')
}

export function driftName(drift: DriftMonitor['drift']): string {
  return drift === 'features' ? 'drift' : 'prediction drift'
}

/** `1 day`, `6 hours`, `5000 rows`: windows of the same text are closed together. */
export function windowText(window: MonitorWindow): string {
  return window.kind === 'rows' ? `${window.rows} rows` : formatDuration(window.everyMs)
}

/** Whether its value can change after the window has ended, because outcomes come later. */
export function needsOutcomes(monitor: MonitorConfig): boolean {
  return monitor.kind !== 'drift' && signalOf(monitor.of).outcomes === true
}

/** Whether it says what outcomes will say, so that both are held against each other when they come. */
export function isEstimated(monitor: MonitorConfig): boolean {
  return monitor.kind !== 'drift' && signalOf(monitor.of).group === 'estimated'
}

/** What the monitor does, in words: `ewma chart of auc, one false alarm in 500 windows, every 1 day`. */
export function monitorText(monitor: MonitorConfig): string {
  return `${ruleText(monitor)}, every ${windowText(monitor.window)}`
}

function ruleText(monitor: MonitorConfig): string {
  const called = monitor.name
  switch (monitor.kind) {
    case 'chart':
      return `${called}: ${monitor.chart} chart, one false alarm in ${monitor.arl0} windows`
    case 'drift':
      return `${called} of ${monitor.drift}, ${monitor.falseAlarms} false alarms per window`
    case 'threshold': {
      const bounds = [
        ...(monitor.above === undefined ? [] : [`above ${monitor.above}`]),
        ...(monitor.below === undefined ? [] : [`below ${monitor.below}`]),
      ]
      return `${called}: out when ${bounds.join(' or ')}`
    }
  }
}
