/** The section `act` of falconer.yaml: what follows from the alarms of the monitors. */
import type { MonitorConfig } from './monitor.ts'
import type { DeployConfig, PolicyRule, TrainConfig } from './project.ts'
import { type Place, scalar, type YamlReader } from './yamlReader.ts'

const day = 86_400_000
const year = 365 * day
const choices = ['retrain', 'recalibrate', 'threshold', 'rollback', 'fallback', 'ask', 'notify'] as const

/** What the other sections say that rules may rest on. */
interface Given extends Pick<DeployConfig, 'fallback' | 'decision'> {
  readonly task: TrainConfig['task']
}

export function readAct(
  read: YamlReader,
  place: Place | undefined,
  watch: readonly MonitorConfig[],
  given: Given,
): PolicyRule[] {
  const names = watch.map(({ name }) => name)
  if (!place) return defaultRules(names)
  return read.list(place).flatMap(item => readPolicyRule(read, item, names, given) ?? [])
}

/** Retrain where the model is wrong; tell a person of the rest. */
function defaultRules(names: readonly string[]): PolicyRule[] {
  const retrain = names.filter(candidate => ['observed - expected', 'auc', 'rmse'].includes(candidate))
  const notify = names.filter(candidate => !retrain.includes(candidate))
  return [
    ...(retrain.length > 0 ? [{ ...ruleDefaults('retrain'), on: retrain }] : []),
    ...(notify.length > 0 ? [{ ...ruleDefaults('notify'), on: notify }] : []),
  ]
}

function ruleDefaults(action: PolicyRule['do']): Omit<PolicyRule, 'on'> {
  return {
    do: action,
    cooldownMs: action === 'notify' ? 0 : 14 * day,
    budget: action === 'notify' ? { count: 1000, perMs: year } : { count: 12, perMs: year },
    approval: 'none',
  }
}

function readPolicyRule(
  read: YamlReader,
  place: Place,
  names: readonly string[],
  { fallback, decision, task }: Given,
): PolicyRule | undefined {
  const fields = read.fields(place, ['on', 'do', 'cooldown', 'budget', 'approval', 'window'])
  if (!fields) return undefined
  const onPlace = read.need(fields, 'on', `name the monitors: ${names.join(', ')}`)
  const doPlace = read.need(fields, 'do', choices.join(', '))
  const choice = read.choice(doPlace, choices)
  const on = read.list(onPlace).flatMap(item => read.choice(item, names) ?? [])
  if (!onPlace || choice === undefined) return undefined
  // To ask is to retrain when a person has said so.
  const action = choice === 'ask' ? 'retrain' : choice
  if (action === 'fallback' && fallback === undefined) {
    read.wrong(doPlace!, 'do: fallback needs deploy.fallback, the version that takes over')
  }
  if (action === 'recalibrate' && task !== 'binary') {
    read.wrong(doPlace!, 'do: recalibrate corrects probabilities, but the model predicts numbers: retrain it instead')
  }
  if (action === 'threshold' && decision?.kind !== 'costs') {
    read.wrong(
      doPlace!,
      'do: threshold needs deploy.decision with false_positive and false_negative, what mistakes cost',
    )
  }
  const window = fields.get('window')
  if (window && action !== 'retrain') read.wrong(window, `window belongs to retrain, not to ${action}`)
  const windowMs = window && (scalar(window) === 'all' ? 'all' : read.duration(window, ['last']))
  const approvalPlace = fields.get('approval')
  const approval = read.choice(approvalPlace, ['none', 'start', 'promote'])
  const makesNothing = action === 'notify' || action === 'rollback' || action === 'fallback'
  if (approvalPlace && approval !== 'none' && makesNothing) {
    read.wrong(approvalPlace, `${action} makes nothing that a person could look at first`)
  }
  const defaults = ruleDefaults(action)
  return {
    on,
    do: action,
    cooldownMs: read.duration(fields.get('cooldown')) ?? defaults.cooldownMs,
    budget: read.rate(fields.get('budget')) ?? defaults.budget,
    approval: choice === 'ask' ? 'start' : (approval ?? defaults.approval),
    ...(windowMs !== undefined && { windowMs }),
  }
}
