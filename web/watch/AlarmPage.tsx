/** One alarm: what is wrong, what caused it, what is done about it. */
import { useQuery } from '@tanstack/react-query'
import { useCallback, useMemo } from 'react'
import { type Bar, bars, barsHeight } from '../../src/charts/bars.ts'
import type { ChartOptions } from '../../src/charts/options.ts'
import type { RefusalKind } from '../../src/loop/policy.ts'
import { DiagnosisText, StepsPanel } from '../act/ActionParts.tsx'
import * as queries from '../api/queries.ts'
import { type Alarm, instant, type Project, shortId } from '../api/wire.ts'
import { useWords } from '../language/language.tsx'
import { actionKindKey, actionStateKey, alarmMark, alarmStateKey } from '../language/vocabulary.ts'
import type { PlainKey } from '../language/words.ts'
import { Chart } from '../parts/Chart.tsx'
import { Go } from '../parts/Go.tsx'
import { Loaded, LoadedPage } from '../parts/Loaded.tsx'
import { useMonitorName } from '../parts/monitorName.ts'
import { Page, Panel, Said } from '../parts/Page.tsx'
import { StateMark } from '../parts/StateMark.tsx'
import { Table } from '../parts/Table.tsx'
import { Time } from '../parts/Time.tsx'
import { useMay } from '../parts/useMay.ts'
import { useZone } from '../parts/zone.tsx'
import { paths } from '../paths.ts'
import { alarmText } from './alarmText.ts'
import { chartedValue } from './history.ts'
import { MonitorChart, useLimitsText } from './MonitorChart.tsx'
import { NextSteps } from './NextSteps.tsx'
import { NoticeTable } from './NoticeTable.tsx'

export function AlarmPage({ project, id }: { readonly project: Project; readonly id: string }) {
  const words = useWords()
  const { t } = words
  const name = useMonitorName()
  const may = useMay()
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
              <StateMark state={alarmMark(alarm)}>
                {t(alarmStateKey[alarm.state])}, {t(severityKey[alarm.severity])}
              </StateMark>{' '}
              · {t('alarmPage.since')} <Time at={alarm.openedAt} /> · {t('alarmPage.windows', { n: alarm.windowsOut })}{' '}
              · {t('alarmPage.version', { version: alarm.semver })}
            </>
          }
        >
          <Standing alarm={alarm} />
          <div className="columns first">
            <Panel title={t('happened.title')}>
              <Happened alarm={alarm} project={project} />
            </Panel>
            {may.edit && alarm.state !== 'resolved' && (
              <Panel title={t('next.title')}>
                <NextSteps alarm={alarm} project={project} />
              </Panel>
            )}
          </div>
          <Panel
            title={<Go to={paths.monitor(project.name, alarm.monitor)}>{name(alarm.monitor)}</Go>}
            note={t('alarmPage.around')}
          >
            <AlarmChart alarm={alarm} project={project} />
          </Panel>
          <CausePanels alarm={alarm} />
          <LinkedAction alarm={alarm} project={project} />
          <Told alarm={alarm} project={project} />
        </Page>
      )}
    </LoadedPage>
  )
}

const severityKey = { warning: 'severity.warning', critical: 'severity.critical' } as const

/** What people have said to it, and what keeps the loop from acting on it. */
function Standing({ alarm }: { readonly alarm: Alarm }) {
  const { t } = useWords()
  const { snoozed, acknowledgedBy, unarmed, state } = alarm
  const now = instant(useQuery(queries.clock()).data?.now)
  const asleep = snoozed !== undefined && state !== 'resolved' && !(instant(snoozed.until) <= now)
  return (
    <>
      {asleep && (
        <p className="notice busy">
          {t('standing.snoozed', { who: snoozed.by })} <Time at={snoozed.until} />
        </p>
      )}
      {state === 'acknowledged' && acknowledgedBy !== undefined && (
        <p className="notice">{t('standing.acknowledged', { who: acknowledgedBy })}</p>
      )}
      {unarmed !== undefined && (
        <p className="notice attention">
          {t('standing.unarmed')} <Said>{unarmed}</Said>
        </p>
      )}
    </>
  )
}

