/** Which address shows which page. */
import { useQuery } from '@tanstack/react-query'
import { createRootRoute, createRoute, createRouter, Outlet } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { ActionPage } from './act/ActionPage.tsx'
import { ActionsPage } from './act/ActionsPage.tsx'
import * as queries from './api/queries.ts'
import type { Project } from './api/wire.ts'
import { DatasetPage } from './data/DatasetPage.tsx'
import { DatasetsPage } from './data/DatasetsPage.tsx'
import { EndpointPage } from './deploy/EndpointPage.tsx'
import { PredictionPage } from './deploy/PredictionPage.tsx'
import { AuditPage } from './govern/AuditPage.tsx'
import { useWords } from './language/language.tsx'
import { ComparePage } from './model/ComparePage.tsx'
import { ModelPage } from './model/ModelPage.tsx'
import { VersionPage } from './model/VersionPage.tsx'
import { OneProject, Overview } from './overview/Overview.tsx'
import { Go } from './parts/Go.tsx'
import { Loaded } from './parts/Loaded.tsx'
import { Page, Panel } from './parts/Page.tsx'
import { ZoneProvider } from './parts/zone.tsx'
import { paths } from './paths.ts'
import { Shell } from './shell/Shell.tsx'
import { SignIn } from './shell/SignIn.tsx'
import { TimelinePage } from './timeline/TimelinePage.tsx'
import { AlarmPage } from './watch/AlarmPage.tsx'
import { AlarmsPage } from './watch/AlarmsPage.tsx'
import { DriftPage } from './watch/DriftPage.tsx'
import { MonitorPage } from './watch/MonitorPage.tsx'
import { MonitorsPage } from './watch/MonitorsPage.tsx'

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
            return <ZoneProvider zone={project.config.timezone}>{show(project, params, search)}</ZoneProvider>
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
  projectPage('/drift', project => <DriftPage project={project} />),
  projectPage('/alarms', project => <AlarmsPage project={project} />),
  projectPage('/alarms/$alarm', (project, p) => <AlarmPage key={p.alarm} project={project} id={p.alarm!} />),
  projectPage('/actions', project => <ActionsPage project={project} />),
  projectPage('/actions/$action', (project, p) => <ActionPage key={p.action} project={project} id={p.action!} />),
  projectPage('/audit', project => <AuditPage project={project} />),
]

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
