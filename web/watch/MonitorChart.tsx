/** A monitor's control chart with the events of its model, and its measurements as a table. */
import { useQuery } from '@tanstack/react-query'
import { useCallback, useMemo } from 'react'
import { controlChart } from '../../src/charts/controlChart.ts'
import type { EventMark } from '../../src/charts/eventMarks.ts'
import type { ChartOptions } from '../../src/charts/options.ts'
import * as queries from '../api/queries.ts'
import { instant, type Measurement, type MonitorHistory, type Project } from '../api/wire.ts'
import { useWords } from '../language/language.tsx'
import { Chart } from '../parts/Chart.tsx'
import { useMonitorName } from '../parts/monitorName.ts'
import { Said } from '../parts/Page.tsx'
import { StateMark } from '../parts/StateMark.tsx'
import { type Column, Table } from '../parts/Table.tsx'
import { Time, useTimeFormat } from '../parts/Time.tsx'
import { useZone } from '../parts/zone.tsx'
import { paths } from '../paths.ts'
import { chartedValue, controlChartData } from './history.ts'

export function MonitorChart({
  project,
  history,
  height = 300,
  table = true,
}: {
  readonly project: Project
  readonly history: MonitorHistory
  readonly height?: number
  readonly table?: boolean
}) {
  const { t, number } = useWords()
  const name = useMonitorName()
  const time = useTimeFormat()
  const zone = useZone()
  const marks = useDeployments(project)
  const { measurements, monitor } = history
  const out = measurements.filter(m => m.status === 'out').length
  const finding =
    out === 0
      ? t('monitor.findingIn', { n: measurements.length })
      : t('monitor.findingOut', {
          out,
          n: measurements.length,
          day: time(measurements.findLast(m => m.status === 'out')!.from),
        })
  const data = useMemo(
    () =>
      controlChartData(measurements, marks, m =>
        [time(m.from), number(chartedValue(m), { maximumSignificantDigits: 4 }), t('monitor.rows', { n: m.rows })].join(
          ' · ',
        ),
      ),
    [measurements, marks, time, number, t],
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
    <Chart
      title={name(monitor.name)}
      finding={finding}
      empty={measurements.at(-1)?.reason ?? t('monitor.empty')}
      zone={zone}
      height={height}
      draw={draw}
      table={table ? <Measurements rows={measurements} name={name(monitor.name)} /> : undefined}
    />
  )
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
    { key: 'reason', header: t('measurement.reason'), cell: m => <Said>{m.reason}</Said> },
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
