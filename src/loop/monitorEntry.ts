/**
 * Monitors as entries of `watch` in falconer.yaml: read from one, written as one, and put into the text of a file whose
 * comments and other lines stay.
 */
import { isMap, isSeq, parseDocument, stringify, type YAMLSeq } from 'yaml'
import { FalconerError } from '../base/errors.ts'
import { formatDuration } from '../base/time.ts'
import {
  defaultAlarm,
  defaultDecision,
  defaultShift,
  derivedName,
  driftName,
  leastCoverage,
  type MonitorConfig,
  windowText,
} from './monitor.ts'
import type { TrainConfig } from './project.ts'
import { chartDefaults, readMonitor, readWatch } from './projectWatch.ts'
import { signalOf } from './signals.ts'
import { YamlReader } from './yamlReader.ts'

export type MonitorEntry = Readonly<Record<string, unknown>>

type Task = TrainConfig['task']

/** Errors: `bad-config` with everything that is wrong. */
export function monitorOf(entry: MonitorEntry, task: Task): MonitorConfig {
  const read = new YamlReader(stringify(entry), 'monitor')
  const monitor = readMonitor(read, read.root, task)
  const [first] = read.findings
  if (monitor && !first) return monitor
  const more = read.findings.length - 1
  throw new FalconerError(
    'bad-config',
    `The monitor cannot be used: ${first?.text ?? 'nothing could be read'}${more > 0 ? ` (and ${more} more)` : ''}`,
    { findings: read.findings, fix: 'Correct what is named, and send it again.' },
  )
}

/** The shortest entry that reads as this monitor. */
export function monitorEntry(monitor: MonitorConfig): MonitorEntry {
  const { name, window, latenessMs, segment, by, coverage, alarm } = monitor
  const what = monitor.kind === 'drift' ? driftName(monitor.drift) : monitor.of
  const columns = monitor.kind === 'drift' ? monitor.columns : undefined
  const column = monitor.kind === 'drift' ? undefined : monitor.column
  const defaults = monitor.kind === 'drift' ? { latenessMs: 0 } : chartDefaults(monitor.of)
  const usual = defaultAlarm(monitor.kind, monitor.kind === 'drift' ? undefined : monitor.of)
  const rule = {
    ...(alarm.out !== usual.out && { out: alarm.out }),
    ...(alarm.of !== Math.max(alarm.out, usual.of) && { of: alarm.of }),
    ...(alarm.clean !== usual.clean && { clean: alarm.clean }),
    ...(alarm.severity !== usual.severity && { severity: alarm.severity }),
    ...(alarm.falseAlarms !== undefined && { false_alarms: rateText(alarm.falseAlarms) }),
  }
  return {
    ...ruleOf(monitor),
    ...(name !== derivedName({ what, column, columns }, monitor) && { name }),
    ...(windowText(window) !== '1 day' && { every: windowText(window) }),
    ...(latenessMs !== defaults.latenessMs && { lateness: formatDuration(latenessMs) }),
    ...(segment && { segment }),
    ...(by !== undefined && { by }),
    ...(coverage !== leastCoverage && { coverage }),
    ...(Object.keys(rule).length > 0 && { alarm: rule }),
  }
}

function ruleOf(monitor: MonitorConfig): MonitorEntry {
  if (monitor.kind === 'drift') {
    return {
      drift: monitor.drift,
      ...(monitor.columns && { columns: monitor.columns }),
      false_alarms: rateText(monitor.falseAlarms),
    }
  }
  const signal = {
    of: monitor.of,
    ...(monitor.column !== undefined && { column: monitor.column }),
    ...(monitor.decision !== defaultDecision && { decision: monitor.decision }),
  }
  if (monitor.kind === 'threshold') {
    const { unit } = signalOf(monitor.of)
    const bound = (value: number) =>
      unit === 'ms' && Number.isSafeInteger(value) && value >= 0 ? formatDuration(value) : value
    return {
      ...signal,
      ...(monitor.above !== undefined && { above: bound(monitor.above) }),
      ...(monitor.below !== undefined && { below: bound(monitor.below) }),
    }
  }
  const defaults = chartDefaults(monitor.of)
  const { chart, arl0, lambda, shift, side, centre, sd } = monitor
  return {
    chart,
    ...signal,
    ...(arl0 !== defaults.arl0 && { arl0 }),
    ...(lambda !== defaults.lambda && { lambda }),
    ...(shift !== defaultShift && { shift }),
    ...(side !== defaults.side && { side }),
    ...(centre !== undefined && { centre }),
    ...(sd !== undefined && { sd }),
  }
}

/** A rate per window, exact to what its text says: `1 per 100 windows`. */
function rateText(rate: number): string {
  const windows = Math.round(1 / rate)
  return Math.abs(rate * windows - 1) < 1e-9
    ? `1 per ${windows} windows`
    : `${Math.round(rate * 1e6)} per 1000000 windows`
}

/**
 * The file with this entry in the place of the monitor of that name, or at the end of `watch`; without an entry, with the
 * monitor taken out. Where the file has no `watch`, the monitors that it stands for are written down first.
 * Errors: `not-found` for a monitor to be taken out that is not there, `bad-config` for a file that cannot be read.
 */
export function withMonitor(yaml: string, task: Task, name: string, entry: MonitorEntry | undefined): string {
  const read = new YamlReader(yaml, 'falconer.yaml')
  const document = parseDocument(yaml)
  if (read.findings.length > 0 || !isMap(document.contents)) {
    throw new FalconerError('bad-config', 'falconer.yaml cannot be read.', { findings: read.findings })
  }
  const place = read.fields(read.root)?.get('watch')
  const names = place ? read.list(place).map(item => readMonitor(read, item, task)?.name) : undefined
  if (!names) {
    const defaults = readWatch(read, undefined, task)
    document.set('watch', document.createNode(defaults.map(monitorEntry)))
  } else if (!isSeq(document.get('watch'))) document.set('watch', document.createNode([document.get('watch')]))
  const list = document.get('watch') as YAMLSeq
  const known = names ?? readWatch(read, undefined, task).map(monitor => monitor.name)
  const index = known.indexOf(name)
  if (entry) {
    const node = document.createNode(entry, { flow: true })
    if (index < 0) list.items.push(node)
    else list.set(index, node)
  } else if (index < 0) {
    throw new FalconerError('not-found', `falconer.yaml has no monitor ${name}; it has ${known.join(', ')}.`)
  } else list.delete(index)
  if (!names) for (const item of list.items) if (isMap(item)) item.flow = true
  return document.toString({ lineWidth: 0, flowCollectionPadding: false })
}
