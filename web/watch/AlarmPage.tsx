/** One alarm: what is wrong, what caused it, what is done about it. */
import { useQuery } from '@tanstack/react-query'
import { useCallback, useMemo } from 'react'
import { type Bar, bars, barsHeight } from '../../src/charts/bars.ts'
import type { ChartOptions } from '../../src/charts/options.ts'
import type { RefusalKind } from '../../src/loop/policy.ts'
import { DiagnosisPanel, StepsPanel } from '../act/ActionParts.tsx'
import { send } from '../api/client.ts'
import * as queries from '../api/queries.ts'
import { type Alarm, type Project, shortId } from '../api/wire.ts'
import { useWords } from '../language/language.tsx'
import { actionKindKey, actionStateKey, alarmMark, alarmStateKey } from '../language/vocabulary.ts'
import type { PlainKey } from '../language/words.ts'
import { Chart } from '../parts/Chart.tsx'
import { Go } from '../parts/Go.tsx'
import { Loaded, LoadedPage } from '../parts/Loaded.tsx'
import { useMonitorName } from '../parts/monitorName.ts'
import { Page, Panel } from '../parts/Page.tsx'
import { ReasonDialog } from '../parts/ReasonDialog.tsx'
import { StateMark } from '../parts/StateMark.tsx'
import { Table } from '../parts/Table.tsx'
import { Time } from '../parts/Time.tsx'
import { useMay } from '../parts/useMay.ts'
import { useZone } from '../parts/zone.tsx'
import { paths } from '../paths.ts'
import { alarmText } from './alarmText.ts'
import { MonitorChart } from './MonitorChart.tsx'

export function AlarmPage({ project, id }: { readonly project: Project; readonly id: string }) {
  const words = useWords()
  const { t } = words
  const name = useMonitorName()
  const query = useQuery(queries.alarm(project.name, id))
  return (
    <LoadedPage query={query}>
      {alarm => (
        <Page
          title={t('alarmPage.title', { monitor: name(alarm.monitor), state: t(alarmStateKey[alarm.state]) })}
          eyebrow={
            <>
              <Go to={paths.alarms(project.name)}>{t('nav.alarms')}</Go> · {name(alarm.monitor)}
            </>
          }
          heading={alarmText(alarm, words)}
          lead={
            <>
              <StateMark state={alarmMark(alarm)}>{t(alarmStateKey[alarm.state])}</StateMark> · {t('alarmPage.since')}{' '}
              <Time at={alarm.openedAt} /> · {t('alarmPage.windows', { n: alarm.windowsOut })} ·{' '}
              {t('alarmPage.version', { version: alarm.semver })}
            </>
          }
          actions={<Answers alarm={alarm} project={project.name} />}
        >
          <Panel title={<Go to={paths.monitor(project.name, alarm.monitor)}>{name(alarm.monitor)}</Go>}>
            <AlarmChart alarm={alarm} project={project} />
          </Panel>
          <CausePanels alarm={alarm} />
          <LinkedAction alarm={alarm} project={project} />
        </Page>
      )}
    </LoadedPage>
  )
}

function AlarmChart({ alarm, project }: { readonly alarm: Alarm; readonly project: Project }) {
  const query = useQuery(queries.monitor(project.name, alarm.monitor))
  return <Loaded query={query}>{history => <MonitorChart project={project} history={history} height={260} />}</Loaded>
}

function CausePanels({ alarm }: { readonly alarm: Alarm }) {
  const { t } = useWords()
  const { cause } = alarm
  if (!cause) {
    return (
      <Panel title={t('cause.title')}>
        <p className="muted">{t('cause.none')}</p>
      </Panel>
    )
  }
  return (
    <div className="columns">
      <Panel title={t('cause.moved')} note={t('cause.movedNote')}>
        {cause.movedFeatures.length === 0 ? (
          <p className="muted">{t('cause.none')}</p>
        ) : (
          <Moved features={cause.movedFeatures} />
        )}
      </Panel>
      <Panel title={t('cause.segments')} note={t('cause.segmentsNote')}>
        {cause.segments.length === 0 ? (
          <p className="muted">{t('cause.none')}</p>
        ) : (
          <Segments segments={cause.segments} />
        )}
      </Panel>
    </div>
  )
}

type Cause = NonNullable<Alarm['cause']>
const shownBars = 10

function Moved({ features }: { readonly features: Cause['movedFeatures'] }) {
  const { t, number } = useWords()
  const zone = useZone()
  const rows = useMemo(() => [...features].sort((a, b) => Math.abs(b.change) - Math.abs(a.change)), [features])
  const data = useMemo(() => rows.slice(0, shownBars).map((f): Bar => ({ label: f.feature, value: f.change })), [rows])
  const draw = useCallback(
    (options: ChartOptions) =>
      bars(data, { ...options, positive: 'more', negative: 'less', format: { signDisplay: 'exceptZero' } }),
    [data],
  )
  const first = rows[0]
  return (
    <Chart
      title={t('cause.moved')}
      finding={
        first === undefined
          ? ''
          : t('cause.movedFinding', { feature: first.feature, change: signed(number, first.change) })
      }
      empty={t('cause.none')}
      zone={zone}
      height={barsHeight(data.length)}
      draw={draw}
      table={
        <Table
          caption={t('cause.moved')}
          rows={rows}
          rowKey={f => f.feature}
          columns={[
            { key: 'feature', header: t('cause.feature'), heads: true, cell: f => <code>{f.feature}</code> },
            { key: 'change', header: t('cause.change'), number: true, cell: f => signed(number, f.change) },
          ]}
        />
      }
    />
  )
}

