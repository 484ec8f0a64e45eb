/** The sections `watch` and `act` of falconer.yaml: monitors, and what follows from their alarms. */
import { isMap } from 'yaml'
import {
  type AlarmRule,
  type ChartMonitor,
  currentMonitor,
  type DriftMonitor,
  defaultAlarm,
  defaultDecision,
  defaultShift,
  derivedName,
  driftName,
  leastCoverage,
  type MonitorConfig,
  type MonitorWindow,
  type ThresholdMonitor,
} from './monitor.ts'
import { windowProblem } from './monitorWindow.ts'
import type { TrainConfig } from './project.ts'
import { serviceSpanMs } from './serviceCounts.ts'
import { chartsOf, type SignalName, signalNames, signalOf } from './signals.ts'
import { type Fields, type Place, scalar, type YamlReader } from './yamlReader.ts'

const day = 86_400_000

type Task = TrainConfig['task']

export function readWatch(read: YamlReader, place: Place | undefined, task: Task): MonitorConfig[] {
  if (!place) return defaultMonitors(task)
  const monitors: MonitorConfig[] = []
  for (const item of read.list(place)) {
    const monitor = readMonitor(read, item, task)
    if (!monitor) continue
    if (monitors.some(({ name }) => name === monitor.name)) {
      read.wrong(item, `watch has two monitors of ${monitor.name}; give one of them a name`)
    }
    monitors.push(monitor)
  }
  return monitors
}

function defaultMonitors(task: Task): MonitorConfig[] {
  const measures: readonly SignalName[] =
    task === 'binary' ? ['observed - expected', 'auc', 'log_loss', 'brier'] : ['observed - expected', 'rmse', 'mae']
  return [
    ...measures.map(of => chartDefaults(of)),
    currentMonitor({ kind: 'drift', drift: 'features', everyMs: day, latenessMs: 0, falseAlarms: 0.01 }),
  ]
}

export function chartDefaults(of: SignalName): ChartMonitor {
  const signal = signalOf(of)
  return {
    kind: 'chart',
    name: of,
    of,
    decision: defaultDecision,
    chart: signal.counted && signal.group !== 'performance' ? 'p' : 'ewma',
    arl0: 500,
    lambda: 0.2,
    shift: defaultShift,
    side: signal.side,
    window: { kind: 'time', everyMs: day },
    latenessMs: signal.outcomes || signal.group === 'labels' ? day : 0,
    coverage: leastCoverage,
    alarm: defaultAlarm('chart', of),
  }
}

const commonKeys = ['name', 'every', 'lateness', 'segment', 'by', 'coverage', 'alarm']
const chartKeys = ['chart', 'arl0', 'lambda', 'shift', 'side', 'centre', 'sd']
const signalKeys = ['of', 'column', 'decision']
const driftKeys = ['drift', 'columns', 'false_alarms']
const thresholdKeys = ['above', 'below']
const allKeys = [...signalKeys, ...chartKeys, ...driftKeys, ...thresholdKeys, ...commonKeys]

/** One entry of `watch`; undefined where too much of it is wrong. */
export function readMonitor(read: YamlReader, place: Place, task: Task): MonitorConfig | undefined {
  const fields = read.fields(place, allKeys)
  if (!fields) return undefined
  if (fields.get('drift')) {
    refuse(read, fields, [...signalKeys, ...chartKeys, ...thresholdKeys], 'drift')
    return readDrift(read, fields)
  }
  refuse(read, fields, driftKeys, 'a signal')
  const of = read.choice(read.need(fields, 'of', `say what is watched: ${signalNames.join(', ')}`), signalNames)
  if (of === undefined) return undefined
  const signal = signalOf(of)
  const ofPlace = fields.get('of')!
  if (signal.task && signal.task !== task) {
    read.wrong(ofPlace, `${of} is for ${signal.task} models; train.task is ${task}`)
  }
  const column = readColumn(read, fields, of)
  const decisionPlace = fields.get('decision')
  if (decisionPlace && !signal.decision) read.wrong(decisionPlace, `${of} does not depend on a decision threshold`)
  const decision = read.share(decisionPlace) ?? defaultDecision
  const signalPart = { of, ...(column !== undefined && { column }), decision }
  if (fields.get('above') || fields.get('below')) {
    refuse(read, fields, chartKeys, 'a fixed threshold')
    return readThreshold(read, fields, signalPart)
  }
  if (signal.fixed) return read.wrong(ofPlace, `${of} takes a fixed threshold: add above or below`)
  return readChart(read, fields, signalPart)
}

function refuse(read: YamlReader, fields: Fields, keys: readonly string[], kind: string): void {
  for (const key of keys) {
    const odd = fields.get(key)
    if (odd) read.wrong(odd, `${key} does not belong to ${kind}`)
  }
}

