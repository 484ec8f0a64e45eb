/** The first page: is my model all right, and if not, what is happening? The worst model comes first. */
import { useQuery } from '@tanstack/react-query'
import { useCallback, useMemo } from 'react'
import type { ChartOptions } from '../../src/charts/options.ts'
import { ring } from '../../src/charts/ring.ts'
import * as queries from '../api/queries.ts'
import type { Project } from '../api/wire.ts'
import { useWords } from '../language/language.tsx'
import { Chart } from '../parts/Chart.tsx'
import { Go } from '../parts/Go.tsx'
import { Loaded } from '../parts/Loaded.tsx'
import { Empty, Page, Panel } from '../parts/Page.tsx'
import { StateMark } from '../parts/StateMark.tsx'
import { Table } from '../parts/Table.tsx'
import { Time } from '../parts/Time.tsx'
import { ZoneProvider } from '../parts/zone.tsx'
import { paths } from '../paths.ts'
import { ActionNow } from './ActionNow.tsx'
import { Months } from './Months.tsx'
import { Replay } from './Replay.tsx'
import { Sentence, useSentence } from './Sentence.tsx'
import { stages } from './stages.ts'
import { byUrgency, type Facts, type Standing, standing } from './standing.ts'
import { stateKey } from './stateKey.ts'
import { useFacts } from './useFacts.ts'
import './overview.css'

export function Overview() {
  const { t } = useWords()
  const projects = useQuery(queries.projects())
  return (
    <Loaded query={projects}>
      {({ items }) =>
        items.length === 0 ? (
          <Page title={t('overview.title')} heading={t('overview.empty')}>
            <Panel>
              <Empty command={'falconer init data.parquet --label <column>\nfalconer apply'}>
                {t('overview.empty.how')}
              </Empty>
            </Panel>
          </Page>
        ) : items.length === 1 ? (
          <ZoneProvider zone={items[0]!.config.timezone}>
            <OneProject project={items[0]!} />
          </ZoneProvider>
        ) : (
          <ManyProjects projects={items} />
        )
      }
    </Loaded>
  )
}

/** The overview of one project. */
export function OneProject({ project }: { readonly project: Project }) {
  const { t } = useWords()
  const { facts, datasets, ready } = useFacts([project])[0]!
  const stand = standing(facts)
  if (!ready) return <p className="muted">{t('page.loading')}</p>
  return (
    <StandingPage stand={stand} model={project.config.model}>
      <div className="overview-top">
        <div className="stack">
          <Panel>
            <Ring facts={facts} datasets={datasets} stand={stand} />
          </Panel>
          <Replay facts={facts} />
        </div>
        <ActionNow facts={facts} />
      </div>
      <Months facts={facts} />
    </StandingPage>
  )
}

function StandingPage({
  stand,
  model,
  children,
}: {
  readonly stand: Standing
  readonly model: string
  readonly children: React.ReactNode
}) {
  const { t } = useWords()
  const sentence = useSentence()
  return (
    <Page
      title={`${model} – ${t(stateKey[stand.state])}`}
      eyebrow={<StateMark state={stand.state}>{t(stateKey[stand.state])}</StateMark>}
      heading={sentence(stand.what)}
      live
      lead={
        <>
          {stand.why && (
            <>
              <Sentence of={stand.why} /> ·{' '}
            </>
          )}
          {stand.since && (
            <>
              {t('standing.since')} <Time at={stand.since} /> ·{' '}
            </>
          )}
          <Go to={stand.href}>
            <Sentence of={stand.next} />
          </Go>
        </>
      }
    >
      {children}
    </Page>
  )
}

function Ring({
  facts,
  datasets,
  stand,
}: {
  readonly facts: Facts
  readonly datasets: Parameters<typeof stages>[1]
  readonly stand: Standing
}) {
  const words = useWords()
  const { t } = words
  const sentence = useSentence()
  const data = useMemo(
    () => ({
      stages: stages(facts, datasets, words),
      state: stand.state,
      headline: t(stateKey[stand.state]),
      line: facts.project.config.model,
    }),
    [facts, datasets, words, stand, t],
  )
  const draw = useCallback((options: ChartOptions) => ring(data, options), [data])
  return (
    <Chart
      title={t('ring.title')}
      finding={sentence(stand.what)}
      empty=""
      zone={facts.project.config.timezone}
      height={width => (width < 480 ? Math.round(width * 0.9) : 400)}
      draw={draw}
      table={
        <Table
          caption={t('ring.title')}
          rows={data.stages}
          rowKey={stage => stage.name}
          columns={[
            { key: 'stage', header: t('ring.stage'), heads: true, cell: s => <Go to={s.href ?? '/'}>{s.name}</Go> },
            {
              key: 'state',
              header: t('ring.state'),
              cell: s => <StateMark state={s.state}>{t(stateKey[s.state])}</StateMark>,
            },
            { key: 'line', header: t('ring.line'), cell: s => s.line },
          ]}
        />
      }
    />
  )
}

function ManyProjects({ projects }: { readonly projects: readonly Project[] }) {
  const { t } = useWords()
  const known = useFacts(projects)
  const rows = known
    .filter(k => k.ready)
    .map(({ facts }) => ({ project: facts.project, stand: standing(facts) }))
    .sort((a, b) => byUrgency(a.stand, b.stand))
  const trouble = rows.filter(r => r.stand.state === 'broken' || r.stand.state === 'attention').length
  return (
    <Page
      title={t('overview.title')}
      heading={
        trouble === 0
          ? t('overview.models', { n: projects.length })
          : t('overview.trouble', { n: trouble, all: projects.length })
      }
    >
      {rows.map(({ project, stand }) => (
        <ZoneProvider key={project.name} zone={project.config.timezone}>
          <ProjectRow project={project} stand={stand} />
        </ZoneProvider>
      ))}
    </Page>
  )
}

/** One sentence per model. */
function ProjectRow({ project, stand }: { readonly project: Project; readonly stand: Standing }) {
  const { t } = useWords()
  const sentence = useSentence()
  return (
    <section className="panel">
      <p>
        <StateMark state={stand.state}>{t(stateKey[stand.state])}</StateMark>{' '}
        <span className="muted">{project.name}</span>
      </p>
      <h2>
        <Go to={paths.project(project.name)}>{sentence(stand.what)}</Go>
      </h2>
      <p className="muted">
        {stand.why && <Sentence of={stand.why} />} {stand.since && <Time at={stand.since} />}{' '}
        <Sentence of={stand.next} />
      </p>
    </section>
  )
}
