/** The sections `watch` and `act` of falconer.yaml: monitors, and what follows from their alarms. */
import { type MonitorConfig, monitorName, type PolicyRule, type TrainConfig } from './project.ts'
import type { Place, YamlReader } from './yamlReader.ts'

const day = 86_400_000
const year = 365 * day
const charted = ['observed - expected', 'auc', 'log_loss', 'brier', 'rmse', 'mae'] as const

export function readWatch(read: YamlReader, place: Place | undefined, task: TrainConfig['task']): MonitorConfig[] {
  if (!place) return defaultMonitors(task)
  const monitors = read.list(place).flatMap(item => readMonitor(read, item) ?? [])
  const names = new Set<string>()
  for (const monitor of monitors) {
    const called = monitorName(monitor)
    if (names.has(called)) read.wrong(place, `watch has two monitors of ${called}`)
    names.add(called)
  }
  return monitors
}

function defaultMonitors(task: TrainConfig['task']): MonitorConfig[] {
  const measures =
    task === 'binary'
      ? (['observed - expected', 'auc', 'log_loss', 'brier'] as const)
      : (['observed - expected', 'rmse', 'mae'] as const)
  return [
    ...measures.map(of => chartOf(of)),
    { kind: 'drift', drift: 'features', everyMs: day, latenessMs: 0, falseAlarms: 0.01 },
  ]
}

function chartOf(of: (typeof charted)[number]): MonitorConfig & { readonly kind: 'chart' } {
  return {
    kind: 'chart',
    chart: 'ewma',
    of,
    everyMs: day,
    latenessMs: day,
    arl0: 500,
    lambda: 0.2,
    side: of === 'observed - expected' ? 'both' : of === 'auc' ? 'lower' : 'upper',
  }
}

function readMonitor(read: YamlReader, place: Place): MonitorConfig | undefined {
  const fields = read.fields(place, [
    'chart',
    'of',
    'drift',
    'every',
    'lateness',
    'arl0',
    'lambda',
    'side',
    'false_alarms',
  ])
  if (!fields) return undefined
  const everyMs = read.duration(fields.get('every')) ?? day
  if (everyMs !== day) read.wrong(fields.get('every')!, 'windows are local days: write 1 day, or leave it out')
  const drift = fields.get('drift')
  if (drift) {
    for (const key of ['chart', 'of', 'arl0', 'lambda', 'side']) {
      const odd = fields.get(key)
      if (odd) read.wrong(odd, `${key} belongs to a chart, not to drift`)
    }
    const rate = read.rate(fields.get('false_alarms')) ?? { count: 1, perMs: 100 * day }
    return {
      kind: 'drift',
      drift: read.choice(drift, ['features', 'prediction']) ?? 'features',
      everyMs,
      latenessMs: read.duration(fields.get('lateness')) ?? 0,
      falseAlarms: (rate.count * everyMs) / rate.perMs,
    }
  }
  const of = read.choice(read.need(fields, 'of', `say what is charted: ${charted.join(', ')}`), charted)
  const chart = read.choice(fields.get('chart'), ['ewma', 'shewhart']) ?? 'ewma'
  if (of === undefined) return undefined
  const defaults = chartOf(of)
  return {
    ...defaults,
    chart,
    everyMs,
    latenessMs: read.duration(fields.get('lateness')) ?? defaults.latenessMs,
    arl0: read.number(fields.get('arl0'), 2, 1e6) ?? defaults.arl0,
    lambda: read.number(fields.get('lambda'), 0.001, 1) ?? defaults.lambda,
    side: read.choice(fields.get('side'), ['both', 'upper', 'lower']) ?? defaults.side,
  }
}

export function readAct(read: YamlReader, place: Place | undefined, watch: readonly MonitorConfig[]): PolicyRule[] {
  const names = watch.map(monitorName)
  if (!place) return defaultRules(names)
  return read.list(place).flatMap(item => readPolicyRule(read, item, names) ?? [])
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

function readPolicyRule(read: YamlReader, place: Place, names: readonly string[]): PolicyRule | undefined {
  const fields = read.fields(place, ['on', 'do', 'cooldown', 'budget', 'approval'])
  if (!fields) return undefined
  const onPlace = read.need(fields, 'on', `name the monitors: ${names.join(', ')}`)
  const action = read.choice(read.need(fields, 'do', 'retrain, notify or rollback'), ['retrain', 'notify', 'rollback'])
  const on = read.list(onPlace).flatMap(item => read.choice(item, names) ?? [])
  if (!onPlace || action === undefined) return undefined
  const defaults = ruleDefaults(action)
  return {
    on,
    do: action,
    cooldownMs: read.duration(fields.get('cooldown')) ?? defaults.cooldownMs,
    budget: read.rate(fields.get('budget')) ?? defaults.budget,
    approval: read.choice(fields.get('approval'), ['none', 'promote']) ?? defaults.approval,
  }
}