function readColumn(read: YamlReader, fields: Fields, of: SignalName): string | undefined {
  const place = fields.get('column')
  if (!signalOf(of).column) {
    return place && read.wrong(place, `${of} is not about a column; leave column out`)
  }
  return read.text(place ?? read.need(fields, 'column', `${of} is about one column: name it`))
}

function readDrift(read: YamlReader, fields: Fields): DriftMonitor {
  const drift = read.choice(fields.get('drift'), ['features', 'prediction']) ?? 'features'
  const columnsPlace = fields.get('columns')
  if (columnsPlace && drift === 'prediction') read.wrong(columnsPlace, 'drift of the prediction has no columns')
  const columns = columnsPlace && read.texts(columnsPlace)
  const common = readCommon(read, fields, {
    latenessMs: 0,
    alarm: defaultAlarm('drift'),
    what: driftName(drift),
    columns,
    whole: false,
  })
  const rate = readRate(read, fields.get('false_alarms'), common.window)
  return { kind: 'drift', drift, ...(columns && { columns }), ...common, falseAlarms: rate ?? 0.01 }
}

/** A rate of false alarms per window; windows of rows have no length, so their rate counts windows. */
function readRate(read: YamlReader, place: Place | undefined, window: MonitorWindow): number | undefined {
  if (!place) return undefined
  const text = scalar(place)
  const perWindows = typeof text === 'string' ? /^(\d+(?:\.\d+)?) (?:per|in) (\d+) windows?$/.exec(text.trim()) : null
  let rate: number | undefined
  if (perWindows) rate = Number(perWindows[1]) / Number(perWindows[2])
  else if (window.kind === 'rows') {
    return read.wrong(place, `${place.what} is ${JSON.stringify(text)}, wanted a rate such as 1 per 100 windows`)
  } else {
    const given = read.rate(place)
    rate = given && (given.count * window.everyMs) / given.perMs
  }
  if (rate === undefined || (rate > 0 && rate < 1)) return rate
  return read.wrong(place, `${place.what} is ${rate} per window, wanted more than none and less than one`)
}

type SignalPart = Pick<ChartMonitor, 'of' | 'column' | 'decision'>

function readThreshold(read: YamlReader, fields: Fields, signal: SignalPart): ThresholdMonitor {
  const { of, column } = signal
  const bound = (key: 'above' | 'below') => {
    const place = fields.get(key)
    if (place === undefined) return undefined
    const { unit } = signalOf(of)
    if (unit === 'share') return read.share(place)
    // Times are written as people write them; a bare number is milliseconds.
    if (unit === 'ms' && typeof scalar(place) === 'string') return read.duration(place)
    return read.number(place, Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY)
  }
  const above = bound('above')
  const below = bound('below')
  if (above !== undefined && below !== undefined && below >= above) {
    read.wrong(fields.get('below')!, `below is ${below} and above ${above}: every value would be out`)
  }
  return {
    kind: 'threshold',
    ...signal,
    ...(above !== undefined && { above }),
    ...(below !== undefined && { below }),
    ...readCommon(read, fields, {
      latenessMs: chartDefaults(of).latenessMs,
      alarm: defaultAlarm('threshold', of),
      what: of,
      column,
      whole: signalOf(of).whole === true,
    }),
  }
}

function readChart(read: YamlReader, fields: Fields, signal: SignalPart): ChartMonitor {
  const { of, column } = signal
  const defaults = chartDefaults(of)
  const everything = Number.POSITIVE_INFINITY
  const chartPlace = fields.get('chart')
  const chart = read.choice(chartPlace, ['ewma', 'shewhart', 'cusum', 'p'] as const) ?? defaults.chart
  if (chartPlace && !chartsOf(of).includes(chart)) {
    read.wrong(chartPlace, `a p chart is for shares of rows, ${of} is none; wanted ${chartsOf(of).join(', ')}`)
  }
  const centre = read.number(fields.get('centre'), -everything, everything)
  const sdPlace = fields.get('sd')
  const sd = read.number(sdPlace, Number.MIN_VALUE, everything)
  if (sdPlace && chart === 'p') read.wrong(sdPlace, 'the spread of a p chart follows from its rows; leave sd out')
  return {
    ...defaults,
    ...signal,
    chart,
    arl0: read.number(fields.get('arl0'), 2, 1e6) ?? defaults.arl0,
    lambda: read.number(fields.get('lambda'), 0.001, 1) ?? defaults.lambda,
    shift: read.number(fields.get('shift'), 0.1, 10) ?? defaults.shift,
    side: read.choice(fields.get('side'), ['both', 'upper', 'lower']) ?? defaults.side,
    ...(centre !== undefined && { centre }),
    ...(sd !== undefined && { sd }),
    ...readCommon(read, fields, {
      latenessMs: defaults.latenessMs,
      alarm: defaults.alarm,
      what: of,
      column,
      whole: signalOf(of).whole === true,
    }),
  }
}

