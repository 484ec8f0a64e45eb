/** One monitor: its chart, its limits and where they come from, its measurements; for drift, the columns. */
import { useQuery } from '@tanstack/react-query'
import { monitorText } from '../../src/loop/monitor.ts'
import * as queries from '../api/queries.ts'
import type { Limits, Measurement, MonitorHistory, Project } from '../api/wire.ts'
import { useWords } from '../language/language.tsx'
import { chartKey } from '../language/vocabulary.ts'
import { Go } from '../parts/Go.tsx'
import { LoadedPage } from '../parts/Loaded.tsx'
import { useMonitorName } from '../parts/monitorName.ts'
import { Page, Panel, Said } from '../parts/Page.tsx'
import { StateMark } from '../parts/StateMark.tsx'
import { type Column, Table } from '../parts/Table.tsx'
import { Time } from '../parts/Time.tsx'
import { useMay } from '../parts/useMay.ts'
import { paths } from '../paths.ts'
import { DriftColumns } from './DriftColumns.tsx'
import { MeasurePast } from './MeasurePast.tsx'
import { MonitorChart } from './MonitorChart.tsx'
import { monitorState } from './monitorState.ts'
import { NewLimits } from './NewLimits.tsx'

export function MonitorPage({ project, name }: { readonly project: Project; readonly name: string }) {
  const { t } = useWords()
  const may = useMay()
  const label = useMonitorName()(name)
  const query = useQuery(queries.monitor(project.name, name))
  return (
    <LoadedPage query={query}>
      {history => {
        const newest = history.measurements.at(-1)
        const { state, key } = monitorState({ newest })
        return (
          <Page
            title={`${label} – ${t(key)}`}
            eyebrow={<Go to={paths.monitors(project.name)}>{t('nav.monitors')}</Go>}
            heading={label}
            lead={
              <>
                <StateMark state={state}>{t(key)}</StateMark> · <Rule history={history} />
              </>
            }
            actions={
              may.edit && (
                <>
                  <Go to={paths.editMonitor(project.name, name)} className="button">
                    {t('monitor.edit')}
                  </Go>
                  <NewLimits project={project} history={history} />
                  <MeasurePast project={project} history={history} />
                </>
              )
            }
          >
            <Panel>
              <MonitorChart project={project} history={history} height={360} />
            </Panel>
            {newest?.columns && newest.columns.length > 0 && (
              <Panel title={t('drift.columns')} note={<Time at={newest.from} detail="day" />}>
                <DriftColumns measurement={newest} project={project} />
              </Panel>
            )}
            {newest?.parts && newest.parts.length > 0 && (
              <Panel title={t('parts.title')} note={<Time at={newest.from} detail="day" />}>
                <PartsTable parts={newest.parts} />
              </Panel>
            )}
            <Panel title={t('limits.title')} note={t('limits.note')}>
              <p lang="en">{history.limits.at(-1)?.method}</p>
              <LimitsTable limits={history.limits} project={project} />
            </Panel>
          </Page>
        )
      }}
    </LoadedPage>
  )
}

/** What the monitor does, from its declaration. */
function Rule({ history }: { readonly history: MonitorHistory }) {
  const { t, number } = useWords()
  const { config } = history.monitor
  const { window } = config
  const every =
    window.kind === 'rows'
      ? t('monitor.rows', { n: window.rows })
      : number(window.everyMs / 86_400_000, { style: 'unit', unit: 'day', unitDisplay: 'long' })
  if (config.kind === 'drift')
    return <>{t('rule.drift', { every, rate: number(config.falseAlarms, { maximumSignificantDigits: 2 }) })}</>
  if (config.kind === 'threshold') return <span lang="en">{monitorText(config)}</span>
  return <>{t('rule.chart', { chart: t(chartKey[config.chart]), every, arl: config.arl0 })}</>
}

