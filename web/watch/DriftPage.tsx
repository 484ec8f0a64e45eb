/** Drift of the columns in the newest window: what changed, how much it matters, what to do. */
import { useQuery } from '@tanstack/react-query'
import * as queries from '../api/queries.ts'
import type { Project } from '../api/wire.ts'
import { useWords } from '../language/language.tsx'
import { Go } from '../parts/Go.tsx'
import { LoadedPage } from '../parts/Loaded.tsx'
import { useMonitorName } from '../parts/monitorName.ts'
import { Empty, Page, Panel, Said } from '../parts/Page.tsx'
import { Time } from '../parts/Time.tsx'
import { paths } from '../paths.ts'
import { DriftColumns } from './DriftColumns.tsx'

export function DriftPage({ project }: { readonly project: Project }) {
  const { t } = useWords()
  const name = useMonitorName()
  const query = useQuery(queries.monitors(project.name))
  const alarms = useQuery(queries.alarms(project.name)).data?.items ?? []
  return (
    <LoadedPage query={query}>
      {({ items }) => {
        const monitors = items.filter(m => m.config.kind === 'drift')
        const open = alarms.filter(a => a.state !== 'resolved' && monitors.some(m => m.name === a.monitor)).slice(0, 1)
        const drifted = monitors.flatMap(m => m.newest?.columns ?? []).filter(c => c.drifted).length
        const heading = drifted === 0 ? t('drift.none') : t('drift.some', { n: drifted })
        return (
          <Page
            title={`${t('nav.drift')} – ${heading}`}
            eyebrow={t('nav.drift')}
            heading={heading}
            lead={t('drift.lead')}
            actions={open.map(alarm => (
              <Go key={alarm.id} to={paths.alarm(project.name, alarm.id)} className="button primary">
                {t('drift.toAlarm')}
              </Go>
            ))}
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
                    <DriftColumns measurement={m.newest} project={project} />
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
