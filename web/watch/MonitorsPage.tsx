/** All monitors of a project: the table says what the charts show, and the heading what the table says. */
import { useQuery } from '@tanstack/react-query'
import { useCallback, useMemo } from 'react'
import type { ChartOptions } from '../../src/charts/options.ts'
import { sparkline } from '../../src/charts/sparkline.ts'
import * as queries from '../api/queries.ts'
import type { Monitor, Project } from '../api/wire.ts'
import { useWords } from '../language/language.tsx'
import { SmallChart } from '../parts/Chart.tsx'
import { Go } from '../parts/Go.tsx'
import { Loaded, LoadedPage } from '../parts/Loaded.tsx'
import { useMonitorName } from '../parts/monitorName.ts'
import { Empty, Page, Panel } from '../parts/Page.tsx'
import { StateMark } from '../parts/StateMark.tsx'
import { type Column, Table } from '../parts/Table.tsx'
import { Time } from '../parts/Time.tsx'
import { useMay } from '../parts/useMay.ts'
import { useZone } from '../parts/zone.tsx'
import { paths } from '../paths.ts'
import { chartedValue } from './history.ts'
import { MonitorChart } from './MonitorChart.tsx'
import { monitorHeadline, monitorState } from './monitorState.ts'

export function MonitorsPage({ project }: { readonly project: Project }) {
  const { t, say } = useWords()
  const may = useMay()
  const query = useQuery(queries.monitors(project.name))
  return (
    <LoadedPage query={query}>
      {({ items }) => {
        const headline = say(monitorHeadline(items))
        return (
          <Page
            title={`${t('nav.monitors')} – ${headline}`}
            eyebrow={t('nav.monitors')}
            heading={headline}
            lead={t('monitors.lead')}
            actions={
              may.edit && (
                <Go to={paths.newMonitor(project.name)} className="button">
                  {t('monitors.new')}
                </Go>
              )
            }
          >
            {items.length === 0 ? (
              <Panel>
                <Empty command="falconer apply">{t('monitors.empty')}</Empty>
              </Panel>
            ) : (
              <>
                <Panel title={t('monitors.table')}>
                  <MonitorTable monitors={items} project={project} />
                </Panel>
                <div className="columns charts">
                  {items.map(monitor => (
                    <MonitorPanel key={monitor.name} monitor={monitor} project={project} />
                  ))}
                </div>
              </>
            )}
          </Page>
        )
      }}
    </LoadedPage>
  )
}

function MonitorTable({ monitors, project }: { readonly monitors: readonly Monitor[]; readonly project: Project }) {
  const { t, number } = useWords()
  const name = useMonitorName()
  const four = (value: number | undefined) => number(value, { maximumSignificantDigits: 4 })
  const columns: Column<Monitor>[] = [
    {
      key: 'name',
      header: t('monitors.monitor'),
      heads: true,
      cell: m => <Go to={paths.monitor(project.name, m.name)}>{name(m.name)}</Go>,
    },
    {
      key: 'state',
      header: t('measurement.status'),
      cell: m => {
        const { state, key } = monitorState(m)
        return <StateMark state={state}>{t(key)}</StateMark>
      },
    },
    { key: 'trend', header: t('monitors.trend'), cell: m => <Trend monitor={m} project={project} /> },
    {
      key: 'charted',
      header: t('measurement.charted'),
      number: true,
      cell: m => four(m.newest?.charted ?? m.newest?.value),
    },
    { key: 'lower', header: t('limits.lower'), number: true, cell: m => four(m.newest?.lower) },
    { key: 'centre', header: t('limits.centre'), number: true, cell: m => four(m.newest?.centre) },
    { key: 'upper', header: t('limits.upper'), number: true, cell: m => four(m.newest?.upper) },
    { key: 'rows', header: t('measurement.rows'), number: true, cell: m => number(m.newest?.rows) },
    {
      key: 'window',
      header: t('monitors.newest'),
      cell: m => (m.newest === undefined ? '–' : <Time at={m.newest.from} detail="day" />),
    },
    {
      key: 'run',
      header: t('monitors.run'),
      number: true,
      cell: m => number(m.run.out),
    },
  ]
  return <Table caption={t('nav.monitors')} columns={columns} rows={monitors} rowKey={m => m.name} />
}

const trendWindows = 30

/** The last windows, the size of a word. */
function Trend({ monitor, project }: { readonly monitor: Monitor; readonly project: Project }) {
  const { t } = useWords()
  const zone = useZone()
  const name = useMonitorName()(monitor.name)
  const history = useQuery(queries.monitor(project.name, monitor.name)).data
  const data = useMemo(() => {
    const shown = history?.measurements.slice(-trendWindows) ?? []
    return {
      values: shown.map(m => (m.status === 'not enough data' ? Number.NaN : chartedValue(m))),
      out: shown.map(m => m.status === 'out'),
    }
  }, [history])
  const draw = useCallback((options: ChartOptions) => sparkline(data, options), [data])
  const out = data.out.filter(Boolean).length
  return (
    <SmallChart
      title={name}
      finding={t('monitors.trendFinding', { out, n: data.values.length })}
      empty={t('monitor.empty')}
      zone={zone}
      width={110}
      height={26}
      draw={draw}
    />
  )
}

function MonitorPanel({ monitor, project }: { readonly monitor: Monitor; readonly project: Project }) {
  const { t } = useWords()
  const name = useMonitorName()
  const query = useQuery(queries.monitor(project.name, monitor.name))
  const { state, key } = monitorState(monitor)
  return (
    <Panel
      title={<Go to={paths.monitor(project.name, monitor.name)}>{name(monitor.name)}</Go>}
      note={<StateMark state={state}>{t(key)}</StateMark>}
    >
      <Loaded query={query}>
        {history => <MonitorChart project={project} history={history} height={220} table={false} />}
      </Loaded>
    </Panel>
  )
}
