/** The steps of an action in order: what was done, when, and what it found, in words. */
import { type Action, instant } from '../api/wire.ts'
import { useWords } from '../language/language.tsx'
import { stepKey } from '../language/vocabulary.ts'
import { Said } from '../parts/Page.tsx'
import { StateMark } from '../parts/StateMark.tsx'
import { Time } from '../parts/Time.tsx'
import './act.css'

const mark = { running: 'busy', done: 'ok', failed: 'broken' } as const

export function ActionSteps({ action, compact = false }: { readonly action: Action; readonly compact?: boolean }) {
  const { t } = useWords()
  if (action.steps.length === 0) return <p className="muted">{t('steps.none')}</p>
  return (
    <ol className={compact ? 'steps compact' : 'steps'} aria-label={t('steps.title')}>
      {action.steps.map(step => (
        <li key={`${step.name} ${step.startedAt}`}>
          <div className="step-name">
            <StateMark state={mark[step.state]}>{t(stepKey[step.name])}</StateMark>
            <span className="hidden-visually">
              {step.state === 'running'
                ? t('steps.running')
                : step.state === 'failed'
                  ? t('steps.failed')
                  : t('steps.done')}
            </span>
          </div>
          <div>
            <Said>{step.summary}</Said>
            {!compact && (
              <p className="muted small">
                <Time at={step.startedAt} />
                {step.finishedAt !== undefined && instant(step.finishedAt) > instant(step.startedAt) && (
                  <>
                    {' '}
                    · <Duration ms={instant(step.finishedAt) - instant(step.startedAt)} />
                  </>
                )}
              </p>
            )}
          </div>
        </li>
      ))}
    </ol>
  )
}

const units = [
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
  ['second', 1000],
] as const

function Duration({ ms }: { readonly ms: number }) {
  const { number } = useWords()
  const [unit, length] = units.find(([, l]) => ms >= l) ?? units[3]
  return (
    <>{number(ms / length, { style: 'unit', unit, unitDisplay: 'long', maximumFractionDigits: ms < 1000 ? 1 : 0 })}</>
  )
}
