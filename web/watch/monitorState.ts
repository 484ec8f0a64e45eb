/** State of monitors in words. The headline is made from the rows that the table shows: the worst one speaks. */
import type { State } from '../../src/charts/options.ts'
import type { Measurement, Monitor } from '../api/wire.ts'
import type { PlainKey, Text } from '../language/words.ts'

export function monitorState(monitor: { readonly newest?: { readonly status: Measurement['status'] } | undefined }): {
  readonly state: State
  readonly key: PlainKey
} {
  const status = monitor.newest?.status
  if (status === 'out') return { state: 'broken', key: 'measurement.out' }
  if (status === 'ok') return { state: 'ok', key: 'measurement.ok' }
  return { state: 'idle', key: 'measurement.few' }
}

export function monitorHeadline(monitors: readonly Pick<Monitor, 'newest'>[]): Text {
  const states = monitors.map(m => monitorState(m).state)
  const count = (state: State) => states.filter(s => s === state).length
  const all = monitors.length
  if (count('broken') > 0) return { key: 'monitors.out', values: { n: count('broken'), all } }
  if (count('ok') > 0) return { key: 'monitors.in', values: { n: count('ok'), all } }
  return { key: 'monitors.few', values: {} }
}
