/** What a person can do about an alarm now, the best first; what cannot be done says why. */
import { useQuery } from '@tanstack/react-query'
import { type ReactNode, useId, useState } from 'react'
import { send } from '../api/client.ts'
import * as queries from '../api/queries.ts'
import { type Alarm, instant, type NextAction, type Project } from '../api/wire.ts'
import { useWords } from '../language/language.tsx'
import { isRunning } from '../language/vocabulary.ts'
import type { PlainKey } from '../language/words.ts'
import { Go } from '../parts/Go.tsx'
import { Said } from '../parts/Page.tsx'
import { ReasonDialog, type ReasonDialogProps } from '../parts/ReasonDialog.tsx'
import { useTimeFormat } from '../parts/Time.tsx'
import { useZone } from '../parts/zone.tsx'
import { paths } from '../paths.ts'
import './watch.css'
import { nextMorning } from './nextMorning.ts'

interface StepProps {
  readonly alarm: Alarm
  readonly project: Project
  /** Of the button: how it looks, whether it can be pressed, which text explains it. */
  readonly button: Pick<ReasonDialogProps, 'primary' | 'disabled' | 'describedBy'>
}

const steps: Readonly<
  Record<NextAction['do'], { readonly Button: (props: StepProps) => ReactNode; readonly says: PlainKey }>
> = {
  'look at the action': { Button: LookAtAction, says: 'next.look.says' },
  acknowledge: { Button: Acknowledge, says: 'next.acknowledge.says' },
  retrain: { Button: Retrain, says: 'next.retrain.says' },
  recalibrate: { Button: Recalibrate, says: 'next.recalibrate.says' },
  threshold: { Button: Threshold, says: 'next.threshold.says' },
  fallback: { Button: Fallback, says: 'next.fallback.says' },
  'roll back': { Button: RollBack, says: 'next.rollBack.says' },
  snooze: { Button: Snooze, says: 'next.snooze.says' },
  resolve: { Button: Resolve, says: 'next.resolve.says' },
}

export function NextSteps({ alarm, project }: { readonly alarm: Alarm; readonly project: Project }) {
  const { t } = useWords()
  const id = useId()
  const next = alarm.next ?? []
  const best = next.findIndex(step => step.allowed)
  if (next.length === 0) return <p className="muted">{t('next.none')}</p>
  return (
    <ol className="next-steps">
      {next.map((step, i) => {
        const { Button, says } = steps[step.do]
        const describedBy = `${id}-${i}`
        return (
          <li key={step.do}>
            <Button
              alarm={alarm}
              project={project}
              button={{ primary: i === best, disabled: !step.allowed, describedBy }}
            />
            <p id={describedBy} className="small">
              {step.allowed ? t(says) : <Said>{step.why}</Said>}
            </p>
          </li>
        )
      })}
    </ol>
  )
}

const e = encodeURIComponent
const alarmAt = (project: Project, alarm: Alarm) => `/v1/projects/${e(project.name)}/alarms/${e(alarm.id)}`

function LookAtAction({ project, button: { primary, describedBy } }: StepProps) {
  const { t } = useWords()
  const running = useQuery(queries.actions(project.name)).data?.items.find(isRunning)
  const to = running === undefined ? paths.actions(project.name) : paths.action(project.name, running.id)
  return (
    <Go to={to} className={primary ? 'button primary' : 'button'} {...(describedBy !== undefined && { describedBy })}>
      {t('next.look')}
    </Go>
  )
}

function Acknowledge({ alarm, project, button }: StepProps) {
  const { t } = useWords()
  return (
    <ReasonDialog
      {...button}
      verb={t('acknowledge.verb')}
      title={t('acknowledge.title')}
      effect={<p>{t('acknowledge.effect')}</p>}
      run={note => send('POST', `${alarmAt(project, alarm)}/acknowledge`, { note })}
    />
  )
}

function Resolve({ alarm, project, button }: StepProps) {
  const { t } = useWords()
  return (
    <ReasonDialog
      {...button}
      verb={t('resolve.verb')}
      title={t('resolve.title')}
      effect={<p>{t('resolve.effect')}</p>}
      run={note => send('POST', `${alarmAt(project, alarm)}/resolve`, { note })}
    />
  )
}

/** How far back the rows of a retraining reach; empty: as the project says. */
const reaches = ['', '90 days', '180 days', '365 days', 'all'] as const

