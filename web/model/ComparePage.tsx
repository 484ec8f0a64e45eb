/** Two versions side by side: what changed in metrics, lineage and importance. */
import { useQuery } from '@tanstack/react-query'
import * as queries from '../api/queries.ts'
import type { ComparedVersion, Project } from '../api/wire.ts'
import { useWords } from '../language/language.tsx'
import { versionStateKey } from '../language/vocabulary.ts'
import { Go } from '../parts/Go.tsx'
import { LoadedPage } from '../parts/Loaded.tsx'
import { Page, Panel } from '../parts/Page.tsx'
import { StateMark } from '../parts/StateMark.tsx'
import { Table } from '../parts/Table.tsx'
import { useTimeFormat } from '../parts/Time.tsx'
import { paths } from '../paths.ts'
import { improves, inOrder, metricName } from './metrics.ts'
import { ImportanceChart } from './VersionPage.tsx'

export function ComparePage({
  project,
  model,
  a,
  b,
}: {
  readonly project: Project
  readonly model: string
  readonly a: string
  readonly b: string
}) {
  const { t } = useWords()
  const query = useQuery(queries.compare(project.name, model, a, b))
  return (
    <LoadedPage query={query}>
      {both => (
        <Page
          title={t('compare.pageTitle', { model, a, b })}
          eyebrow={<Go to={paths.model(project.name, model)}>{model}</Go>}
          heading={t('compare.heading', { a, b })}
          lead={t('compare.lead')}
          actions={
            <Go className="button" to={paths.compare(project.name, model, b, a)}>
              {t('compare.swap')}
            </Go>
          }
        >
          <div className="columns">
            <Panel title={t('versionPage.metrics')}>
              <MetricTable a={both.a} b={both.b} />
            </Panel>
            <Panel title={t('compare.importance')} note={t('compare.importanceNote', { a, b })}>
              <ImportanceChart
                importance={both.b.importance ?? []}
                other={both.a.importance ?? []}
                title={t('compare.importance')}
              />
            </Panel>
          </div>
          <Panel title={t('versionPage.lineage')}>
            <LineageTable a={both.a} b={both.b} />
          </Panel>
        </Page>
      )}
    </LoadedPage>
  )
}

interface Sides {
  readonly a: ComparedVersion
  readonly b: ComparedVersion
}

function MetricTable({ a, b }: Sides) {
  const { t, number } = useWords()
  const names = inOrder({ ...a.metrics, ...b.metrics })
  const four = (value: number | undefined) => number(value, { maximumFractionDigits: 4 })
  const rows = names.map(name => {
    const [before, after] = [a.metrics[name], b.metrics[name]]
    const change =
      before === undefined || before === null || after === undefined || after === null ? undefined : after - before
    return { name, before, after, change, better: improves(name, before ?? Number.NaN, after ?? Number.NaN) }
  })
  return (
    <>
      <Table
        caption={t('versionPage.metrics')}
        rows={rows}
        rowKey={r => r.name}
        columns={[
          { key: 'metric', header: t('versionPage.metric'), heads: true, cell: r => metricName(r.name) },
          { key: 'a', header: a.semver, number: true, cell: r => four(r.before) },
          { key: 'b', header: b.semver, number: true, cell: r => four(r.after) },
          {
            key: 'change',
            header: t('compare.change'),
            number: true,
            cell: r => number(r.change, { maximumFractionDigits: 4, signDisplay: 'exceptZero' }),
          },
          {
            key: 'verdict',
            header: t('compare.verdict'),
            cell: r =>
              r.better === undefined ? (
                <span className="muted">–</span>
              ) : (
                <StateMark state={r.better ? 'ok' : 'attention'}>
                  {r.better ? t('compare.better') : t('compare.worse')}
                </StateMark>
              ),
          },
        ]}
      />
      <p className="muted small table-spaced">
        {t('compare.rowsNote', { a: a.semver, aRows: a.evaluatedRows, b: b.semver, bRows: b.evaluatedRows })}
      </p>
    </>
  )
}

function LineageTable({ a, b }: Sides) {
  const { t, number } = useWords()
  const time = useTimeFormat()
  const facts = (v: ComparedVersion): readonly string[] => [
    t(versionStateKey[v.state]),
    time(v.registeredAt, 'minute'),
    number(v.lineage.rows),
    `${time(v.lineage.from)} – ${time(v.lineage.to)}`,
    time(v.lineage.asOf, 'minute'),
    v.lineage.datasets.map(d => t('lineage.dataset', { dataset: d.dataset, version: d.version })).join(', '),
    [
      v.lineage.recipe.kind,
      ...Object.entries(v.lineage.recipe.parameters).map(([n, value]) => `${n} ${String(value)}`),
    ].join(', '),
    String(v.lineage.seed),
    v.lineage.query.slice(0, 12),
    v.lineage.parent ?? '–',
    v.digest.slice(0, 12),
    v.changes,
  ]
  const names = [
    t('actions.state'),
    t('version.registeredAt'),
    t('lineage.rows'),
    t('lineage.span'),
    t('lineage.asOf'),
    t('lineage.datasets'),
    t('lineage.recipe'),
    t('lineage.seed'),
    t('lineage.query'),
    t('lineage.parent'),
    t('lineage.digest'),
    t('version.changes'),
  ]
  const [left, right] = [facts(a), facts(b)]
  const rows = names.map((name, i) => ({ name, a: left[i]!, b: right[i]! }))
  return (
    <Table
      caption={t('versionPage.lineage')}
      rows={rows}
      rowKey={r => r.name}
      columns={[
        { key: 'fact', header: t('compare.fact'), heads: true, cell: r => r.name },
        { key: 'a', header: a.semver, cell: r => r.a },
        {
          key: 'b',
          header: b.semver,
          cell: r => (r.a === r.b ? <span className="muted">{t('compare.same')}</span> : r.b),
        },
      ]}
    />
  )
}
