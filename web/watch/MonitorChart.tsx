/** A monitor's control chart with the events of its model, and its measurements as a table. */
import { useQuery } from '@tanstack/react-query'
import { useCallback, useId, useMemo, useState } from 'react'
import { controlChart } from '../../src/charts/controlChart.ts'
import type { EventMark } from '../../src/charts/eventMarks.ts'
import type { ChartOptions } from '../../src/charts/options.ts'
import * as queries from '../api/queries.ts'
import { type Instant, instant, type Measurement, type Project } from '../api/wire.ts'
import { useWords } from '../language/language.tsx'
import { Chart } from '../parts/Chart.tsx'
import { useMonitorName } from '../parts/monitorName.ts'
import { Said } from '../parts/Page.tsx'
import { StateMark } from '../parts/StateMark.tsx'
import { type Column, Table } from '../parts/Table.tsx'
import { Time, useTimeFormat } from '../parts/Time.tsx'
import { useZone } from '../parts/zone.tsx'
import { paths } from '../paths.ts'
import './watch.css'
import { chartedValue, controlChartData, middle, type Watched } from './history.ts'

/** A stretch in which it alarmed, or would have. */
export interface MarkedAlarm {
  readonly from: Instant
  readonly headline: string
  readonly href?: string
}

export function MonitorChart({
  project,
  history,
  alarms,
  height = 300,
  table = true,
}: {
  readonly project: Project
  readonly history: Watched
  /** Those that were raised, where none are given. */
  readonly alarms?: readonly MarkedAlarm[]
  readonly height?: number
  readonly table?: boolean
}) {
  const { t, number } = useWords()
  const name = useMonitorName()
  const time = useTimeFormat()
  const zone = useZone()
  const { measurements, monitor } = history
  const [selected, setSelected] = useState<number>()
  const events = useEvents(project, monitor.name, alarms)
  const point = selected === undefined ? undefined : measurements[selected]
  const marks = useMemo(
    () => (point === undefined ? events : [...events, { at: middle(point), label: '▾', note: time(point.from) }]),
    [events, point, time],
  )
  const out = measurements.filter(m => m.status === 'out').length
  const finding =
    out === 0
      ? t('monitor.findingIn', { n: measurements.length })
      : t('monitor.findingOut', {
          out,
          n: measurements.length,
          day: time(measurements.findLast(m => m.status === 'out')!.from),
        })
  const says = usePointText()
  const data = useMemo(
    () => controlChartData(history, marks, says, version => t('monitor.phase', { n: number(version) })),
    [history, marks, says, t, number],
  )
  const draw = useCallback(
    (options: ChartOptions) =>
      controlChart(data, {
        ...options,
        labels: { centre: t('limits.centre'), upper: t('limits.upper'), lower: t('limits.lower') },
      }),
    [data, t],
  )
  return (
    <>
      <Chart
        title={name(monitor.name)}
        finding={finding}
        empty={measurements.at(-1)?.reason ?? t('monitor.empty')}
        zone={zone}
        height={height}
        draw={draw}
      />
      {table && measurements.length > 0 && (
        <>
          <PointReader measurements={measurements} selected={selected} select={setSelected} />
          <details className="alternative">
            <summary>{t('chart.asTable')}</summary>
            <Measurements rows={measurements} name={name(monitor.name)} />
          </details>
        </>
      )}
    </>
  )
}

/** Goes from point to point with the arrow keys, and says what each is. */
function PointReader({
  measurements,
  selected,
  select,
}: {
  readonly measurements: readonly Measurement[]
  readonly selected: number | undefined
  readonly select: (index: number) => void
}) {
  const { t } = useWords()
  const id = useId()
  const says = usePointText()
  const at = Math.min(selected ?? measurements.length - 1, measurements.length - 1)
  const point = measurements[at]!
  const text = says(point)
  return (
    <div className="point-reader">
      <label htmlFor={id}>{t('monitor.point')}</label>
      <input
        id={id}
        type="range"
        min={0}
        max={measurements.length - 1}
        value={at}
        aria-valuetext={text}
        onFocus={() => select(at)}
        onChange={event => select(Number(event.target.value))}
      />
      <p className="small">
        {point.status === 'out' ? <StateMark state="broken">{text}</StateMark> : text} <Said>{point.reason}</Said>
      </p>
    </div>
  )
}

/** The limits of a measurement, on the sides that it has. */
export function useLimitsText(): (measurement: Measurement) => string {
  const { t, number } = useWords()
  return useCallback(
    ({ lower, upper }) => {
      const four = (value: number | null | undefined) => number(value, { maximumSignificantDigits: 4 })
      if (upper === undefined && lower === undefined) return t('monitor.noLimits')
      if (lower === undefined) return t('monitor.upperLimit', { upper: four(upper) })
      if (upper === undefined) return t('monitor.lowerLimit', { lower: four(lower) })
      return t('monitor.limitsText', { lower: four(lower), upper: four(upper) })
    },
    [t, number],
  )
}

