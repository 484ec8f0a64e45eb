/**
 * An alarm in one sentence. English is what the server said, the same as on the command line; other languages say it
 * from the measurement.
 */
import type { Alarm } from '../api/wire.ts'
import { monitorKey } from '../language/vocabulary.ts'
import type { Words } from '../language/words.ts'
import { chartedValue } from './history.ts'

export function alarmText(alarm: Alarm, { locale, say, t, number }: Words): string {
  if (locale === 'en') return alarm.headline
  const key = monitorKey(alarm.monitor)
  const monitor = key === undefined ? alarm.monitor : say({ key })
  const newest = alarm.lastMeasurement
  const value = newest === undefined ? Number.NaN : chartedValue(newest)
  const three = (x: number) => number(x, { maximumSignificantDigits: 3 })
  if (newest?.upper !== undefined && value > newest.upper) {
    return t('alarm.above', { monitor, value: three(value), limit: three(newest.upper) })
  }
  if (newest?.lower !== undefined && value < newest.lower) {
    return t('alarm.below', { monitor, value: three(value), limit: three(newest.lower) })
  }
  return t('alarm.outside', { monitor })
}