function Retrain({ project, button }: StepProps) {
  const { t, number } = useWords()
  const id = useId()
  const [reach, setReach] = useState<string>('')
  const inWords = (of: string) => {
    if (of === '') return t('retrain.asDeclared')
    if (of === 'all') return t('retrain.all')
    return number(Number.parseInt(of, 10), { style: 'unit', unit: 'day', unitDisplay: 'long' })
  }
  return (
    <ReasonDialog
      {...button}
      verb={t('retrain.verb')}
      title={t('retrain.title')}
      effect={<p>{t('retrain.effect')}</p>}
      fields={
        <div>
          <label htmlFor={id}>{t('retrain.window')}</label>
          <select id={id} value={reach} onChange={event => setReach(event.target.value)}>
            {reaches.map(of => (
              <option key={of} value={of}>
                {inWords(of)}
              </option>
            ))}
          </select>
        </div>
      }
      run={reason => start(project, { kind: 'retrain', reason, ...(reach !== '' && { window: reach }) })}
    />
  )
}

function Recalibrate({ project, button }: StepProps) {
  const { t } = useWords()
  return (
    <ReasonDialog
      {...button}
      verb={t('recalibrate.verb')}
      title={t('recalibrate.title')}
      effect={<p>{t('recalibrate.effect')}</p>}
      run={reason => start(project, { kind: 'recalibrate', reason })}
    />
  )
}

function Threshold({ project, button }: StepProps) {
  const { t } = useWords()
  return (
    <ReasonDialog
      {...button}
      verb={t('threshold.verb')}
      title={t('threshold.title')}
      effect={<p>{t('threshold.effect')}</p>}
      run={reason => start(project, { kind: 'threshold', reason })}
    />
  )
}

function Fallback({ project, button }: StepProps) {
  const { t } = useWords()
  return (
    <ReasonDialog
      {...button}
      danger
      verb={t('fallback.verb')}
      title={t('fallback.title')}
      effect={<p>{t('fallback.effect')}</p>}
      run={reason => start(project, { kind: 'fallback', reason })}
    />
  )
}

function start(project: Project, body: { readonly kind: string; readonly reason: string; readonly window?: string }) {
  return send('POST', queries.modelActionsAt(project.name, project.config.model), body)
}

function RollBack({ alarm, project, button }: StepProps) {
  const { t } = useWords()
  const query = useQuery(queries.endpoint(project.name, alarm.endpoint))
  const endpoint = query.data?.body
  const from = endpoint?.routes.find(route => route.mode === 'live')?.semver ?? '–'
  const to = endpoint?.previous?.semver
  const verb = to === undefined ? t('next.rollBack') : t('rollback.verb', { version: to })
  return (
    <ReasonDialog
      {...button}
      disabled={button.disabled === true || to === undefined}
      danger
      verb={verb}
      title={t('rollback.title', { version: to ?? '–' })}
      effect={<p>{t('rollback.effect', { from, to: to ?? '–' })}</p>}
      run={reason =>
        send(
          'POST',
          `${queries.endpointAt(project.name, alarm.endpoint)}/rollback`,
          { reason },
          { 'if-match': query.data?.etag ?? '' },
        )
      }
    />
  )
}

const dayMs = 86_400_000
const snoozes = [
  { key: 'snooze.morning', until: nextMorning },
  { key: 'snooze.day', until: (now: number) => now + dayMs },
  { key: 'snooze.week', until: (now: number) => now + 7 * dayMs },
] as const

function Snooze({ alarm, project, button }: StepProps) {
  const { t } = useWords()
  const zone = useZone()
  const time = useTimeFormat()
  const now = instant(useQuery(queries.clock()).data?.now)
  const [chosen, setChosen] = useState<(typeof snoozes)[number]['key']>('snooze.morning')
  const until = Number.isNaN(now) ? now : snoozes.find(({ key }) => key === chosen)!.until(now, zone)
  return (
    <ReasonDialog
      {...button}
      disabled={button.disabled === true || Number.isNaN(now)}
      verb={t('snooze.verb')}
      title={t('snooze.title')}
      effect={<p>{t('snooze.effect')}</p>}
      fields={
        <fieldset className="choices">
          <legend>{t('snooze.until')}</legend>
          {snoozes.map(({ key, until: end }) => (
            <label key={key}>
              <input type="radio" name="snooze" checked={chosen === key} onChange={() => setChosen(key)} />{' '}
              <span>
                {t(key)} <span className="muted">{Number.isNaN(now) ? '' : time(end(now, zone), 'minute')}</span>
              </span>
            </label>
          ))}
        </fieldset>
      }
      run={note => send('POST', `${alarmAt(project, alarm)}/snooze`, { until: new Date(until).toISOString(), note })}
    />
  )
}