function Segments({ segments }: { readonly segments: Cause['segments'] }) {
  const { t, number } = useWords()
  const zone = useZone()
  const rows = useMemo(
    () => [...segments].sort((a, b) => Math.abs(b.contribution) - Math.abs(a.contribution)),
    [segments],
  )
  const data = useMemo(
    () =>
      rows.slice(0, shownBars).map(
        (s): Bar => ({
          label: `${s.column} = ${s.value}`,
          value: s.contribution,
          note: t('cause.segmentNote', {
            segment: `${s.column} = ${s.value}`,
            rows: s.rows,
            loss: number(s.loss, { maximumSignificantDigits: 3 }),
            reference: number(s.referenceLoss, { maximumSignificantDigits: 3 }),
          }),
        }),
      ),
    [rows, t, number],
  )
  const draw = useCallback(
    (options: ChartOptions) =>
      bars(data, { ...options, positive: 'more', negative: 'less', format: { signDisplay: 'exceptZero' } }),
    [data],
  )
  const first = rows[0]
  const three = (value: number) => number(value, { maximumSignificantDigits: 3 })
  return (
    <Chart
      title={t('cause.segments')}
      finding={
        first === undefined
          ? ''
          : t('cause.segmentsFinding', {
              segment: `${first.column} = ${first.value}`,
              change: signed(number, first.contribution),
            })
      }
      empty={t('cause.none')}
      zone={zone}
      height={barsHeight(data.length)}
      draw={draw}
      table={
        <Table
          caption={t('cause.segments')}
          rows={rows}
          rowKey={s => `${s.column} ${s.value}`}
          columns={[
            {
              key: 'segment',
              header: t('cause.segment'),
              heads: true,
              cell: s => <code>{`${s.column} = ${s.value}`}</code>,
            },
            { key: 'rows', header: t('measurement.rows'), number: true, cell: s => number(s.rows) },
            { key: 'reference', header: t('cause.referenceLoss'), number: true, cell: s => three(s.referenceLoss) },
            { key: 'loss', header: t('cause.loss'), number: true, cell: s => three(s.loss) },
            {
              key: 'contribution',
              header: t('cause.contribution'),
              number: true,
              cell: s => signed(number, s.contribution),
            },
          ]}
        />
      }
    />
  )
}

function signed(number: (value: number, options: Intl.NumberFormatOptions) => string, value: number): string {
  return number(value, { maximumSignificantDigits: 3, signDisplay: 'exceptZero' })
}

function LinkedAction({ alarm, project }: { readonly alarm: Alarm; readonly project: Project }) {
  const { t } = useWords()
  const id = alarm.action === undefined ? '' : shortId(alarm.action)
  const query = useQuery({ ...queries.action(project.name, id), enabled: id !== '' })
  if (id === '') {
    const rule = project.config.act.find(r => r.on.includes(alarm.monitor))
    return (
      <Panel title={t('alarmPage.action')}>
        <p className="muted">
          {rule === undefined || rule.do === 'notify' ? t('alarmPage.notifyOnly') : t(refusalKey(alarm.refused))}
        </p>
      </Panel>
    )
  }
  return (
    <LoadedPage query={query}>
      {action => (
        <>
          <h2>
            {t('alarmPage.action')}:{' '}
            <Go to={paths.action(project.name, action.id)}>
              {t('now.actionState', { kind: t(actionKindKey[action.kind]), state: t(actionStateKey[action.state]) })}
            </Go>
          </h2>
          <DiagnosisPanel action={action} />
          <StepsPanel action={action} />
        </>
      )}
    </LoadedPage>
  )
}

const refusals: Readonly<Record<RefusalKind, PlainKey>> = {
  'kill switch': 'refusal.killSwitch',
  snoozed: 'refusal.snoozed',
  'another version': 'refusal.anotherVersion',
  'one at a time': 'refusal.running',
  suspended: 'refusal.suspended',
  'cool-down': 'refusal.coolDown',
  'more outcomes': 'refusal.moreOutcomes',
  budget: 'refusal.budget',
}

/** Why the policy refused, where it is known. */
function refusalKey(because: string | undefined): PlainKey {
  return because !== undefined && because in refusals ? refusals[because as RefusalKind] : 'alarmPage.noActionYet'
}

function Answers({ alarm, project }: { readonly alarm: Alarm; readonly project: string }) {
  const { t } = useWords()
  const may = useMay()
  const at = `/v1/projects/${encodeURIComponent(project)}/alarms/${encodeURIComponent(alarm.id)}`
  if (!may.edit || alarm.state === 'resolved') return null
  return (
    <>
      {alarm.state === 'open' && (
        <ReasonDialog
          verb={t('acknowledge.verb')}
          title={t('acknowledge.title')}
          effect={<p>{t('acknowledge.effect')}</p>}
          run={note => send('POST', `${at}/acknowledge`, { note })}
        />
      )}
      <ReasonDialog
        verb={t('resolve.verb')}
        title={t('resolve.title')}
        effect={<p>{t('resolve.effect')}</p>}
        run={note => send('POST', `${at}/resolve`, { note })}
      />
    </>
  )
}
