/** One version of a model: metrics on rows it had not seen, importance, lineage, evidence, card. */
import { useQuery } from '@tanstack/react-query'
import { useCallback, useMemo } from 'react'
import { type Bar, bars, barsHeight } from '../../src/charts/bars.ts'
import type { ChartOptions } from '../../src/charts/options.ts'
import { Found } from '../act/Found.tsx'
import * as queries from '../api/queries.ts'
import { type Evidence, type Importance, type ModelVersion, type Project, shortId } from '../api/wire.ts'
import { useWords } from '../language/language.tsx'
import { versionMark, versionStateKey } from '../language/vocabulary.ts'
import { Chart } from '../parts/Chart.tsx'
import { Digest } from '../parts/Digest.tsx'
import { Go } from '../parts/Go.tsx'
import { Loaded, LoadedPage } from '../parts/Loaded.tsx'
import { Page, Panel, Said } from '../parts/Page.tsx'
import { StateMark } from '../parts/StateMark.tsx'
import { Table } from '../parts/Table.tsx'
import { Time } from '../parts/Time.tsx'
import { useZone } from '../parts/zone.tsx'
import { paths } from '../paths.ts'
import { inOrder, metricName } from './metrics.ts'

export function VersionPage({
  project,
  model,
  semver,
}: {
  readonly project: Project
  readonly model: string
  readonly semver: string
}) {
  const { t } = useWords()
  const query = useQuery(queries.version(project.name, model, semver))
  const evidence = useQuery(queries.evidence(project.name, model, semver))
  return (
    <LoadedPage query={query}>
      {version => (
        <Page
          title={t('versionPage.title', { model, version: semver, state: t(versionStateKey[version.state]) })}
          eyebrow={<Go to={paths.model(project.name, model)}>{model}</Go>}
          heading={`${model} ${semver}`}
          lead={
            <>
              <StateMark state={versionMark[version.state]}>{t(versionStateKey[version.state])}</StateMark> ·{' '}
              <Time at={version.registeredAt} /> · <Said>{version.changes}</Said>
            </>
          }
          actions={
            <>
              <Go className="button" to={paths.card(project.name, model, semver)}>
                {t('versionPage.card')}
              </Go>
              {version.lineage.parent !== undefined && (
                <Go className="button" to={paths.compare(project.name, model, version.lineage.parent, semver)}>
                  {t('versionPage.compareParent', { version: version.lineage.parent })}
                </Go>
              )}
              <a className="button" href={queries.modelFile(project.name, model, semver)} download>
                {t('versionPage.file')}
              </a>
            </>
          }
        >
          <div className="columns">
            <Panel title={t('versionPage.metrics')} note={t('versionPage.metricsOn', { n: version.evaluatedRows })}>
              <Metrics metrics={version.metrics} />
            </Panel>
            <Panel title={t('versionPage.importance')}>
              <Loaded query={evidence}>{e => <ImportanceChart importance={e.refit.importance} />}</Loaded>
            </Panel>
          </div>
          <div className="columns">
            <Panel title={t('versionPage.lineage')}>
              <Lineage version={version} project={project.name} />
            </Panel>
            <Panel title={t('versionPage.evidence')}>
              <Loaded query={evidence}>{e => <EvidenceFacts evidence={e} />}</Loaded>
            </Panel>
          </div>
        </Page>
      )}
    </LoadedPage>
  )
}

function Metrics({ metrics }: { readonly metrics: Readonly<Record<string, number>> }) {
  const { t, number } = useWords()
  return (
    <Table
      caption={t('versionPage.metrics')}
      rows={inOrder(metrics).map(name => [name, metrics[name]!] as const)}
      rowKey={([name]) => name}
      columns={[
        { key: 'metric', header: t('versionPage.metric'), heads: true, cell: ([name]) => metricName(name) },
        {
          key: 'value',
          header: t('measurement.value'),
          number: true,
          cell: ([, value]) => number(value, { maximumFractionDigits: 4 }),
        },
      ]}
    />
  )
}

const shownFeatures = 15