/** The facts at the first glance: the value and its limits, the likeliest cause, and what was made of it. */
function Happened({ alarm, project }: { readonly alarm: Alarm; readonly project: Project }) {
  const { t, number } = useWords()
  const three = (value: number | null | undefined) => number(value, { maximumSignificantDigits: 3 })
  const { lastMeasurement: last, cause } = alarm
  const limits = useLimitsText()
  const mover = largest(cause?.movedFeatures ?? [], feature => feature.change)
  const segment = largest(
    (cause?.segments ?? []).filter(of => of.contribution > 0),
    of => of.contribution,
  )
  const drifted = (last?.columns ?? []).filter(column => column.drifted)
  const id = alarm.action === undefined ? '' : shortId(alarm.action)
  const action = useQuery({ ...queries.action(project.name, id), enabled: id !== '' }).data
  return (
    <>
      {action?.diagnosis ? (
        <DiagnosisText diagnosis={action.diagnosis} />
      ) : (
        <p>{id === '' ? <NotActed alarm={alarm} project={project} /> : t('happened.diagnosing')}</p>
      )}
      <dl className="facts spaced">
        {last !== undefined && (
          <>
            <dt>{t('happened.value')}</dt>
            <dd>
              {three(chartedValue(last))}, {limits(last)}
              <span className="muted">
                {' '}
                · <Time at={last.from} detail="day" /> · {t('monitor.rows', { n: last.rows })}
              </span>
            </dd>
          </>
        )}
        {drifted.length > 0 && (
          <>
            <dt>{t('happened.drifted')}</dt>
            <dd>
              <Go to={paths.drift(project.name)}>
                <code>{drifted.map(({ column }) => column).join(', ')}</code>
              </Go>
            </dd>
          </>
        )}
        {mover !== undefined && (
          <>
            <dt>{t('happened.mover')}</dt>
            <dd>
              <code>{mover.feature}</code>{' '}
              <span className="muted">{t('happened.logOdds', { change: signed(number, mover.change) })}</span>
            </dd>
          </>
        )}
        {segment !== undefined && (
          <>
            <dt>{t('happened.segment')}</dt>
            <dd>
              <code>{`${segment.column} = ${segment.value}`}</code>{' '}
              <span className="muted">
                {t('happened.loss', { loss: three(segment.loss), reference: three(segment.referenceLoss) })}
              </span>
            </dd>
          </>
        )}
        {action !== undefined && (
          <>
            <dt>{t('alarmPage.action')}</dt>
            <dd>
              <Go to={paths.action(project.name, action.id)}>
                {t('now.actionState', { kind: t(actionKindKey[action.kind]), state: t(actionStateKey[action.state]) })}
              </Go>
            </dd>
          </>
        )}
      </dl>
    </>
  )
}

function largest<Row>(rows: readonly Row[], of: (row: Row) => number): Row | undefined {
  return rows.toSorted((a, b) => Math.abs(of(b)) - Math.abs(of(a)))[0]
}

const beforeMs = 45 * 86_400_000
const afterMs = 10 * 86_400_000

/** The windows before the alarm, through it, and some after it. */
function AlarmChart({ alarm, project }: { readonly alarm: Alarm; readonly project: Project }) {
  const query = useQuery(queries.monitor(project.name, alarm.monitor))
  const from = instant(alarm.openedAt) - beforeMs
  const to = alarm.resolvedAt === undefined ? Number.POSITIVE_INFINITY : instant(alarm.resolvedAt) + afterMs
  const around = useMemo(
    () =>
      query.data && {
        ...query.data,
        measurements: query.data.measurements.filter(m => instant(m.to) > from && instant(m.from) < to),
      },
    [query.data, from, to],
  )
  return (
    <Loaded query={{ data: around, error: query.error, isPending: query.isPending }}>
      {history => <MonitorChart project={project} history={history} height={280} />}
    </Loaded>
  )
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

/** The steps of the action that it led to, with their evidence. */
function LinkedAction({ alarm, project }: { readonly alarm: Alarm; readonly project: Project }) {
  const id = alarm.action === undefined ? '' : shortId(alarm.action)
  const query = useQuery({ ...queries.action(project.name, id), enabled: id !== '' })
  if (id === '') return null
  return <Loaded query={query}>{action => <StepsPanel action={action} />}</Loaded>
}

/** Why nothing was started by itself. */
function NotActed({ alarm, project }: { readonly alarm: Alarm; readonly project: Project }) {
  const { t } = useWords()
  const rule = project.config.act.find(r => r.on.includes(alarm.monitor))
  return <>{rule === undefined || rule.do === 'notify' ? t('alarmPage.notifyOnly') : t(refusalKey(alarm.refused))}</>
}

/** Who was told of it. */
function Told({ alarm, project }: { readonly alarm: Alarm; readonly project: Project }) {
  const { t } = useWords()
  const query = useQuery(queries.notifications(project.name))
  const about = query.data?.items.filter(notice => shortId(notice.message.subject) === alarm.id) ?? []
  return (
    <Panel title={t('told.title')} note={<Go to={paths.notifications(project.name)}>{t('told.all')}</Go>}>
      {about.length === 0 ? (
        <p className="muted">{t('told.none')}</p>
      ) : (
        <NoticeTable notices={about} project={project} />
      )}
    </Panel>
  )
}

const refusals: Readonly<Record<RefusalKind, PlainKey>> = {
  'kill switch': 'refusal.killSwitch',
  snoozed: 'refusal.snoozed',
  'not calibrated': 'refusal.notCalibrated',
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
