/** A model over time: its versions as a change log, newest first, and a way to compare any two. */
import { useQuery } from '@tanstack/react-query'
import { useRouter } from '@tanstack/react-router'
import { useId, useState } from 'react'
import { send } from '../api/client.ts'
import * as queries from '../api/queries.ts'
import type { Model, ModelVersion, Project } from '../api/wire.ts'
import { useWords } from '../language/language.tsx'
import { versionMark, versionStateKey } from '../language/vocabulary.ts'
import { Go } from '../parts/Go.tsx'
import { LoadedPage } from '../parts/Loaded.tsx'
import { Empty, Page, Panel, Said } from '../parts/Page.tsx'
import { ReasonDialog } from '../parts/ReasonDialog.tsx'
import { StateMark } from '../parts/StateMark.tsx'
import { type Column, Table } from '../parts/Table.tsx'
import { Time } from '../parts/Time.tsx'
import { useMay } from '../parts/useMay.ts'
import { paths } from '../paths.ts'
import { headlineMetrics, metricName } from './metrics.ts'

export function ModelPage({ project, name }: { readonly project: Project; readonly name: string }) {
  const { t } = useWords()
  const query = useQuery(queries.model(project.name, name))
  return (
    <LoadedPage query={query}>
      {model => {
        const champion = model.aliases.find(a => a.alias === 'champion')?.semver
        return (
          <Page
            title={champion === undefined ? name : t('model.titleLive', { model: name, version: champion })}
            eyebrow={t('nav.model')}
            heading={name}
            lead={
              champion === undefined
                ? t('model.noChampion')
                : t('model.lead', { version: champion, n: model.versions.length })
            }
            actions={<Train project={project.name} model={name} />}
          >
            {model.versions.length === 0 ? (
              <Panel>
                <Empty command={`falconer train --project ${project.name}`}>{t('model.empty')}</Empty>
              </Panel>
            ) : (
              <>
                <Panel title={t('model.changeLog')}>
                  <Versions model={model} project={project} />
                </Panel>
                {model.versions.length > 1 && (
                  <Panel title={t('compare.title')}>
                    <Compare model={model} project={project.name} />
                  </Panel>
                )}
              </>
            )}
          </Page>
        )
      }}
    </LoadedPage>
  )
}

function Versions({ model, project }: { readonly model: Model; readonly project: Project }) {
  const { t, number } = useWords()
  const metrics = headlineMetrics(model.versions[0]?.metrics ?? {})
  const columns: Column<ModelVersion>[] = [
    {
      key: 'semver',
      header: t('version.version'),
      heads: true,
      cell: v => <Go to={paths.version(project.name, v.model, v.semver)}>{v.semver}</Go>,
    },
    {
      key: 'state',
      header: t('actions.state'),
      cell: v => <StateMark state={versionMark[v.state]}>{t(versionStateKey[v.state])}</StateMark>,
    },
    { key: 'registered', header: t('version.registeredAt'), cell: v => <Time at={v.registeredAt} detail="day" /> },
    { key: 'changes', header: t('version.changes'), cell: v => <Said>{v.changes}</Said>, className: () => 'wide' },
    ...metrics.map(
      (metric): Column<ModelVersion> => ({
        key: metric,
        header: metricName(metric),
        number: true,
        cell: v => number(v.metrics[metric], { minimumFractionDigits: 3, maximumFractionDigits: 3 }),
      }),
    ),
    { key: 'rows', header: t('version.trainedRows'), number: true, cell: v => number(v.lineage.rows) },
  ]
  return (
    <>
      <Table caption={t('model.changeLog')} columns={columns} rows={model.versions} rowKey={v => v.semver} />
      <p className="muted small table-spaced">{t('version.metricsNote')}</p>
    </>
  )
}

function Compare({ model, project }: { readonly model: Model; readonly project: string }) {
  const { t } = useWords()
  const router = useRouter()
  const id = useId()
  const names = model.versions.map(v => v.semver)
  const [a, setA] = useState(names.at(-1)!)
  const [b, setB] = useState(names[0]!)
  const choose = (label: string, value: string, set: (v: string) => void, key: string) => (
    <span>
      <label htmlFor={`${id}-${key}`}>{label}</label>
      <select id={`${id}-${key}`} value={value} onChange={event => set(event.target.value)}>
        {names.map(semver => (
          <option key={semver}>{semver}</option>
        ))}
      </select>
    </span>
  )
  return (
    <form
      className="compare"
      onSubmit={event => {
        event.preventDefault()
        router.history.push(paths.compare(project, model.model, a, b))
      }}
    >
      {choose(t('compare.a'), a, setA, 'a')}
      {choose(t('compare.b'), b, setB, 'b')}
      <button type="submit" disabled={a === b}>
        {t('compare.verb')}
      </button>
    </form>
  )
}

function Train({ project, model }: { readonly project: string; readonly model: string }) {
  const { t } = useWords()
  const may = useMay()
  if (!may.edit) return null
  const at = `/v1/projects/${encodeURIComponent(project)}/models/${encodeURIComponent(model)}/train`
  return (
    <ReasonDialog
      verb={t('train.verb')}
      title={t('train.title')}
      effect={<p>{t('train.effect')}</p>}
      noReason
      run={() => send('POST', at, undefined)}
    />
  )
}
