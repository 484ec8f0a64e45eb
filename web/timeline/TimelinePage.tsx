/** Why the model changed when it did: drift → diagnosis → retrain → gate → promote → verify on one time axis. */
import { useQuery } from '@tanstack/react-query'
import { useCallback, useMemo, useState } from 'react'
import type { ChartOptions } from '../../src/charts/options.ts'
import { timeline } from '../../src/charts/timeline.ts'
import * as queries from '../api/queries.ts'
import { instant, type Project } from '../api/wire.ts'
import { useWords } from '../language/language.tsx'
import type { PlainKey } from '../language/words.ts'
import { Chart } from '../parts/Chart.tsx'
import { Go } from '../parts/Go.tsx'
import { Loaded } from '../parts/Loaded.tsx'
import { Empty, Page, Panel, Said } from '../parts/Page.tsx'
import { StateMark } from '../parts/StateMark.tsx'
import { type Column, Table } from '../parts/Table.tsx'
import { Time } from '../parts/Time.tsx'
import { useZone } from '../parts/zone.tsx'
import { type Happening, happenings, laneKeys } from './lanes.ts'

const dayMs = 86_400_000
const spans = [
  [30, 'timeline.month'],
  [92, 'timeline.quarter'],
  [Number.POSITIVE_INFINITY, 'timeline.all'],
] as const satisfies readonly (readonly [number, PlainKey])[]

export function TimelinePage({ project }: { readonly project: Project }) {
  const words = useWords()
  const { t } = words
  const zone = useZone()
  const query = useQuery(queries.timeline(project.name))
  const alarms = useQuery(queries.alarms(project.name)).data?.items
  const actions = useQuery(queries.actions(project.name)).data?.items
  const now = instant(useQuery(queries.clock()).data?.now)
  const [days, setDays] = useState(Number.POSITIVE_INFINITY)

  const events = useMemo(
    () =>
      happenings(query.data?.items ?? [], alarms ?? [], actions ?? [], {
        project: project.name,
        model: project.config.model,
        endpoint: project.config.deploy.endpoint,
        words,
        now,
      }),
    [query.data, alarms, actions, project, words, now],
  )
  const shown = useMemo(() => {
    const last = Number.isNaN(now) ? Math.max(...events.map(e => e.until ?? e.at)) : now
    const first = Math.max(last - days * dayMs, firstAction(events))
    return { from: first, to: last, events: events.filter(e => (e.until ?? e.at) >= first) }
  }, [events, days, now])
  const lanes = useMemo(() => laneKeys.map(([key, name]) => ({ key, name: t(name) })), [t])
  const draw = useCallback(
    (options: ChartOptions) =>
      timeline(
        {
          lanes,
          events: shown.events.map(e => ({ ...e, at: Math.max(e.at, shown.from) })),
          from: shown.from,
          to: Math.max(shown.to, shown.from + dayMs),
          ...(Number.isNaN(now) ? {} : { now }),
        },
        { ...options, nowLabel: t('timeline.now') },
      ),
    [lanes, shown, now, t],
  )
  const retrained = (actions ?? []).filter(a => a.kind === 'retrain').length
  const kept = (actions ?? []).filter(a => a.kind === 'retrain' && a.state === 'kept').length
  const finding = t('timeline.finding', { alarms: alarms?.length ?? 0, retrained, kept })
  return (
    <Page title={t('timeline.title', { model: project.config.model })} heading={t('nav.timeline')} lead={finding}>
      <Loaded query={query}>
        {() =>
          events.length === 0 ? (
            <Panel>
              <Empty command="falconer apply">{t('timeline.empty')}</Empty>
            </Panel>
          ) : (
            <>
              <Panel
                title={t('timeline.chart')}
                note={
                  <span className="actions">
                    {spans.map(([length, key]) => (
                      <button
                        key={key}
                        type="button"
                        aria-pressed={days === length}
                        className="span"
                        onClick={() => setDays(length)}
                      >
                        {t(key)}
                      </button>
                    ))}
                  </span>
                }
              >
                <Chart
                  title={t('timeline.title', { model: project.config.model })}
                  finding={finding}
                  empty={t('timeline.nothing')}
                  zone={zone}
                  height={46 + laneKeys.length * 46}
                  draw={draw}
                />
              </Panel>
              <Panel title={t('timeline.list')}>
                <Events events={events} />
              </Panel>
            </>
          )
        }
      </Loaded>
    </Page>
  )
}

/** Imports of the past may lie long before the first action: the axis begins with what the loop did. */
function firstAction(events: readonly Happening[]): number {
  return Math.min(...events.filter(e => e.lane !== 'data').map(e => e.at), ...events.map(e => e.until ?? e.at))
}

function Events({ events }: { readonly events: readonly Happening[] }) {
  const { t } = useWords()
  const rows = useMemo(() => events.map((event, i) => ({ ...event, key: `${event.at} ${i}` })).reverse(), [events])
  type Row = (typeof rows)[number]
  const columns: Column<Row>[] = [
    { key: 'at', header: t('timeline.at'), cell: e => <Time at={e.at} /> },
    {
      key: 'kind',
      header: t('timeline.kind'),
      heads: true,
      cell: e => (e.href === undefined ? e.kindName : <Go to={e.href}>{e.kindName}</Go>),
    },
    { key: 'state', header: t('timeline.state'), cell: e => <StateMark state={e.listed}>{e.stateName}</StateMark> },
    { key: 'what', header: t('timeline.what'), cell: e => <Said>{e.title}</Said>, className: () => 'wide' },
  ]
  return <Table caption={t('timeline.list')} columns={columns} rows={rows} rowKey={e => e.key} />
}
