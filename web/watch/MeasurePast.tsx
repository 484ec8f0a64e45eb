/** Measures windows of the past that were not measured: a new monitor gets its history, marked and without alarms. */
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { localDate } from '../../src/base/time.ts'
import { send } from '../api/client.ts'
import * as queries from '../api/queries.ts'
import { instant, type MonitorHistory, type Project } from '../api/wire.ts'
import { useWords } from '../language/language.tsx'
import { useMonitorName } from '../parts/monitorName.ts'
import { ReasonDialog } from '../parts/ReasonDialog.tsx'
import { type Dates, SpanFields, spanOf } from './SpanFields.tsx'

const dayMs = 86_400_000

export function MeasurePast({
  project,
  history: { monitor, measurements },
}: {
  readonly project: Project
  readonly history: MonitorHistory
}) {
  const { t } = useWords()
  const label = useMonitorName()
  const now = instant(useQuery(queries.clock()).data?.now)
  const [chosen, setChosen] = useState<Dates>()
  const { timezone } = project.config
  const first = measurements[0]
  const until = first === undefined ? now : instant(first.from)
  if (Number.isNaN(until)) return null
  const dates = chosen ?? {
    begin: localDate(until - 90 * dayMs, timezone),
    end: localDate(until - 1, timezone),
  }
  const { from, to } = spanOf(dates, timezone)
  return (
    <ReasonDialog
      verb={t('measurePast.verb')}
      title={t('measurePast.title', { monitor: label(monitor.name) })}
      effect={<p>{t('measurePast.effect')}</p>}
      fields={<SpanFields dates={dates} change={setChosen} />}
      noReason
      run={() =>
        send('POST', `${queries.monitorAt(project.name, monitor.name)}/evaluate`, {
          from: new Date(from).toISOString(),
          to: new Date(to).toISOString(),
        })
      }
    />
  )
}
