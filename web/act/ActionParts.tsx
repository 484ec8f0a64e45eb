/** Diagnosis, steps with their evidence, and what a person can decide: shown by the action's page and by its alarm's. */
import { useQuery } from '@tanstack/react-query'
import { send } from '../api/client.ts'
import * as queries from '../api/queries.ts'
import type { Action } from '../api/wire.ts'
import { useWords } from '../language/language.tsx'
import { actionKindKey, adviceKey, isRunning, stepKey, verdictKey } from '../language/vocabulary.ts'
import { Digest } from '../parts/Digest.tsx'
import { Panel, Said } from '../parts/Page.tsx'
import { ReasonDialog } from '../parts/ReasonDialog.tsx'
import { StateMark } from '../parts/StateMark.tsx'
import { useMay } from '../parts/useMay.ts'
import { ActionSteps } from './ActionSteps.tsx'
import { Found } from './Found.tsx'

export function DiagnosisPanel({ action }: { readonly action: Action }) {
  const { t } = useWords()
  if (!action.diagnosis) return null
  return (
    <Panel title={t('diagnosis.title')}>
      <DiagnosisText diagnosis={action.diagnosis} />
    </Panel>
  )
}

/** The verdict, what follows from it, the reason that decided, and the rules that were looked at besides. */
export function DiagnosisText({ diagnosis }: { readonly diagnosis: NonNullable<Action['diagnosis']> }) {
  const { t } = useWords()
  const [deciding, ...others] = diagnosis.reasons
  return (
    <>
      <p>
        <StateMark
          state={diagnosis.advice === 'retrain' ? 'ok' : diagnosis.advice === 'block' ? 'broken' : 'attention'}
        >
          <strong>{t(verdictKey[diagnosis.verdict])}</strong>
        </StateMark>
        {diagnosis.column !== undefined && (
          <>
            {' '}
            <code>{diagnosis.column}</code>
          </>
        )}{' '}
        → {t(adviceKey[diagnosis.advice])}
      </p>
      <p>
        <Said>{deciding}</Said>
      </p>
      {others.length > 0 && (
        <details className="alternative">
          <summary>{t('diagnosis.others', { n: others.length })}</summary>
          <ul className="plain small" lang="en">
            {others.map(reason => (
              <li key={reason}>{reason}</li>
            ))}
          </ul>
        </details>
      )}
    </>
  )
}

export function StepsPanel({ action }: { readonly action: Action }) {
  const { t } = useWords()
  const found = action.steps.filter(step => step.found !== undefined)
  return (
    <Panel title={t('steps.title')}>
      <ActionSteps action={action} />
      {found.map(step => (
        <details key={`${step.name} ${step.startedAt}`} className="alternative evidence">
          <summary>
            {t('steps.evidence', { step: t(stepKey[step.name]) })} <Digest value={step.evidence} />
          </summary>
          <Found value={step.found} />
        </details>
      ))}
    </Panel>
  )
}

/** Buttons for what can be decided now. */
export function Decisions({ action, project }: { readonly action: Action; readonly project: string }) {
  const { t } = useWords()
  const may = useMay()
  const version = useQuery({
    ...queries.version(project, action.model, action.candidate ?? ''),
    enabled: action.state === 'waiting for approval' && action.candidate !== undefined,
  })
  // Before anything is made, the decision is about what the diagnosis found.
  const digest = version.data?.digest ?? action.products.diagnosis ?? ''
  const { candidate, champion = '–' } = action
  const kind = t(actionKindKey[action.kind])
  const at = `/v1/projects/${encodeURIComponent(project)}/actions/${encodeURIComponent(action.id)}`
  if (!isRunning(action) || !may.edit) return null
  return (
    <>
      {action.state === 'waiting for approval' && digest !== '' && (
        <>
          <ReasonDialog
            primary
            verb={t('approve.verb')}
            title={
              candidate === undefined ? t('approveStart.title', { kind }) : t('approve.title', { version: candidate })
            }
            effect={
              <p>
                {candidate === undefined
                  ? t('approveStart.effect')
                  : t('approve.effect', { version: candidate, champion })}{' '}
                <Digest value={digest} />
              </p>
            }
            run={reason => send('POST', `${at}/approve`, { digest, reason })}
          />
          <ReasonDialog
            verb={t('reject.verb')}
            title={
              candidate === undefined ? t('rejectStart.title', { kind }) : t('reject.title', { version: candidate })
            }
            effect={
              <p>
                {candidate === undefined ? t('rejectStart.effect', { champion }) : t('reject.effect', { champion })}
              </p>
            }
            run={reason => send('POST', `${at}/reject`, { digest, reason })}
          />
        </>
      )}
      <ReasonDialog
        danger
        verb={t('cancel.verb')}
        title={t('cancel.title')}
        effect={<p>{t('cancel.effect', { champion })}</p>}
        run={reason => send('POST', `${at}/cancel`, { reason })}
      />
    </>
  )
}
