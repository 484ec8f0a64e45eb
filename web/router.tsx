/** Which address shows which page. */
import { useQuery } from '@tanstack/react-query'
import { createRootRoute, createRoute, createRouter, Outlet } from '@tanstack/react-router'
import { lazy, type ReactNode, Suspense } from 'react'
import * as queries from './api/queries.ts'
import type { Project } from './api/wire.ts'
import { useWords } from './language/language.tsx'
import { OneProject, Overview } from './overview/Overview.tsx'
import { Go } from './parts/Go.tsx'
import { Loaded } from './parts/Loaded.tsx'
import { Page, Panel } from './parts/Page.tsx'
import { ZoneProvider } from './parts/zone.tsx'
import { paths } from './paths.ts'
import { Shell } from './shell/Shell.tsx'
import { SignIn } from './shell/SignIn.tsx'

// The first page is in the first file; every other comes when it is asked for.
const ActionPage = lazy(() => import('./act/ActionPage.tsx').then(m => ({ default: m.ActionPage })))
const ActionsPage = lazy(() => import('./act/ActionsPage.tsx').then(m => ({ default: m.ActionsPage })))
const AlarmPage = lazy(() => import('./watch/AlarmPage.tsx').then(m => ({ default: m.AlarmPage })))
const AlarmsPage = lazy(() => import('./watch/AlarmsPage.tsx').then(m => ({ default: m.AlarmsPage })))
const AuditPage = lazy(() => import('./govern/AuditPage.tsx').then(m => ({ default: m.AuditPage })))
const CardPage = lazy(() => import('./model/CardPage.tsx').then(m => ({ default: m.CardPage })))
const ComparePage = lazy(() => import('./model/ComparePage.tsx').then(m => ({ default: m.ComparePage })))
const DatasetPage = lazy(() => import('./data/DatasetPage.tsx').then(m => ({ default: m.DatasetPage })))
const DatasetsPage = lazy(() => import('./data/DatasetsPage.tsx').then(m => ({ default: m.DatasetsPage })))
const DriftPage = lazy(() => import('./watch/DriftPage.tsx').then(m => ({ default: m.DriftPage })))
const EndpointPage = lazy(() => import('./deploy/EndpointPage.tsx').then(m => ({ default: m.EndpointPage })))
const ModelPage = lazy(() => import('./model/ModelPage.tsx').then(m => ({ default: m.ModelPage })))
const MonitorEditor = lazy(() => import('./watch/editor/MonitorEditor.tsx').then(m => ({ default: m.MonitorEditor })))
const MonitorPage = lazy(() => import('./watch/MonitorPage.tsx').then(m => ({ default: m.MonitorPage })))
const MonitorsPage = lazy(() => import('./watch/MonitorsPage.tsx').then(m => ({ default: m.MonitorsPage })))
const NotificationsPage = lazy(() =>
  import('./watch/NotificationsPage.tsx').then(m => ({ default: m.NotificationsPage })),
)
const PredictionPage = lazy(() => import('./deploy/PredictionPage.tsx').then(m => ({ default: m.PredictionPage })))
const TimelinePage = lazy(() => import('./timeline/TimelinePage.tsx').then(m => ({ default: m.TimelinePage })))
const VersionPage = lazy(() => import('./model/VersionPage.tsx').then(m => ({ default: m.VersionPage })))

const root = createRootRoute({
  component: () => (
    <Shell>
      <Outlet />
    </Shell>
  ),
  notFoundComponent: NotFound,
})

const overview = createRoute({ getParentRoute: () => root, path: '/', component: Overview })

const signIn = createRoute({
  getParentRoute: () => root,
  path: '/sign-in',
  validateSearch: (search: Record<string, unknown>) => ({ code: typeof search.code === 'string' ? search.code : '' }),
  component: () => <SignIn given={signIn.useSearch().code} />,
})

type Params = Readonly<Record<string, string>>

