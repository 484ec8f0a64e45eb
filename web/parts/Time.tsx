/** An instant in the project's zone, which is always said; the exact instant is in the element. */
import { useMemo } from 'react'
import { type Instant, instant } from '../api/wire.ts'
import { useWords } from '../language/language.tsx'
import { useZone } from './zone.tsx'

export type Detail = 'day' | 'minute' | 'month'

const shapes: Readonly<Record<Detail, Intl.DateTimeFormatOptions>> = {
  month: { year: 'numeric', month: 'long' },
  day: { year: 'numeric', month: 'short', day: 'numeric' },
  minute: {
    year: 'numeric',
    month: 'short',
    day: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
    timeZoneName: 'short',
  },
}

export function Time({ at, detail = 'minute' }: { readonly at: Instant | number; readonly detail?: Detail }) {
  const format = useTimeFormat()
  const ms = instant(at)
  if (Number.isNaN(ms)) return '–'
  const iso = new Date(ms).toISOString()
  return (
    <time dateTime={iso} title={iso} className={detail === 'minute' ? undefined : 'nowrap'}>
      {format(ms, detail)}
    </time>
  )
}

export function useTimeFormat(): (at: Instant | number, detail?: Detail) => string {
  const { locale } = useWords()
  const zone = useZone()
  return useMemo(() => {
    const formats = new Map<Detail, Intl.DateTimeFormat>()
    return (at, detail = 'day') => {
      let format = formats.get(detail)
      if (format === undefined) {
        format = new Intl.DateTimeFormat(locale, { ...shapes[detail], timeZone: zone })
        formats.set(detail, format)
      }
      const ms = instant(at)
      return Number.isNaN(ms) ? '–' : format.format(ms)
    }
  }, [locale, zone])
}
