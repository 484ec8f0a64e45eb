/** The datasets of a project, the newest version of each with what its contract found. */
import { useQuery } from '@tanstack/react-query'
import * as queries from '../api/queries.ts'
import type { DatasetVersion, Project } from '../api/wire.ts'
import { useWords } from '../language/language.tsx'
import { Digest } from '../parts/Digest.tsx'
import { Go } from '../parts/Go.tsx'
import { LoadedPage } from '../parts/Loaded.tsx'
import { Empty, Page, Panel } from '../parts/Page.tsx'
import { StateMark } from '../parts/StateMark.tsx'
import { type Column, Table } from '../parts/Table.tsx'
import { Time } from '../parts/Time.tsx'
import { paths } from '../paths.ts'

export function DatasetsPage({ project }: { readonly project: Project }) {
  const { t, number } = useWords()
  const query = useQuery(queries.datasets(project.name))
  const columns: Column<DatasetVersion>[] = [
    {
      key: 'name',
      header: t('datasets.dataset'),
      heads: true,
      cell: d => <Go to={paths.dataset(project.name, d.dataset)}>{d.dataset}</Go>,
    },
    { key: 'version', header: t('datasets.version'), number: true, cell: d => number(d.version) },
    { key: 'rows', header: t('datasets.rows'), number: true, cell: d => number(d.rows) },
    { key: 'columns', header: t('datasets.columns'), number: true, cell: d => number(d.schema.length) },
    { key: 'contract', header: t('datasets.contract'), cell: d => <ContractState version={d} /> },
    { key: 'blanked', header: t('datasets.blanked'), number: true, cell: d => number(d.blankedCells) },
    { key: 'quarantined', header: t('datasets.quarantined'), number: true, cell: d => number(d.quarantined.rows) },
    { key: 'imported', header: t('datasets.imported'), cell: d => <Time at={d.importedAt} /> },
    { key: 'digest', header: t('lineage.digest'), cell: d => <Digest value={d.digest} /> },
  ]
  return (
    <LoadedPage query={query}>
      {({ items }) => {
        const breached = items.flatMap(d => d.contract).filter(c => c.status === 'breached').length
        const heading =
          breached === 0 ? t('datasets.kept', { n: items.length }) : t('datasets.breached', { n: breached })
        return (
          <Page
            title={`${t('nav.datasets')} – ${heading}`}
            eyebrow={t('nav.datasets')}
            heading={heading}
            lead={t('datasets.lead')}
          >
            <Panel>
              {items.length === 0 ? (
                <Empty command="falconer apply">{t('datasets.empty')}</Empty>
              ) : (
                <Table caption={t('nav.datasets')} columns={columns} rows={items} rowKey={d => d.dataset} />
              )}
            </Panel>
          </Page>
        )
      }}
    </LoadedPage>
  )
}

export function ContractState({ version }: { readonly version: DatasetVersion }) {
  const { t } = useWords()
  const breached = version.contract.filter(c => c.status === 'breached')
  if (version.contract.length === 0) return <StateMark state="idle">{t('contract.none')}</StateMark>
  if (breached.length === 0)
    return <StateMark state="ok">{t('contract.kept', { n: version.contract.length })}</StateMark>
  return (
    <StateMark state={breached.some(c => c.then === 'fail') ? 'broken' : 'attention'}>
      {t('contract.breached', { n: breached.length, all: version.contract.length })}
    </StateMark>
  )
}
