/** An alarm in one sentence. */
import { type MonitorConfig, windowText } from '../loop/monitor.ts'
import type { MeasuredPart, Measurement } from '../loop/records.ts'

export function headline(measurement: Measurement, config: MonitorConfig): string {
  const { monitor, from, columns, semver, limits, parts } = measurement
  const day = config.window.kind === 'time' && config.window.everyMs >= 86_400_000
  const when = new Date(from)
    .toISOString()
    .slice(0, day ? 10 : 16)
    .replace('T', ' ')
  const where = windowText(config.window) === '1 day' ? when : `the ${windowText(config.window)} from ${when}`
  if (columns) return `${driftText(columns)} drifted away from the days that ${semver} was evaluated on (${where})`
  const out = (parts ?? []).filter(({ status }) => status === 'out')
  if (out.length > 0) {
    const named = out.slice(0, 3).map(part => `${part.part} ${part.columns ? driftText(part.columns) : beyond(part)}`)
    const more = out.length > named.length ? ` and ${out.length - named.length} more` : ''
    return `${monitor} of ${semver}: ${named.join('; ')}${more}, out of limits ${limits} on ${where}`
  }
  const fixed = config.kind === 'threshold' ? '' : ` of ${semver}`
  return `${monitor}${fixed} is at ${beyond(measurement)}: out of limits ${limits} on ${where}`
}

function driftText(columns: NonNullable<Measurement['columns']>): string {
  const drifted = columns.filter(column => column.drifted).sort((a, b) => a.p - b.p)
  const names = drifted.slice(0, 5).map(({ column }) => column)
  const more = drifted.length > names.length ? ` and ${drifted.length - names.length} more` : ''
  return `${names.join(', ')}${more}`
}

function beyond({ charted, lower, upper }: Pick<MeasuredPart, 'charted' | 'lower' | 'upper'>): string {
  const side = upper !== undefined && charted! > upper ? `above ${short(upper)}` : `below ${short(lower!)}`
  return `${short(charted!)}, ${side}`
}

function short(value: number): string {
  return String(Number(value.toPrecision(3))).replace('-', '−')
}
