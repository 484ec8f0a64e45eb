/** The next version of a monitor's limits, from a span in which all was well or as given, with what would follow. */
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { localDate } from '../../src/base/time.ts'
import { send } from '../api/client.ts'
import * as queries from '../api/queries.ts'
import { instant, type MonitorHistory, type Project } from '../api/wire.ts'
import { useWords } from '../language/language.tsx'
import { useMonitorName } from '../parts/monitorName.ts'
import { ReasonDialog } from '../parts/ReasonDialog.tsx'
import { Field } from './editor/Field.tsx'
import { type Dates, SpanFields, spanOf } from './SpanFields.tsx'
import './watch.css'

const dayMs = 86_400_000

export function NewLimits({ project, history }: { readonly project: Project; readonly history: MonitorHistory }) {
  const { t } = useWords()
  const label = useMonitorName()
  const { monitor, measurements } = history
  const { timezone } = project.config
  const last = measurements.at(-1)
  const [basis, setBasis] = useState<'span' | 'given'>('span')
  const [chosen, setChosen] = useState<Dates>()
  const [without, setWithout] = useState(true)
  const [centre, setCentre] = useState('')
  const [sd, setSd] = useState('')
  if (last === undefined || monitor.config.kind === 'threshold') return null
  const dates = chosen ?? {
    begin: localDate(instant(last.to) - 28 * dayMs, timezone),
    end: localDate(instant(last.to) - 1, timezone),
  }
  const { from, to } = spanOf(dates, timezone)
  const within = measurements.filter(m => instant(m.from) >= from && instant(m.to) <= to)
  const out = within.filter(m => m.status === 'out')
  const canGive = monitor.config.kind === 'chart' && monitor.config.by === undefined
  const given = canGive && basis === 'given'
  const numbers = { ...(centre !== '' && { centre: Number(centre) }), ...(sd !== '' && { sd: Number(sd) }) }
  return (
    <ReasonDialog
      verb={t('newLimits.verb')}
      title={t('newLimits.title', { monitor: label(monitor.name) })}
      effect={<p>{t('newLimits.effect')}</p>}
      fields={
        <>
          {canGive && (
            <fieldset className="choices">
              <legend>{t('newLimits.basis')}</legend>
              {(['span', 'given'] as const).map(of => (
                <label key={of}>
                  <input type="radio" name="limits" checked={basis === of} onChange={() => setBasis(of)} />
                  {t(of === 'span' ? 'newLimits.ofSpan' : 'newLimits.given')}
                </label>
              ))}
            </fieldset>
          )}
          {given ? (
            <>
              <div className="pair">
                <Field label={t('editor.centre')}>
                  {control => (
                    <input
                      {...control}
                      type="number"
                      step="any"
                      value={centre}
                      onChange={event => setCentre(event.target.value)}
                    />
                  )}
                </Field>
                {monitor.config.kind === 'chart' && monitor.config.chart !== 'p' && (
                  <Field label={t('editor.sd')}>
                    {control => (
                      <input
                        {...control}
                        type="number"
                        step="any"
                        min={0}
                        value={sd}
                        onChange={event => setSd(event.target.value)}
                      />
                    )}
                  </Field>
                )}
              </div>
              <GivenEffect project={project} history={history} numbers={numbers} />
            </>
          ) : (
            <>
              <SpanFields dates={dates} change={setChosen} />
              <p aria-live="polite">{t('newLimits.span', { n: within.length, out: out.length })}</p>
              {out.length > 0 && (
                <fieldset className="choices">
                  <legend className="hidden-visually">{t('newLimits.without', { n: out.length })}</legend>
                  <label>
                    <input type="checkbox" checked={without} onChange={event => setWithout(event.target.checked)} />
                    {t('newLimits.without', { n: out.length })}
                  </label>
                </fieldset>
              )}
            </>
          )}
        </>
      }
      run={reason =>
        send('POST', `${queries.monitorAt(project.name, monitor.name)}/limits`, {
          from: new Date(from).toISOString(),
          to: new Date(to).toISOString(),
          ...(given && numbers),
          ...(!given && without && out.length > 0 && { exclude: out.map(m => m.from) }),
          reason,
        })
      }
    />
  )
}

/** What given values would have said about the past: the server plays them, as the editor's preview does. */
function GivenEffect({
  project,
  history: { monitor },
  numbers,
}: {
  readonly project: Project
  readonly history: MonitorHistory
  readonly numbers: { readonly centre?: number; readonly sd?: number }
}) {
  const { t } = useWords()
  const asked = numbers.centre !== undefined || numbers.sd !== undefined
  const query = useQuery({
    ...queries.monitorPreview(project.name, { ...monitor.entry, ...numbers }),
    enabled: asked,
  })
  if (!asked) return <p className="muted">{t('newLimits.give')}</p>
  return (
    <p aria-live="polite" aria-busy={query.isFetching}>
      {query.error
        ? query.error.message
        : query.data === undefined
          ? t('preview.first')
          : t('preview.would', { n: query.data.alarms.length, days: query.data.days })}
    </p>
  )
}
