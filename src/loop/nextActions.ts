/** What a person can do about an alarm now, the best first, and why something cannot be done. */
import type { Action, Alarm, Endpoint, Project } from './records.ts'
import { stamp } from './records.ts'
import { isFinished } from './transitions.ts'

export type NextDo =
  | 'look at the action'
  | 'acknowledge'
  | 'roll back'
  | 'retrain'
  | 'recalibrate'
  | 'threshold'
  | 'fallback'
  | 'snooze'
  | 'resolve'

export interface NextAction {
  readonly do: NextDo
  /** One sentence: what it leads to. */
  readonly text: string
  readonly allowed: boolean
  /** Where it is not allowed. */
  readonly why?: string
}

export interface NextQuestion {
  readonly alarm: Pick<Alarm, 'state'>
  readonly project: Pick<Project, 'config' | 'killSwitch'>
  readonly endpoint: Pick<Endpoint, 'routes' | 'previous'> | undefined
  /** The action that the alarm led to, if it led to one. */
  readonly answer?: Pick<Action, 'diagnosis'> | undefined
  /** Actions of the model, in any order. */
  readonly actions: readonly Action[]
}

export function nextActions({ alarm, project, endpoint, answer, actions }: NextQuestion): NextAction[] {
  if (alarm.state === 'resolved') return []
  const { config, killSwitch } = project
  const running = actions.find(action => !isFinished(action))
  const live = endpoint?.routes.find(({ mode }) => mode === 'live')?.semver
  const busy = killSwitch.on
    ? `The kill switch is on: ${killSwitch.reason}`
    : running && `An action of ${stamp(running.startedAt)} is ${running.state}; a model has one at a time.`
  const step = (what: NextDo, text: string, why?: string): NextAction => ({
    do: what,
    text,
    allowed: why === undefined,
    ...(why !== undefined && { why }),
  })
  const back = [
    step(
      'roll back',
      endpoint?.previous
        ? `${endpoint.previous.semver} answers again at once.`
        : 'The version before answers again at once.',
      endpoint?.previous ? undefined : `${live ?? 'It'} is the first version; there is none to go back to.`,
    ),
  ]
  const make = [
    step(
      'retrain',
      'A candidate is trained on the newest rows and has to pass the gate, the rollout and the verification.',
      busy,
    ),
    ...(config.train.task === 'binary'
      ? [
          step(
            'recalibrate',
            'The live version keeps its ranking and gets a new curve of probabilities; it has to pass the same gate.',
            busy,
          ),
        ]
      : []),
    ...(config.deploy.decision?.kind === 'costs'
      ? [
          step(
            'threshold',
            'The live version answers the same and says yes from the output on at which mistakes cost least; through the same gate.',
            busy,
          ),
        ]
      : []),
    ...(config.deploy.fallback
      ? [
          step(
            'fallback',
            `The fallback ${config.deploy.fallback} answers at once.`,
            config.deploy.fallback === live ? 'It answers already.' : undefined,
          ),
        ]
      : []),
  ]
  // A version that went live lately is the first suspect; what was live long is seldom at fault by itself.
  const ordered = answer?.diagnosis?.advice === 'rollback' ? [...back, ...make] : [...make, ...back]
  return [
    ...(running ? [step('look at the action', `It is ${running.state}.`)] : []),
    ...(alarm.state === 'open'
      ? [step('acknowledge', 'Others see that somebody is on it; nobody is told again.')]
      : []),
    ...ordered,
    step('snooze', 'Nobody is told of it and nothing is started until then.'),
    step('resolve', 'The alarm ends; its monitor may raise another one.'),
  ]
}
