/** One attempt to mend a model. */
import { useQuery } from '@tanstack/react-query'
import * as queries from '../api/queries.ts'
import { type Project, shortId } from '../api/wire.ts'
import { useWords } from '../language/language.tsx'
import { actionKindKey, actionMark, actionStateKey } from '../language/vocabulary.ts'
import { Go } from '../parts/Go.tsx'
import { LoadedPage } from '../parts/Loaded.tsx'
import { Page, Panel, Said } from '../parts/Page.tsx'
import { StateMark } from '../parts/StateMark.tsx'
import { Time } from '../parts/Time.tsx'
import { paths } from '../paths.ts'
import { Decisions, DiagnosisPanel, StepsPanel } from './ActionParts.tsx'

export function ActionPage({ project, id }: { readonly project: Project; readonly id: string }) {
  const { t } = useWords()
  const query = useQuery(queries.action(project.name, id))
  return (
    <LoadedPage query={query}>
      {action => {
        const kind = t(actionKindKey[action.kind])
        const state = t(actionStateKey[action.state])
        return (
          <Page
            title={t('actionPage.title', { kind, state })}
            eyebrow={<Go to={paths.actions(project.name)}>{t('nav.actions')}</Go>}
            heading={t('actionPage.heading', { kind, model: action.model })}
            lead={
              <>
                <StateMark state={actionMark[action.state]}>{state}</StateMark> · <Time at={action.startedAt} />{' '}
                <Said>{action.outcome}</Said>
              </>
            }
            actions={<Decisions action={action} project={project.name} />}
          >
            <div className="columns">
              <Panel title={t('actionPage.facts')}>
                <dl className="facts">
                  <dt>{t('actionPage.trigger')}</dt>
                  <dd>
                    {action.trigger.alarm === undefined ? (
                      action.trigger.by
                    ) : (
                      <Go to={paths.alarm(project.name, shortId(action.trigger.alarm))}>{t('actionPage.byAlarm')}</Go>
                    )}
                  </dd>
                  <dt>{t('actionPage.champion')}</dt>
                  <dd>
                    {action.champion === undefined ? (
                      '–'
                    ) : (
                      <VersionLink project={project.name} model={action.model} semver={action.champion} />
                    )}
                  </dd>
                  <dt>{t('actionPage.candidate')}</dt>
                  <dd>
                    {action.candidate === undefined ? (
                      '–'
                    ) : (
                      <VersionLink project={project.name} model={action.model} semver={action.candidate} />
                    )}
                  </dd>
                  {action.champion !== undefined && action.candidate !== undefined && (
                    <>
                      <dt>{t('actionPage.difference')}</dt>
                      <dd>
                        <Go to={paths.compare(project.name, action.model, action.champion, action.candidate)}>
                          {t('actionPage.compare')}
                        </Go>
                      </dd>
                    </>
                  )}
                  <dt>{t('actionPage.finished')}</dt>
                  <dd>{action.finishedAt === undefined ? t('actionPage.goesOn') : <Time at={action.finishedAt} />}</dd>
                </dl>
              </Panel>
              <DiagnosisPanel action={action} />
            </div>
            <StepsPanel action={action} />
          </Page>
        )
      }}
    </LoadedPage>
  )
}

export function VersionLink({
  project,
  model,
  semver,
}: {
  readonly project: string
  readonly model: string
  readonly semver: string
}) {
  return <Go to={paths.version(project, model, semver)}>{semver}</Go>
}
