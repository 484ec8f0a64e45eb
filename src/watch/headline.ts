/** An alarm in one sentence. */
import type { Measurement } from '../loop/records.ts'

export function headline({ monitor, charted, lower, upper, from, columns, semver, limits }: Measurement): string {
  const day = new Date(from).toISOString().slice(0, 10)
  if (columns) {
    const drifted = columns.filter(column => column.drifted).sort((a, b) => a.p - b.p)
    const names = drifted.slice(0, 5).map(({ column }) => column)
    const more = drifted.length > names.length ? ` and ${drifted.length - names.length} more` : ''
    return `${names.join(', ')}${more} drifted away from the days that ${semver} was evaluated on (${day})`
  }
  const side = upper !== undefined && charted! > upper ? `above ${short(upper)}` : `below ${short(lower!)}`
  return `${monitor} of ${semver} is at ${short(charted!)}, ${side}: out of limits ${limits} on ${day}`
}

function short(value: number): string {
  return String(Number(value.toPrecision(3))).replace('-', '−')
}