/** A page of a project: its project is loaded first, and gives the zone. */
function projectPage<const Path extends string>(
  path: Path,
  show: (project: Project, params: Params, search: Params) => ReactNode,
) {
  const route = createRoute({
    getParentRoute: () => root,
    path: `/projects/$project${path}` as string,
    validateSearch: (search: Record<string, unknown>): Params =>
      Object.fromEntries(Object.entries(search).map(([name, value]) => [name, String(value)])),
    component: function InProject() {
      const params = route.useParams() as Params
      const search = route.useSearch()
      const query = useQuery(queries.projects())
      return (
        <Loaded query={query}>
          {({ items }) => {
            const project = items.find(p => p.name === params.project)
            if (project === undefined) return <NotFound />
            return (
              <ZoneProvider zone={project.config.timezone}>
                <Suspense fallback={<Waiting />}>{show(project, params, search)}</Suspense>
              </ZoneProvider>
            )
          }}
        </Loaded>
      )
    },
  })
  return route
}

const projectRoutes = [
  projectPage('', project => <OneProject project={project} />),
  projectPage('/timeline', project => <TimelinePage project={project} />),
  projectPage('/datasets', project => <DatasetsPage project={project} />),
  projectPage('/datasets/$dataset', (project, p) => (
    <DatasetPage key={p.dataset} project={project} name={p.dataset!} />
  )),
  projectPage('/models/$model', (project, p) => <ModelPage key={p.model} project={project} name={p.model!} />),
  projectPage('/models/$model/versions/$semver', (project, p) => (
    <VersionPage key={p.semver} project={project} model={p.model!} semver={p.semver!} />
  )),
  projectPage('/models/$model/versions/$semver/card', (project, p) => (
    <CardPage project={project} model={p.model!} semver={p.semver!} />
  )),
  projectPage('/models/$model/compare', (project, p, search) => (
    <ComparePage project={project} model={p.model!} a={search.a ?? ''} b={search.b ?? ''} />
  )),
  projectPage('/endpoints/$endpoint', (project, p) => <EndpointPage project={project} name={p.endpoint!} />),
  projectPage('/endpoints/$endpoint/predictions/$key', (project, p) => (
    <PredictionPage key={p.key} project={project} endpoint={p.endpoint!} id={p.key!} />
  )),
  projectPage('/monitors', project => <MonitorsPage project={project} />),
  projectPage('/monitors/$monitor', (project, p) => (
    <MonitorPage key={p.monitor} project={project} name={p.monitor!} />
  )),
  projectPage('/new-monitor', project => <MonitorEditor project={project} />),
  projectPage('/monitors/$monitor/edit', (project, p) => (
    <MonitorEditor key={p.monitor} project={project} name={p.monitor!} />
  )),
  projectPage('/drift', project => <DriftPage project={project} />),
  projectPage('/alarms', project => <AlarmsPage project={project} />),
  projectPage('/alarms/$alarm', (project, p) => <AlarmPage key={p.alarm} project={project} id={p.alarm!} />),
  projectPage('/notifications', project => <NotificationsPage project={project} />),
  projectPage('/actions', project => <ActionsPage project={project} />),
  projectPage('/actions/$action', (project, p) => <ActionPage key={p.action} project={project} id={p.action!} />),
  projectPage('/audit', project => <AuditPage project={project} />),
]

function Waiting() {
  const { t } = useWords()
  return <p className="muted">{t('page.loading')}</p>
}

function NotFound() {
  const { t } = useWords()
  return (
    <Page title={t('notFound.title')} heading={t('notFound.title')} lead={t('notFound.lead')}>
      <Panel>
        <p>
          <Go to={paths.overview()}>{t('notFound.home')}</Go>
        </p>
      </Panel>
    </Page>
  )
}

export const router = createRouter({
  routeTree: root.addChildren([overview, signIn, ...projectRoutes]),
  defaultPreload: false,
})
