/** All alarms, newest first; open ones are said in the heading. */
import { useQuery } from '@tanstack/react-query'
import * as queries from '../api/queries.ts'
import { type Alarm, type Project, shortId } from '../api/wire.ts'
import { useWords } from '../language/language.tsx'
import { alarmMark, alarmStateKey } from '../language/vocabulary.ts'
import { Go } from '../parts/Go.tsx'
import { LoadedPage } from '../parts/Loaded.tsx'
import { useMonitorName } from '../parts/monitorName.ts'
import { Empty, Page, Panel, Said } from '../parts/Page.tsx'
import { StateMark } from '../parts/StateMark.tsx'
import { type Column, Table } from '../parts/Table.tsx'
import { Time } from '../parts/Time.tsx'
import { paths } from '../paths.ts'

export function AlarmsPage({ project }: { readonly project: Project }) {
  const { t, number } = useWords()
  const name = useMonitorName()
  const query = useQuery(queries.alarms(project.name))
  const columns: Column<Alarm>[] = [
    {
      key: 'opened',
      header: t('alarms.opened'),
      heads: true,
      cell: a => (
        <Go to={paths.alarm(project.name, a.id)}>
          <Time at={a.openedAt} />
        </Go>
      ),
    },
    { key: 'monitor', header: t('monitors.monitor'), cell: a => name(a.monitor) },
    {
      key: 'state',
      header: t('alarms.state'),
      cell: a => <StateMark state={alarmMark(a)}>{t(alarmStateKey[a.state])}</StateMark>,
    },
    { key: 'headline', header: t('alarms.headline'), cell: a => <Said>{a.headline}</Said>, className: () => 'wide' },
    { key: 'windows', header: t('alarms.windows'), number: true, cell: a => number(a.windowsOut) },
    {
      key: 'action',
      header: t('alarms.action'),
      cell: a =>
        a.action === undefined ? (
          '–'
        ) : (
          <Go to={paths.action(project.name, shortId(a.action))}>{t('alarms.toAction')}</Go>
        ),
    },
  ]
  return (
    <LoadedPage query={query}>
      {({ items }) => {
        const open = items.filter(a => a.state !== 'resolved').length
        const heading = open === 0 ? t('alarms.none', { n: items.length }) : t('alarms.some', { open, n: items.length })
        return (
          <Page title={heading} eyebrow={t('nav.alarms')} heading={heading} lead={t('alarms.lead')}>
            <Panel>
              {items.length === 0 ? (
                <Empty>{t('alarms.empty')}</Empty>
              ) : (
                <Table caption={t('nav.alarms')} columns={columns} rows={items} rowKey={a => a.id} />
              )}
            </Panel>
          </Page>
        )
      }}
    </LoadedPage>
  )
}
