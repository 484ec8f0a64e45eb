/** The channels of a project, a test of each, and every message that was sent or could not be. */
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { send } from '../api/client.ts'
import * as queries from '../api/queries.ts'
import type { Notification, Project } from '../api/wire.ts'
import { useWords } from '../language/language.tsx'
import { noticeMark, noticeStateKey } from '../language/vocabulary.ts'
import { LoadedPage, Trouble } from '../parts/Loaded.tsx'
import { Empty, Page, Panel } from '../parts/Page.tsx'
import { StateMark } from '../parts/StateMark.tsx'
import { type Column, Table } from '../parts/Table.tsx'
import { useMay } from '../parts/useMay.ts'
import { NoticeTable } from './NoticeTable.tsx'

const exampleChannel = `notify:
  - name: on-call
    webhook: https://hooks.example.com/falconer
    secret: {env: FALCONER_SECRET_ON_CALL}`

export function NotificationsPage({ project }: { readonly project: Project }) {
  const { t } = useWords()
  const query = useQuery(queries.notifications(project.name))
  const channels = project.config.notify ?? []
  return (
    <LoadedPage query={query}>
      {({ items }) => {
        const failed = items.filter(n => n.state === 'failed').length
        const heading =
          failed > 0
            ? t('notifications.failed', { n: failed })
            : items.length === 0
              ? t('notifications.none')
              : t('notifications.all', { n: items.length })
        return (
          <Page
            title={`${t('nav.notifications')} – ${heading}`}
            eyebrow={t('nav.notifications')}
            heading={heading}
            lead={t('notifications.lead')}
          >
            <Panel title={t('channels.title')}>
              {channels.length === 0 ? (
                <Empty command={exampleChannel}>{t('channels.empty')}</Empty>
              ) : (
                <Channels channels={channels} notices={items} project={project} />
              )}
            </Panel>
            {items.length > 0 && (
              <Panel title={t('notifications.list')}>
                <NoticeTable notices={items} project={project} />
              </Panel>
            )}
          </Page>
        )
      }}
    </LoadedPage>
  )
}

type Channel = NonNullable<Project['config']['notify']>[number]

function Channels({
  channels,
  notices,
  project,
}: {
  readonly channels: readonly Channel[]
  readonly notices: readonly Notification[]
  readonly project: Project
}) {
  const { t } = useWords()
  const may = useMay()
  const columns: Column<Channel>[] = [
    { key: 'name', header: t('notice.channel'), heads: true, cell: c => <code>{c.name}</code> },
    { key: 'kind', header: t('channels.kind'), cell: c => t(kindKey[c.to.kind]) },
    { key: 'on', header: t('channels.on'), cell: c => c.on.map(group => t(groupKey[group])).join(', ') },
    {
      key: 'last',
      header: t('channels.last'),
      cell: c => {
        const last = notices.find(n => n.channel === c.name)
        return last === undefined ? (
          <span className="muted">{t('channels.never')}</span>
        ) : (
          <StateMark state={noticeMark[last.state]}>{t(noticeStateKey[last.state])}</StateMark>
        )
      },
    },
    ...(may.edit
      ? [
          {
            key: 'test',
            header: <span className="hidden-visually">{t('channels.test')}</span>,
            cell: (c: Channel) => <TestButton channel={c.name} project={project.name} />,
          },
        ]
      : []),
  ]
  return <Table caption={t('channels.title')} columns={columns} rows={channels} rowKey={c => c.name} />
}

const kindKey = { webhook: 'channels.webhook', slack: 'channels.slack', email: 'channels.email' } as const
const groupKey = {
  alarm: 'channels.alarm',
  approval: 'channels.approval',
  action: 'channels.action',
  trouble: 'channels.trouble',
} as const

/** Sends at once and says beside the button what became of it. */
function TestButton({ channel, project }: { readonly channel: string; readonly project: string }) {
  const { t } = useWords()
  const [state, setState] = useState<'idle' | 'sending' | 'sent' | Error>('idle')
  const test = async () => {
    setState('sending')
    try {
      await send('POST', `${queries.notificationsAt(project)}/test`, { channel })
      setState('sent')
    } catch (error) {
      setState(error as Error)
    }
  }
  return (
    <div className="actions" aria-live="polite">
      <button
        type="button"
        disabled={state === 'sending'}
        aria-label={t('channels.testOf', { channel })}
        onClick={() => void test()}
      >
        {t('channels.test')}
      </button>
      {state === 'sent' && <StateMark state="ok">{t('channels.sent')}</StateMark>}
      {state instanceof Error && <Trouble error={state} />}
    </div>
  )
}
