/** The audit log of a project, newest first, and whether its chain of hashes holds. */
import { useInfiniteQuery, useQuery, useQueryClient } from '@tanstack/react-query'
import * as queries from '../api/queries.ts'
import type { AuditEntry, Project } from '../api/wire.ts'
import { useWords } from '../language/language.tsx'
import { Digest } from '../parts/Digest.tsx'
import { Loaded, Trouble } from '../parts/Loaded.tsx'
import { Empty, Page, Panel, Said } from '../parts/Page.tsx'
import { StateMark } from '../parts/StateMark.tsx'
import { type Column, Table } from '../parts/Table.tsx'
import { Time } from '../parts/Time.tsx'

export function AuditPage({ project }: { readonly project: Project }) {
  const { t, number } = useWords()
  const query = useInfiniteQuery(queries.audit(project.name))
  const rows = query.data?.pages.flatMap(page => page.items)
  const columns: Column<AuditEntry>[] = [
    {
      key: 'sequence',
      header: t('audit.sequence'),
      heads: true,
      number: true,
      cell: e => number(e.sequence, { useGrouping: false }),
    },
    { key: 'at', header: t('audit.at'), cell: e => <Time at={e.at} /> },
    { key: 'type', header: t('audit.type'), cell: e => <code>{e.type}</code> },
    { key: 'subject', header: t('audit.subject'), cell: e => e.subject, className: () => 'wide' },
    { key: 'actor', header: t('audit.actor'), cell: e => e.actor },
    { key: 'reason', header: t('audit.reason'), cell: e => <Said>{e.reason}</Said>, className: () => 'wide' },
    { key: 'hash', header: t('audit.hash'), cell: e => <Digest value={e.hash} /> },
  ]
  return (
    <Page title={t('nav.audit')} eyebrow={t('nav.audit')} heading={t('audit.heading')} lead={t('audit.lead')}>
      <Panel title={t('audit.chain')}>
        <Chain />
      </Panel>
      <Panel title={t('audit.entries')}>
        <Loaded query={{ data: rows, error: query.error, isPending: query.isPending }}>
          {list =>
            list.length === 0 ? (
              <Empty command="falconer apply">{t('audit.empty')}</Empty>
            ) : (
              <>
                <Table caption={t('audit.entries')} columns={columns} rows={list} rowKey={e => String(e.sequence)} />
                {query.hasNextPage && (
                  <p>
                    <button
                      type="button"
                      disabled={query.isFetchingNextPage}
                      onClick={() => void query.fetchNextPage()}
                    >
                      {t('list.more')}
                    </button>
                  </p>
                )}
              </>
            )
          }
        </Loaded>
      </Panel>
    </Page>
  )
}

/** The whole chain is read only when asked: it grows with everything that ever happened. */
function Chain() {
  const { t } = useWords()
  const queryClient = useQueryClient()
  const check = useQuery({ ...queries.auditCheck(), enabled: false })
  return (
    <div className="empty">
      {check.error ? (
        <Trouble error={check.error} />
      ) : check.data === undefined ? (
        <p>{t('audit.unchecked')}</p>
      ) : check.data.valid ? (
        <StateMark state="ok">{t('audit.valid', { n: check.data.entries })}</StateMark>
      ) : (
        <StateMark state="broken">{t('audit.broken', { n: check.data.brokenAt ?? 0 })}</StateMark>
      )}
      <div className="actions">
        <button
          type="button"
          disabled={check.isFetching}
          onClick={() => void queryClient.fetchQuery({ ...queries.auditCheck(), staleTime: 0 })}
        >
          {t('audit.check')}
        </button>
      </div>
      <p className="small">
        <code>falconer audit verify</code>
      </p>
    </div>
  )
}