export function ImportanceChart({
  importance,
  other,
  title,
}: {
  readonly importance: readonly Importance[]
  readonly other?: readonly Importance[]
  readonly title?: string
}) {
  const { t, number } = useWords()
  const zone = useZone()
  const name = title ?? t('versionPage.importance')
  const rows = useMemo(() => {
    const before = new Map((other ?? []).map(i => [i.feature, i.gain]))
    return [...importance]
      .sort((a, b) => b.gain - a.gain)
      .map(i => ({ ...i, before: other === undefined ? undefined : (before.get(i.feature) ?? 0) }))
  }, [importance, other])
  const data = useMemo(
    () =>
      rows
        .slice(0, shownFeatures)
        .map((r): Bar => ({ label: r.feature, value: r.gain, ...(r.before !== undefined && { other: r.before }) })),
    [rows],
  )
  const draw = useCallback((options: ChartOptions) => bars(data, options), [data])
  const first = rows[0]
  const three = (value: number | undefined) => number(value, { maximumSignificantDigits: 3 })
  return (
    <Chart
      title={name}
      finding={first === undefined ? '' : t('versionPage.importanceFinding', { feature: first.feature })}
      empty={t('versionPage.noImportance')}
      zone={zone}
      height={barsHeight(data.length)}
      draw={draw}
      table={
        <Table
          caption={name}
          rows={rows}
          rowKey={r => r.feature}
          columns={[
            { key: 'feature', header: t('cause.feature'), heads: true, cell: r => <code>{r.feature}</code> },
            ...(other === undefined
              ? []
              : [
                  {
                    key: 'before',
                    header: t('compare.before'),
                    number: true,
                    cell: (r: (typeof rows)[number]) => three(r.before),
                  },
                ]),
            { key: 'gain', header: t('versionPage.gain'), number: true, cell: r => three(r.gain) },
            { key: 'split', header: t('versionPage.splits'), number: true, cell: r => number(r.split) },
          ]}
        />
      }
    />
  )
}

function Lineage({ version, project }: { readonly version: ModelVersion; readonly project: string }) {
  const { t, number } = useWords()
  const { lineage } = version
  return (
    <dl className="facts">
      <dt>{t('lineage.datasets')}</dt>
      <dd>
        <ul className="plain">
          {lineage.datasets.map(d => (
            <li key={d.dataset}>
              <Go to={paths.dataset(project, d.dataset)}>
                {t('lineage.dataset', { dataset: d.dataset, version: d.version })}
              </Go>{' '}
              <Digest value={d.digest} />
            </li>
          ))}
        </ul>
      </dd>
      <dt>{t('lineage.rows')}</dt>
      <dd>{number(lineage.rows)}</dd>
      <dt>{t('lineage.span')}</dt>
      <dd>
        <Time at={lineage.from} detail="day" /> – <Time at={lineage.to} detail="day" />
      </dd>
      <dt>{t('lineage.asOf')}</dt>
      <dd>
        <Time at={lineage.asOf} />
      </dd>
      <dt>{t('lineage.recipe')}</dt>
      <dd>
        <code>{lineage.recipe.kind}</code>{' '}
        {Object.entries(lineage.recipe.parameters)
          .map(([name, value]) => `${name} ${String(value)}`)
          .join(', ')}
      </dd>
      <dt>{t('lineage.seed')}</dt>
      <dd>{String(lineage.seed)}</dd>
      <dt>{t('lineage.parent')}</dt>
      <dd>
        {lineage.parent === undefined ? (
          '–'
        ) : (
          <Go to={paths.version(project, version.model, lineage.parent)}>{lineage.parent}</Go>
        )}
      </dd>
      <dt>{t('lineage.action')}</dt>
      <dd>
        {lineage.action === undefined ? (
          '–'
        ) : (
          <Go to={paths.action(project, shortId(lineage.action))}>{t('lineage.toAction')}</Go>
        )}
      </dd>
      <dt>{t('lineage.query')}</dt>
      <dd>
        <Digest value={lineage.query} />
      </dd>
      <dt>{t('lineage.trainingSet')}</dt>
      <dd>
        <Digest value={lineage.trainingSet} />
      </dd>
      <dt>{t('lineage.digest')}</dt>
      <dd>
        <Digest value={version.digest} /> · {number(version.sizeBytes / 1024, { maximumFractionDigits: 0 })} KiB
      </dd>
      <dt>{t('lineage.falconer')}</dt>
      <dd>{lineage.falconer}</dd>
    </dl>
  )
}

function EvidenceFacts({ evidence }: { readonly evidence: Evidence }) {
  const { t, number } = useWords()
  const { evaluation, refit, gate } = evidence
  return (
    <div className="evidence">
      <dl className="facts">
        <dt>{t('evidence.held')}</dt>
        <dd>
          {t('evidence.heldRows', { n: evaluation.rows })} <Time at={evaluation.heldFrom} detail="day" />
        </dd>
        <dt>{t('evidence.skew')}</dt>
        <dd>{t('evidence.skewCells', { different: evaluation.skew.different, compared: evaluation.skew.compared })}</dd>
        <dt>{t('evidence.refit')}</dt>
        <dd>
          {number(refit.rows)} · <Said>{refit.note}</Said>
        </dd>
      </dl>
      <details className="alternative">
        <summary>{t('evidence.gate')}</summary>
        {gate === undefined ? <p className="muted">{t('evidence.noGate')}</p> : <Found value={gate} />}
      </details>
    </div>
  )
}
