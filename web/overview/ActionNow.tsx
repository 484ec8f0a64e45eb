/** What is happening: the replay, the running or last action step by step, and the alarms that are open. */
import { useQuery } from '@tanstack/react-query'
import { ActionSteps } from '../act/ActionSteps.tsx'
import { jobsKey } from '../api/events.ts'
import type { Action, Job } from '../api/wire.ts'
import { useWords } from '../language/language.tsx'
import { actionKindKey, actionMark, actionStateKey, alarmMark, isRunning } from '../language/vocabulary.ts'
import { Go } from '../parts/Go.tsx'
import { useMonitorName } from '../parts/monitorName.ts'
import { Empty, Panel, Said } from '../parts/Page.tsx'
import { StateMark } from '../parts/StateMark.tsx'
import { Time } from '../parts/Time.tsx'
import { paths } from '../paths.ts'
import { type Facts, openAlarms, runningAction } from './standing.ts'

export function ActionNow({ facts }: { readonly facts: Facts }) {
  const { t } = useWords()
  const action = runningAction(facts.actions) ?? facts.actions[0]
  const alarms = openAlarms(facts.alarms)
  return (
    <div className="stack">
      <Panel
        title={action && isRunning(action) ? t('now.action') : t('now.lastAction')}
        note={<Go to={paths.timeline(facts.project.name)}>{t('now.timeline')}</Go>}
      >
        {action === undefined ? (
          <Empty>{t('now.none')}</Empty>
        ) : (
          <CurrentAction action={action} project={facts.project.name} />
        )}
      </Panel>
      <Panel
        title={t('now.alarms', { n: alarms.length })}
        note={<Go to={paths.alarms(facts.project.name)}>{t('now.allAlarms')}</Go>}
      >
        {alarms.length === 0 ? (
          <p className="muted">{t('now.noAlarms')}</p>
        ) : (
          <ul className="plain alarm-list">
            {alarms.slice(0, 4).map(alarm => (
              <AlarmLine key={alarm.id} alarm={alarm} project={facts.project.name} />
            ))}
          </ul>
        )}
      </Panel>
    </div>
  )
}

function AlarmLine({ alarm, project }: { readonly alarm: Facts['alarms'][number]; readonly project: string }) {
  const name = useMonitorName()
  return (
    <li>
      <StateMark state={alarmMark(alarm)}>
        <Go to={paths.alarm(project, alarm.id)}>{name(alarm.monitor)}</Go>
      </StateMark>{' '}
      <span className="muted small">
        <Time at={alarm.openedAt} detail="day" /> · <Said>{alarm.headline}</Said>
      </span>
    </li>
  )
}

function CurrentAction({ action, project }: { readonly action: Action; readonly project: string }) {
  const { t, number } = useWords()
  const jobs = useQuery<Readonly<Record<string, Job>>>({ queryKey: jobsKey, enabled: false, initialData: {} }).data
  const running = Object.values(jobs).filter(job => job.state === 'running')
  return (
    <div className="stack tight">
      <p>
        <StateMark state={actionMark[action.state]}>
          <Go to={paths.action(project, action.id)}>
            {t('now.actionState', { kind: t(actionKindKey[action.kind]), state: t(actionStateKey[action.state]) })}
          </Go>
        </StateMark>{' '}
        <span className="muted small">
          <Time at={action.startedAt} />
        </span>
      </p>
      {running.map(job => (
        <div key={job.id} className="job">
          <p className="small muted">
            <Said>{job.progress?.text ?? job.id}</Said>{' '}
            {job.progress && number(job.progress.share, { style: 'percent' })}
          </p>
          <progress value={job.progress?.share} aria-label={t('now.job')} />
        </div>
      ))}
      <ActionSteps action={action} compact />
    </div>
  )
}
