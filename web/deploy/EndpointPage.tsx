/** An endpoint: who answers which share, how often, and the newest predictions; back to the version before in one step. */
import { useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { Found } from '../act/Found.tsx'
import { Problem, send } from '../api/client.ts'
import * as queries from '../api/queries.ts'
import type { Endpoint, Prediction, Project, Route } from '../api/wire.ts'
import { useWords } from '../language/language.tsx'
import { routeKey } from '../language/vocabulary.ts'
import { Digest } from '../parts/Digest.tsx'
import { Go } from '../parts/Go.tsx'
import { Loaded, LoadedPage } from '../parts/Loaded.tsx'
import { Empty, Page, Panel } from '../parts/Page.tsx'
import { ReasonDialog } from '../parts/ReasonDialog.tsx'
import { StateMark } from '../parts/StateMark.tsx'
import { type Column, Table } from '../parts/Table.tsx'
import { Time } from '../parts/Time.tsx'
import { useMay } from '../parts/useMay.ts'
import { paths } from '../paths.ts'
import { FindPrediction } from './FindPrediction.tsx'

export function EndpointPage({ project, name }: { readonly project: Project; readonly name: string }) {
  const { t } = useWords()
  const query = useQuery(queries.endpoint(project.name, name))
  if (query.error instanceof Problem && query.error.body.status === 404) {
    return (
      <Page title={name} eyebrow={t('nav.endpoint')} heading={name}>
        <Panel>
          <Empty command={`falconer train --project ${project.name}`}>{t('endpoint.none')}</Empty>
        </Panel>
      </Page>
    )
  }
  return (
    <LoadedPage query={query}>
      {({ body: endpoint, etag }) => {
        const live = endpoint.routes.find(r => r.mode === 'live')?.semver ?? '–'
        return (
          <Page
            title={t('endpoint.title', { endpoint: name, version: live })}
            eyebrow={t('nav.endpoint')}
            heading={name}
            lead={
              <>
                {t('endpoint.lead', { version: live })} <Time at={endpoint.switchedAt} />
              </>
            }
            actions={<Rollback endpoint={endpoint} etag={etag} live={live} project={project.name} />}
          >
            <Panel title={t('endpoint.routes')}>
              <Routes endpoint={endpoint} project={project} />
            </Panel>
            <Panel title={t('endpoint.counts')}>
              <Counts endpoint={endpoint} />
            </Panel>
            <Panel title={t('endpoint.predictions')} note={t('endpoint.newest')}>
              <FindPrediction project={project.name} endpoint={name} />
              <Predictions project={project} endpoint={name} />
            </Panel>
          </Page>
        )
      }}
    </LoadedPage>
  )
}

const routeMark = { live: 'ok', canary: 'busy', shadow: 'idle' } as const

function Routes({ endpoint, project }: { readonly endpoint: Endpoint; readonly project: Project }) {
  const { t, number } = useWords()
  const canary = endpoint.routes.reduce((sum, r) => sum + (r.mode === 'canary' ? (r.share ?? 0) : 0), 0)
  const share = (route: Route) =>
    route.mode === 'live' ? 1 - canary : route.mode === 'canary' ? (route.share ?? 0) : undefined
  const columns: Column<Route>[] = [
    {
      key: 'version',
      header: t('version.version'),
      heads: true,
      cell: r => <Go to={paths.version(project.name, endpoint.model, r.semver)}>{r.semver}</Go>,
    },
    {
      key: 'mode',
      header: t('endpoint.mode'),
      cell: r => <StateMark state={routeMark[r.mode]}>{t(routeKey[r.mode])}</StateMark>,
    },
    {
      key: 'share',
      header: t('endpoint.share'),
      number: true,
      cell: r =>
        r.mode === 'shadow' ? t('endpoint.unseen') : number(share(r), { style: 'percent', maximumFractionDigits: 1 }),
    },
    { key: 'digest', header: t('lineage.digest'), cell: r => <Digest value={r.digest} /> },
  ]
  return (
    <Table
      caption={t('endpoint.routes')}
      columns={columns}
      rows={endpoint.routes}
      rowKey={r => `${r.mode} ${r.semver}`}
    />
  )
}

function Counts({ endpoint }: { readonly endpoint: Endpoint }) {
  const { t, number } = useWords()
  const { counts, load } = endpoint
  return (
    <div className="columns">
      <dl className="facts">
        <dt>{t('endpoint.answered')}</dt>
        <dd>{number(counts?.predictions)}</dd>
        <dt>{t('endpoint.outcomes')}</dt>
        <dd>{number(counts?.outcomes)}</dd>
        <dt>{t('endpoint.voids')}</dt>
        <dd>{number(counts?.voids)}</dd>
        <dt>{t('endpoint.unmatched')}</dt>
        <dd>{number(counts?.unmatched)}</dd>
      </dl>
      {load !== null && typeof load === 'object' && (
        <div className="evidence">
          <Found value={load} />
        </div>
      )}
    </div>
  )
}

function Predictions({ project, endpoint }: { readonly project: Project; readonly endpoint: string }) {
  const { t, number } = useWords()
  const query = useInfiniteQuery(queries.predictions(project.name, endpoint))
  const rows = query.data?.pages.flatMap(page => page.items)
  const columns: Column<Prediction>[] = [
    {
      key: 'key',
      header: t('prediction.key'),
      heads: true,
      cell: p => <Go to={paths.prediction(project.name, endpoint, p.key)}>{p.key}</Go>,
    },
    { key: 'at', header: t('prediction.at'), cell: p => <Time at={p.at} /> },
    {
      key: 'output',
      header: t('prediction.output'),
      number: true,
      cell: p => number(p.output, { maximumFractionDigits: 3, minimumFractionDigits: 3 }),
    },
    { key: 'outcome', header: t('prediction.outcome'), cell: p => <OutcomeText prediction={p} /> },
    { key: 'version', header: t('version.version'), cell: p => p.version },
    { key: 'route', header: t('endpoint.mode'), cell: p => t(routeKey[p.route]) },
    {
      key: 'latency',
      header: t('prediction.latency'),
      number: true,
      cell: p => number(p.latencyMs, { maximumFractionDigits: 2 }),
    },
  ]
  return (
    <Loaded query={{ data: rows, error: query.error, isPending: query.isPending }}>
      {list =>
        list.length === 0 ? (
          <Empty command={`falconer predict --project ${project.name} <id>`}>{t('prediction.none')}</Empty>
        ) : (
          <>
            <Table caption={t('endpoint.predictions')} columns={columns} rows={list} rowKey={p => p.key} />
            {query.hasNextPage && (
              <p>
                <button type="button" disabled={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
                  {t('list.more')}
                </button>
              </p>
            )}
          </>
        )
      }
    </Loaded>
  )
}

export function OutcomeText({ prediction }: { readonly prediction: Prediction }) {
  const { t, number } = useWords()
  const { outcome } = prediction
  if (outcome === undefined || outcome === null) return <span className="muted">{t('outcome.unknown')}</span>
  if (outcome.value === 'void') return <span className="muted">{t('outcome.void')}</span>
  return <>{number(outcome.value, { maximumSignificantDigits: 5 })}</>
}

function Rollback({
  endpoint,
  etag,
  live,
  project,
}: {
  readonly endpoint: Endpoint
  readonly etag: string
  readonly live: string
  readonly project: string
}) {
  const { t } = useWords()
  const may = useMay()
  const previous = endpoint.previous?.semver
  if (!may.edit || previous === undefined) return null
  return (
    <ReasonDialog
      danger
      verb={t('rollback.verb', { version: previous })}
      title={t('rollback.title', { version: previous })}
      effect={<p>{t('rollback.effect', { from: live, to: previous })}</p>}
      run={reason =>
        send('POST', `${queries.endpointAt(project, endpoint.name)}/rollback`, { reason }, { 'if-match': etag })
      }
    />
  )
}