/** How often the chart alarmed on stable days drawn again in blocks: a rate that was measured, not promised. */
function Calibration({ limits: { parameters } }: { readonly limits: Limits }) {
  const { t, number } = useWords()
  const { measuredRate, measuredLow, measuredHigh } = parameters
  if (measuredRate === undefined || measuredLow === undefined || measuredHigh === undefined) return <>–</>
  const perThousand = (rate: number) => number(1000 * rate, { maximumSignificantDigits: 2 })
  return (
    <>
      {t('limits.measuredRate', {
        rate: perThousand(measuredRate),
        low: perThousand(measuredLow),
        high: perThousand(measuredHigh),
      })}
    </>
  )
}

type Part = NonNullable<Measurement['parts']>[number]

/** Of a monitor that charts each category: the newest window of each, those out of limits first. */
function PartsTable({ parts }: { readonly parts: readonly Part[] }) {
  const { t, number } = useWords()
  const four = (value: number | undefined) => number(value, { maximumSignificantDigits: 4 })
  const rows = [...parts].sort((a, b) => Number(b.status === 'out') - Number(a.status === 'out') || b.rows - a.rows)
  const columns: Column<Part>[] = [
    { key: 'part', header: t('parts.part'), heads: true, cell: p => <code>{p.part}</code> },
    {
      key: 'state',
      header: t('measurement.status'),
      cell: p => {
        const { state, key } = monitorState({ newest: p })
        return <StateMark state={state}>{t(key)}</StateMark>
      },
    },
    { key: 'value', header: t('measurement.value'), number: true, cell: p => four(p.value) },
    { key: 'charted', header: t('measurement.charted'), number: true, cell: p => four(p.charted) },
    { key: 'lower', header: t('limits.lower'), number: true, cell: p => four(p.lower) },
    { key: 'centre', header: t('limits.centre'), number: true, cell: p => four(p.centre) },
    { key: 'upper', header: t('limits.upper'), number: true, cell: p => four(p.upper) },
    { key: 'rows', header: t('measurement.rows'), number: true, cell: p => number(p.rows) },
    { key: 'reason', header: t('measurement.reason'), cell: p => <Said>{p.reason}</Said> },
  ]
  return <Table caption={t('parts.title')} columns={columns} rows={rows} rowKey={p => p.part} />
}

const sourceKey = {
  reference: 'limits.ofReference',
  windows: 'limits.ofWindows',
  given: 'limits.given',
} as const

function LimitsTable({ limits, project }: { readonly limits: readonly Limits[]; readonly project: Project }) {
  const { t, number } = useWords()
  const four = (value: number | undefined) => number(value, { maximumSignificantDigits: 4 })
  const columns: Column<Limits>[] = [
    { key: 'version', header: t('limits.version'), heads: true, cell: l => number(l.version) },
    {
      key: 'semver',
      header: t('limits.from'),
      cell: l => <Go to={paths.version(project.name, project.config.model, l.semver)}>{l.semver}</Go>,
    },
    { key: 'lower', header: t('limits.lower'), number: true, cell: l => four(l.lower) },
    { key: 'centre', header: t('limits.centre'), number: true, cell: l => four(l.centre) },
    { key: 'upper', header: t('limits.upper'), number: true, cell: l => four(l.upper) },
    { key: 'sd', header: t('limits.sd'), number: true, cell: l => four(l.sd) },
    { key: 'width', header: t('limits.width'), number: true, cell: l => four(l.width) },
    { key: 'days', header: t('limits.days'), number: true, cell: l => number(l.days) },
    { key: 'set', header: t('limits.set'), cell: l => <Time at={l.setAt} detail="day" /> },
    {
      key: 'by',
      header: t('limits.because'),
      className: l => (l.reason === undefined ? 'nowrap' : 'wide'),
      cell: l => (
        <>
          {t(sourceKey[l.source ?? 'reference'])}
          {l.by !== undefined && ` · ${l.by}`} <Said>{l.reason}</Said>
        </>
      ),
    },
    {
      key: 'calibration',
      header: t('limits.calibration'),
      className: () => 'wide',
      cell: l => <Calibration limits={l} />,
    },
  ]
  return (
    <Table caption={t('limits.title')} columns={columns} rows={[...limits].reverse()} rowKey={l => String(l.version)} />
  )
}
