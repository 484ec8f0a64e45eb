/** Where a replay stands in its year, and how fast it goes. On the wall clock there is nothing to show. */
import { useQuery } from '@tanstack/react-query'
import { useEffect, useRef, useState } from 'react'
import * as queries from '../api/queries.ts'
import { instant } from '../api/wire.ts'
import { useWords } from '../language/language.tsx'
import { Panel } from '../parts/Page.tsx'
import { Time, useTimeFormat } from '../parts/Time.tsx'
import type { Facts } from './standing.ts'

const dayMs = 86_400_000

export function Replay({ facts }: { readonly facts: Facts }) {
  const { t, number, locale } = useWords()
  const format = useTimeFormat()
  const clock = useQuery(queries.clock()).data
  const now = instant(clock?.now)
  const speed = useSpeed(now)
  // Before its first advance the replay clock stands at the beginning of time.
  if (clock?.mode !== 'replay' || !(now > 0)) return null
  const year = new Date(now).getUTCFullYear()
  const months = Array.from({ length: 12 }, (_, m) => ({ from: Date.UTC(year, m), to: Date.UTC(year, m + 1) }))
  const short = new Intl.DateTimeFormat(locale, { month: 'short', timeZone: 'UTC' })
  const served = facts.endpoint ? instant(facts.endpoint.createdAt) : Number.NaN
  return (
    <Panel
      title={t('replay.title')}
      note={
        speed > 0 ? t('replay.speed', { days: number(speed, { maximumSignificantDigits: 2 }) }) : t('replay.stands')
      }
    >
      <p className="replay-now">
        <Time at={now} />
        {Number.isFinite(served) && now > served && (
          <span className="muted small">
            {' '}
            · {t('replay.served', { n: Math.floor((now - served) / dayMs), day: format(served) })}
          </span>
        )}
      </p>
      <div className="year" role="img" aria-label={t('replay.year', { day: format(now), year: String(year) })}>
        {months.map(({ from, to }) => (
          <div key={from} className="month">
            <div className="track">
              <div
                className="done"
                style={{ width: `${Math.min(1, Math.max(0, (now - from) / (to - from))) * 100}%` }}
              />
            </div>
            <span aria-hidden="true">{short.format(from)}</span>
          </div>
        ))}
      </div>
    </Panel>
  )
}

/** Days of the replay per second of real time, over the last seconds. */
function useSpeed(now: number): number {
  const seen = useRef<{ at: number; now: number }[]>([])
  const [speed, setSpeed] = useState(0)
  useEffect(() => {
    if (Number.isNaN(now)) return
    const at = performance.now()
    const recent = seen.current.filter(s => at - s.at < 8000)
    recent.push({ at, now })
    seen.current = recent
    const first = recent[0]!
    setSpeed(at - first.at < 500 ? 0 : (now - first.now) / dayMs / ((at - first.at) / 1000))
    const idle = setTimeout(() => setSpeed(0), 8000)
    return () => clearTimeout(idle)
  }, [now])
  return speed
}
