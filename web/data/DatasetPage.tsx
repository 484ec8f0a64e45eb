/** One dataset: its versions, and of the newest the contract, the schema and the rows kept from training. */
import { useQuery } from '@tanstack/react-query'
import * as queries from '../api/queries.ts'
import type { DatasetVersion, Project } from '../api/wire.ts'
import { useWords } from '../language/language.tsx'
import type { PlainKey } from '../language/words.ts'
import { Digest } from '../parts/Digest.tsx'
import { Go } from '../parts/Go.tsx'
import { LoadedPage } from '../parts/Loaded.tsx'
import { Empty, Page, Panel } from '../parts/Page.tsx'
import { StateMark } from '../parts/StateMark.tsx'
import { type Column, Table } from '../parts/Table.tsx'
import { Time } from '../parts/Time.tsx'
import { paths } from '../paths.ts'
import { ContractState } from './DatasetsPage.tsx'

type Check = DatasetVersion['contract'][number]

const thenKey: Readonly<Record<Check['then'], PlainKey>> = {
  warn: 'contract.warn',
  blank: 'contract.blank',
  quarantine: 'contract.quarantine',
  fail: 'contract.fail',
}

export function DatasetPage({ project, name }: { readonly project: Project; readonly name: string }) {
  const { t, number } = useWords()
  const query = useQuery(queries.datasetVersions(project.name, name))
  return (
    <LoadedPage query={query}>
      {({ items }) => {
        const newest = items[0]
        const eyebrow = <Go to={paths.datasets(project.name)}>{t('nav.datasets')}</Go>
        if (newest === undefined) {
          return (
            <Page title={name} eyebrow={eyebrow} heading={name}>
              <Panel>
                <Empty command="falconer apply">{t('dataset.empty')}</Empty>
              </Panel>
            </Page>
          )
        }
        return (
          <Page
            title={t('dataset.title', { dataset: name, version: newest.version })}
            eyebrow={eyebrow}
            heading={name}
            lead={
              <>
                {t('dataset.lead', { version: newest.version, rows: number(newest.rows) })}{' '}
                <ContractState version={newest} />
              </>
            }
          >
            <Panel title={t('datasets.contract')} note={t('dataset.contractNote')}>
              <Contract version={newest} />
            </Panel>
            <div className="columns">
              <Panel title={t('dataset.schema')}>
                <Table
                  caption={t('dataset.schema')}
                  rows={newest.schema}
                  rowKey={c => c.name}
                  columns={[
                    { key: 'name', header: t('drift.column'), heads: true, cell: c => <code>{c.name}</code> },
                    { key: 'kind', header: t('dataset.kind'), cell: c => <span lang="en">{c.kind}</span> },
                  ]}
                />
              </Panel>
              <Panel title={t('dataset.versions')}>
                <Versions versions={items} />
              </Panel>
            </div>
            {newest.quarantined.rows > 0 && (
              <Panel title={t('dataset.quarantine', { n: newest.quarantined.rows })} note={t('dataset.quarantineNote')}>
                <Quarantine project={project.name} version={newest} />
              </Panel>
            )}
          </Page>
        )
      }}
    </LoadedPage>
  )
}

function Contract({ version }: { readonly version: DatasetVersion }) {
  const { t, number } = useWords()
  const columns: Column<Check>[] = [
    { key: 'check', header: t('contract.check'), heads: true, cell: c => <span lang="en">{c.check}</span> },
    {
      key: 'status',
      header: t('contract.status'),
      cell: c => (
        <StateMark state={c.status === 'passed' ? 'ok' : c.then === 'fail' ? 'broken' : 'attention'}>
          {c.status === 'passed' ? t('contract.passed') : t('contract.isBreached')}
        </StateMark>
      ),
    },
    { key: 'rows', header: t('contract.rows'), number: true, cell: c => number(c.failingRows) },
    {
      key: 'share',
      header: t('contract.share'),
      number: true,
      cell: c => number(c.failingShare, { style: 'percent', maximumSignificantDigits: 3 }),
    },
    { key: 'then', header: t('contract.then'), cell: c => t(thenKey[c.then]) },
    {
      key: 'examples',
      header: t('contract.examples'),
      cell: c => (c.examples.length === 0 ? '–' : c.examples.map(e => `${e.key}: ${e.value}`).join(' · ')),
      className: () => 'wide',
    },
  ]
  if (version.contract.length === 0) return <p className="muted">{t('contract.none')}</p>
  return (
    <Table
      caption={t('datasets.contract')}
      columns={columns}
      rows={version.contract}
      rowKey={c => `${c.check} ${c.column ?? ''}`}
    />
  )
}

function Versions({ versions }: { readonly versions: readonly DatasetVersion[] }) {
  const { t, number } = useWords()
  const columns: Column<DatasetVersion>[] = [
    { key: 'version', header: t('datasets.version'), heads: true, cell: v => number(v.version) },
    { key: 'rows', header: t('datasets.rows'), number: true, cell: v => number(v.rows) },
    { key: 'source', header: t('dataset.source'), cell: v => v.source.name },
    { key: 'imported', header: t('datasets.imported'), cell: v => <Time at={v.importedAt} detail="day" /> },
    { key: 'digest', header: t('lineage.digest'), cell: v => <Digest value={v.digest} /> },
  ]
  return <Table caption={t('dataset.versions')} columns={columns} rows={versions} rowKey={v => String(v.version)} />
}

const shownColumns = 8

function Quarantine({ project, version }: { readonly project: string; readonly version: DatasetVersion }) {
  const { t } = useWords()
  const query = useQuery(queries.quarantine(project, version.dataset, version.version))
  return (
    <LoadedPage query={query}>
      {({ items }) => {
        const names = Object.keys(items[0] ?? {}).slice(0, shownColumns)
        const rows = items.map((row, i) => ({ row, key: String(i) }))
        return (
          <Table
            caption={t('dataset.quarantine', { n: version.quarantined.rows })}
            rows={rows}
            rowKey={r => r.key}
            columns={names.map(name => ({
              key: name,
              header: <code>{name}</code>,
              cell: ({ row }: (typeof rows)[number]) =>
                row[name] === null || row[name] === undefined ? '–' : String(row[name]),
            }))}
          />
        )
      }}
    </LoadedPage>
  )
}