/** A point in one line: day, value, limits, rows, version, and whether it was measured afterwards. */
function usePointText(): (measurement: Measurement) => string {
  const { t, number } = useWords()
  const time = useTimeFormat()
  const limits = useLimitsText()
  return useCallback(
    m => {
      return [
        time(m.from),
        number(chartedValue(m), { maximumSignificantDigits: 4 }),
        limits(m),
        t('monitor.rows', { n: m.rows }),
        m.semver,
        ...(m.backfill ? [t('measurement.backfill')] : []),
        ...(m.provisional ? [t('measurement.provisional')] : []),
      ].join(' · ')
    },
    [t, number, time, limits],
  )
}

/** New versions and alarms, as marks on the chart. */
function useEvents(project: Project, monitor: string, given: readonly MarkedAlarm[] | undefined): readonly EventMark[] {
  const { t } = useWords()
  const deployments = useDeployments(project)
  const raised = useQuery({ ...queries.alarms(project.name), enabled: given === undefined }).data?.items
  return useMemo(() => {
    const alarms: readonly MarkedAlarm[] =
      given ??
      (raised ?? [])
        .filter(alarm => alarm.monitor === monitor)
        .map(alarm => ({
          from: alarm.openedAt,
          headline: alarm.headline,
          href: paths.alarm(project.name, alarm.id),
        }))
    return [
      ...deployments,
      ...alarms.map(({ from, headline, href }) => ({
        at: instant(from),
        label: t('monitor.alarmMark'),
        note: headline,
        ...(href !== undefined && { href }),
      })),
    ]
  }, [deployments, given, raised, monitor, project, t])
}

/** New versions, as marks on every chart. */
function useDeployments(project: Project): readonly EventMark[] {
  const { t } = useWords()
  const model = useQuery(queries.model(project.name, project.config.model)).data
  const timeline = useQuery(queries.timeline(project.name)).data
  return useMemo(() => {
    const semverOf = new Map(
      (model?.versions ?? []).map(v => [`${v.project}/${v.model}/${String(v.version).padStart(5, '0')}`, v]),
    )
    return (timeline?.items ?? [])
      .filter(item => item.kind === 'version' && item.state === 'live')
      .map(item => {
        const semver = semverOf.get(item.subject)?.semver ?? ''
        return {
          at: instant(item.at),
          label: semver,
          note: t('monitor.deployed', { version: semver }),
          ...(semver !== '' && { href: paths.version(project.name, project.config.model, semver) }),
        }
      })
  }, [model, timeline, project, t])
}

function Measurements({ rows, name }: { readonly rows: readonly Measurement[]; readonly name: string }) {
  const { t, number } = useWords()
  const newestFirst = useMemo(() => [...rows].reverse(), [rows])
  const four = (value: number | undefined) => number(value, { maximumSignificantDigits: 4 })
  const columns: Column<Measurement>[] = [
    { key: 'window', header: t('measurement.window'), heads: true, cell: m => <Time at={m.from} detail="day" /> },
    {
      key: 'status',
      header: t('measurement.status'),
      cell: m => (
        <StateMark state={m.status === 'out' ? 'broken' : m.status === 'ok' ? 'ok' : 'idle'}>
          {m.status === 'out' ? t('measurement.out') : m.status === 'ok' ? t('measurement.ok') : t('measurement.few')}
        </StateMark>
      ),
    },
    { key: 'value', header: t('measurement.value'), number: true, cell: m => four(m.value) },
    { key: 'charted', header: t('measurement.charted'), number: true, cell: m => four(m.charted) },
    { key: 'lower', header: t('limits.lower'), number: true, cell: m => four(m.lower) },
    { key: 'centre', header: t('limits.centre'), number: true, cell: m => four(m.centre) },
    { key: 'upper', header: t('limits.upper'), number: true, cell: m => four(m.upper) },
    { key: 'rows', header: t('measurement.rows'), number: true, cell: m => number(m.rows) },
    {
      key: 'coverage',
      header: t('measurement.coverage'),
      number: true,
      cell: m => number(m.coverage, { style: 'percent', maximumFractionDigits: 1 }),
    },
    { key: 'version', header: t('measurement.version'), cell: m => m.semver },
    { key: 'limits', header: t('measurement.limits'), number: true, cell: m => number(m.limits) },
    {
      key: 'reason',
      header: t('measurement.reason'),
      cell: m => (
        <>
          {m.backfill && t('measurement.backfill')} {m.provisional && t('measurement.provisional')}{' '}
          <Said>{m.reason}</Said>
        </>
      ),
    },
  ]
  return (
    <Table
      caption={t('measurement.caption', { monitor: name })}
      columns={columns}
      rows={newestFirst}
      rowKey={m => m.from}
    />
  )
}