type Common = Pick<MonitorConfig, 'name' | 'window' | 'latenessMs' | 'segment' | 'by' | 'coverage' | 'alarm'>

function readCommon(
  read: YamlReader,
  fields: Fields,
  of: {
    readonly latenessMs: number
    readonly alarm: AlarmRule
    readonly what: string
    readonly column?: string | undefined
    readonly columns?: readonly string[] | undefined
    /** Not of rows, so that there is nothing to take a segment of. */
    readonly whole: boolean
  },
): Common {
  const window = readWindow(read, fields.get('every'))
  const segment = readSegment(read, fields.get('segment'))
  const by = read.text(fields.get('by'))
  if (of.whole) {
    refuse(read, fields, ['segment', 'by'], of.what)
    const counted = window.kind === 'time' && window.everyMs % serviceSpanMs === 0
    if (!counted)
      read.wrong(fields.get('every')!, `${of.what} is counted in quarters of an hour, wanted windows of whole ones`)
  }
  const parts = { ...(segment && { segment }), ...(by !== undefined && { by }) }
  return {
    name: readName(read, fields.get('name')) ?? derivedName(of, parts),
    window,
    latenessMs: read.duration(fields.get('lateness')) ?? of.latenessMs,
    ...parts,
    coverage: read.share(fields.get('coverage')) ?? leastCoverage,
    alarm: readAlarm(read, fields.get('alarm'), of.alarm, window),
  }
}

/** Calls beside those of the monitors. */
const reservedNames = ['options', 'preview']

function readName(read: YamlReader, place: Place | undefined): string | undefined {
  const name = read.text(place)
  if (name !== undefined && reservedNames.includes(name)) {
    return read.wrong(place!, `${place!.what} is ${name}, which is the address of something else`)
  }
  if (name === undefined || /^[^/~\p{Cc}]{1,100}$/u.test(name)) return name
  return read.wrong(place!, `${place!.what} is ${JSON.stringify(name)}, wanted up to 100 letters without / and ~`)
}

function readWindow(read: YamlReader, place: Place | undefined): MonitorWindow {
  const everyDay = { kind: 'time', everyMs: day } as const
  if (!place) return everyDay
  const text = scalar(place)
  const rows = typeof text === 'string' ? /^([\d_,]+) rows?$/.exec(text.trim()) : null
  const window: MonitorWindow | undefined = rows
    ? { kind: 'rows', rows: Number(rows[1]!.replaceAll(/[_,]/g, '')) }
    : ((everyMs: number | undefined) => (everyMs === undefined ? undefined : ({ kind: 'time', everyMs } as const)))(
        read.duration(place),
      )
  if (!window) return everyDay
  const problem = windowProblem(window)
  if (problem) read.wrong(place, `${place.what}: ${problem}`)
  return window
}

function readSegment(read: YamlReader, place: Place | undefined): Record<string, string> | undefined {
  if (!place) return undefined
  if (!isMap(place.node)) return read.wrong(place, `${place.what} wants a column and its value, such as {origin: EWR}`)
  const entries = read.fields(place)?.entries ?? []
  if (entries.length === 0 || entries.length > 3) {
    return read.wrong(place, `${place.what} has ${entries.length} columns, wanted 1 to 3`)
  }
  return Object.fromEntries(
    entries.flatMap(([name, value]) => {
      const text = read.text(value)
      return text === undefined ? [] : [[name, text]]
    }),
  )
}

function readAlarm(read: YamlReader, place: Place | undefined, defaults: AlarmRule, window: MonitorWindow): AlarmRule {
  const fields = place && read.fields(place, ['out', 'of', 'clean', 'severity', 'false_alarms'])
  if (!fields) return defaults
  const whole = (key: string, high: number) => {
    const at = fields.get(key)
    const value = read.number(at, 1, high)
    return value === undefined || Number.isInteger(value)
      ? value
      : read.wrong(at!, `${at!.what} is ${value}, wanted a whole number`)
  }
  const out = whole('out', 50) ?? defaults.out
  const of = whole('of', 50) ?? Math.max(out, defaults.of)
  if (out > of) read.wrong(fields.get('out')!, `alarm.out is ${out} of ${of} windows: it would never alarm`)
  const falseAlarms = readRate(read, fields.get('false_alarms'), window)
  return {
    out,
    of,
    clean: whole('clean', 1000) ?? defaults.clean,
    severity: read.choice(fields.get('severity'), ['warning', 'critical']) ?? defaults.severity,
    ...(falseAlarms !== undefined && { falseAlarms }),
  }
}
