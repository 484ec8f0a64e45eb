/** All attempts to mend the model, newest first, and the switch that stops them. */
import { useQuery } from '@tanstack/react-query'
import { send } from '../api/client.ts'
import * as queries from '../api/queries.ts'
import { type Action, type Project, shortId } from '../api/wire.ts'
import { useWords } from '../language/language.tsx'
import { actionKindKey, actionMark, actionStateKey } from '../language/vocabulary.ts'
import { Go } from '../parts/Go.tsx'
import { LoadedPage } from '../parts/Loaded.tsx'
import { Empty, Page, Panel, Said } from '../parts/Page.tsx'
import { ReasonDialog } from '../parts/ReasonDialog.tsx'
import { StateMark } from '../parts/StateMark.tsx'
import { type Column, Table } from '../parts/Table.tsx'
import { Time } from '../parts/Time.tsx'
import { useMay } from '../parts/useMay.ts'
import { paths } from '../paths.ts'
import { VersionLink } from './ActionPage.tsx'

export function ActionsPage({ project }: { readonly project: Project }) {
  const { t } = useWords()
  const query = useQuery(queries.actions(project.name))
  const columns: Column<Action>[] = [
    {
      key: 'started',
      header: t('actions.started'),
      heads: true,
      cell: a => (
        <Go to={paths.action(project.name, a.id)}>
          <Time at={a.startedAt} />
        </Go>
      ),
    },
    { key: 'kind', header: t('actions.kind'), cell: a => t(actionKindKey[a.kind]) },
    {
      key: 'state',
      header: t('actions.state'),
      cell: a => <StateMark state={actionMark[a.state]}>{t(actionStateKey[a.state])}</StateMark>,
    },
    {
      key: 'trigger',
      header: t('actions.trigger'),
      cell: a =>
        a.trigger.alarm === undefined ? (
          a.trigger.by
        ) : (
          <Go to={paths.alarm(project.name, shortId(a.trigger.alarm))}>{t('actions.alarm')}</Go>
        ),
    },
    {
      key: 'candidate',
      header: t('actions.candidate'),
      cell: a =>
        a.candidate === undefined ? '–' : <VersionLink project={project.name} model={a.model} semver={a.candidate} />,
    },
    { key: 'outcome', header: t('actions.outcome'), cell: a => <Said>{a.outcome}</Said>, className: () => 'wide' },
  ]
  return (
    <LoadedPage query={query}>
      {({ items }) => (
        <Page
          title={t('actions.title', { n: items.length })}
          heading={t('actions.title', { n: items.length })}
          lead={t('actions.lead')}
          actions={<KillSwitch project={project} />}
        >
          <Panel>
            {items.length === 0 ? (
              <Empty command={`falconer train --project ${project.name}`}>{t('actions.empty')}</Empty>
            ) : (
              <Table caption={t('nav.actions')} columns={columns} rows={items} rowKey={a => a.id} />
            )}
          </Panel>
        </Page>
      )}
    </LoadedPage>
  )
}

function KillSwitch({ project }: { readonly project: Project }) {
  const { t } = useWords()
  const may = useMay()
  const on = project.killSwitch?.on ?? false
  if (!may.edit) return null
  return (
    <ReasonDialog
      danger={!on}
      verb={on ? t('killSwitch.off') : t('killSwitch.on')}
      title={on ? t('killSwitch.off') : t('killSwitch.on')}
      effect={<p>{on ? t('killSwitch.offEffect') : t('killSwitch.onEffect')}</p>}
      run={reason => send('PUT', `/v1/projects/${encodeURIComponent(project.name)}/kill-switch`, { on: !on, reason })}
    />
  )
}
