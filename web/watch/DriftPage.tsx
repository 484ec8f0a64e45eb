/** Drift of the columns in the newest window, as a table. */
import { useQuery } from '@tanstack/react-query'
import type { ColumnDrift } from '../../src/loop/records.ts'
import * as queries from '../api/queries.ts'
import type { Project } from '../api/wire.ts'
import { useWords } from '../language/language.tsx'
import { Go } from '../parts/Go.tsx'
import { LoadedPage } from '../parts/Loaded.tsx'
import { useMonitorName } from '../parts/monitorName.ts'
import { Empty, Page, Panel, Said } from '../parts/Page.tsx'
import { StateMark } from '../parts/StateMark.tsx'
import { type Column, Table } from '../parts/Table.tsx'
import { Time } from '../parts/Time.tsx'
import { paths } from '../paths.ts'

export function DriftPage({ project }: { readonly project: Project }) {
  const { t } = useWords()
  const name = useMonitorName()
  const query = useQuery(queries.monitors(project.name))
  return (
    <LoadedPage query={query}>
      {({ items }) => {
        const monitors = items.filter(m => m.config.kind === 'drift')
        const drifted = monitors.flatMap(m => m.newest?.columns ?? []).filter(c => c.drifted).length
        const heading = drifted === 0 ? t('drift.none') : t('drift.some', { n: drifted })
        return (
          <Page
            title={`${t('nav.drift')} – ${heading}`}
            eyebrow={t('nav.drift')}
            heading={heading}
            lead={t('drift.lead')}
          >
            {monitors.length === 0 ? (
              <Panel>
                <Empty command={'watch:\n  - {drift: features, every: 1 day, false_alarms: 1 per 100 days}'}>
                  {t('drift.empty')}
                </Empty>
              </Panel>
            ) : (
              monitors.map(m => (
                <Panel
                  key={m.name}
                  title={<Go to={paths.monitor(project.name, m.name)}>{name(m.name)}</Go>}
                  note={m.newest && <Time at={m.newest.from} detail="day" />}
                >
                  {m.newest?.columns?.length ? (
                    <DriftColumns columns={m.newest.columns} />
                  ) : (
                    <p className="muted">
                      <Said>{m.newest?.reason}</Said> {t('monitor.empty')}
                    </p>
                  )}
                </Panel>
              ))
            )}
          </Page>
        )
      }}
    </LoadedPage>
  )
}

export function DriftColumns({ columns: drift }: { readonly columns: readonly ColumnDrift[] }) {
  const { t, number } = useWords()
  const three = (value: number | null) => number(value, { maximumSignificantDigits: 3 })
  const rows = [...drift].sort((a, b) => Number(b.drifted) - Number(a.drifted) || b.effect - a.effect)
  const columns: Column<ColumnDrift>[] = [
    { key: 'column', header: t('drift.column'), heads: true, cell: c => <code>{c.column}</code> },
    {
      key: 'state',
      header: t('measurement.status'),
      cell: c => (
        <StateMark state={c.drifted ? 'broken' : 'ok'}>{c.drifted ? t('drift.drifted') : t('drift.stable')}</StateMark>
      ),
    },
    { key: 'effect', header: t('drift.effect'), number: true, cell: c => three(c.effect) },
    { key: 'statistic', header: t('drift.statistic'), number: true, cell: c => three(c.statistic) },
    { key: 'p', header: t('drift.p'), number: true, cell: c => three(c.p) },
    { key: 'adjusted', header: t('drift.adjusted'), number: true, cell: c => three(c.pAdjusted) },
    { key: 'method', header: t('drift.method'), cell: c => <span lang="en">{c.method}</span> },
  ]
  return <Table caption={t('drift.columns')} columns={columns} rows={rows} rowKey={c => c.column} />
}
