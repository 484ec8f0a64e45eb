/** Two dates, the last one included, and the span that they are in the zone of the project. */
import { dayStart, nextDay } from '../../src/base/time.ts'
import { useWords } from '../language/language.tsx'
import { Field } from './editor/Field.tsx'

/** `2013-03-01`. */
export interface Dates {
  readonly begin: string
  readonly end: string
}

export function SpanFields({ dates, change }: { readonly dates: Dates; readonly change: (dates: Dates) => void }) {
  const { t } = useWords()
  return (
    <div className="pair">
      <Field label={t('span.from')}>
        {control => (
          <input
            {...control}
            type="date"
            required
            value={dates.begin}
            max={dates.end}
            onChange={event => event.target.value && change({ ...dates, begin: event.target.value })}
          />
        )}
      </Field>
      <Field label={t('span.to')}>
        {control => (
          <input
            {...control}
            type="date"
            required
            value={dates.end}
            min={dates.begin}
            onChange={event => event.target.value && change({ ...dates, end: event.target.value })}
          />
        )}
      </Field>
    </div>
  )
}

export function spanOf({ begin, end }: Dates, zone: string): { readonly from: number; readonly to: number } {
  return { from: dayStart(noon(begin), zone), to: nextDay(noon(end), zone) }
}

/** Noon of the date in UTC lies within the local day almost everywhere; where it starts is the zone's to say. */
const noon = (date: string) => Date.parse(`${date}T12:00:00Z`)
