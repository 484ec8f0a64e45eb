/** Messages to people: what was said to whom, whether it came through, and trying a failed one again. */
import { send } from '../api/client.ts'
import * as queries from '../api/queries.ts'
import type { Notification, Project } from '../api/wire.ts'
import { useWords } from '../language/language.tsx'
import { noticeMark, noticeStateKey } from '../language/vocabulary.ts'
import { Go } from '../parts/Go.tsx'
import { Said } from '../parts/Page.tsx'
import { ReasonDialog } from '../parts/ReasonDialog.tsx'
import { StateMark } from '../parts/StateMark.tsx'
import { type Column, Table } from '../parts/Table.tsx'
import { Time } from '../parts/Time.tsx'
import { useMay } from '../parts/useMay.ts'
import './watch.css'

export function NoticeTable({
  notices,
  project,
}: {
  readonly notices: readonly Notification[]
  readonly project: Project
}) {
  const { t, number } = useWords()
  const may = useMay()
  const columns: Column<Notification>[] = [
    { key: 'at', header: t('notice.at'), heads: true, cell: n => <Time at={n.message.at} /> },
    {
      key: 'state',
      header: t('notice.state'),
      cell: n => <StateMark state={noticeMark[n.state]}>{t(noticeStateKey[n.state])}</StateMark>,
    },
    { key: 'channel', header: t('notice.channel'), cell: n => <code>{n.channel}</code> },
    {
      key: 'title',
      header: t('notice.message'),
      className: () => 'wide',
      cell: n => (
        <Go to={n.message.path}>
          <Said>{n.title}</Said>
        </Go>
      ),
    },
    { key: 'attempts', header: t('notice.attempts'), number: true, cell: n => number(n.attempts) },
    {
      key: 'error',
      header: t('notice.error'),
      className: n => (n.lastError === undefined ? undefined : 'wide'),
      cell: n => (
        <>
          {n.lastError === undefined ? '–' : <Said>{n.lastError}</Said>}
          {may.edit && n.state === 'failed' && <Retry notice={n} project={project.name} />}
        </>
      ),
    },
  ]
  return <Table caption={t('nav.notifications')} columns={columns} rows={notices} rowKey={n => n.id} />
}

function Retry({ notice, project }: { readonly notice: Notification; readonly project: string }) {
  const { t } = useWords()
  return (
    <div className="below">
      <ReasonDialog
        verb={t('notice.retry')}
        title={t('notice.retryTitle')}
        effect={<p>{t('notice.retryEffect', { channel: notice.channel })}</p>}
        noReason
        run={() =>
          send('POST', `${queries.notificationsAt(project)}/${encodeURIComponent(notice.id)}/retry`, undefined)
        }
      />
    </div>
  )
}
