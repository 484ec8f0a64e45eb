/** The section `deploy` of falconer.yaml. */
import { isMap } from 'yaml'
import type { DecisionConfig } from './decision.ts'
import { type DeployConfig, type LossMetric, lossMetrics, type RolloutStep, type TrainConfig } from './project.ts'
import { name, plainName } from './projectNames.ts'
import { type Place, scalar, type YamlReader } from './yamlReader.ts'

const day = 86_400_000
const version = /^\d+\.\d+\.\d+$/

export function readDeploy(
  read: YamlReader,
  place: Place | undefined,
  model: string,
  { metric, task }: { readonly metric: LossMetric; readonly task: TrainConfig['task'] },
): DeployConfig {
  const fields = place && read.fields(place, ['endpoint', 'rollout', 'verify', 'shadows', 'fallback', 'decision'])
  const verifyPlace = fields?.get('verify')
  const verify = verifyPlace && read.fields(verifyPlace, ['metric', 'for', 'alpha', 'else'])
  const rolloutPlace = fields?.get('rollout')
  const rollout = read.list(rolloutPlace).flatMap(item => readStep(read, item) ?? [])
  if (rolloutPlace && rollout.at(-1)?.kind !== 'live') read.wrong(rolloutPlace, 'deploy.rollout must end with live')
  const shadowsPlace = fields?.get('shadows')
  const shadows = read.texts(shadowsPlace)
  for (const shadow of shadows) {
    if (!version.test(shadow)) read.wrong(shadowsPlace!, `deploy.shadows has ${shadow}, wanted versions such as 1.0.0`)
  }
  const fallbackPlace = fields?.get('fallback')
  const fallback = read.text(fallbackPlace)
  if (fallback !== undefined && !version.test(fallback)) {
    read.wrong(fallbackPlace!, `deploy.fallback is ${fallback}, wanted a version such as 1.0.0`)
  }
  const decision = readDecision(read, fields?.get('decision'), task)
  return {
    endpoint: name(read, fields?.get('endpoint'), plainName) ?? model,
    rollout: rolloutPlace ? rollout : [{ kind: 'canary', share: 0.1, forMs: day }, { kind: 'live' }],
    verify: {
      metric: read.choice(verify?.get('metric'), lossMetrics) ?? metric,
      forMs: read.duration(verify?.get('for')) ?? 7 * day,
      alpha: read.share(verify?.get('alpha')) ?? 0.05,
      else: read.choice(verify?.get('else'), ['return']) ?? 'return',
    },
    shadows,
    ...(fallback !== undefined && { fallback }),
    ...(decision && { decision }),
  }
}

/** `{threshold: 0.3}`, or what a wrong yes and a wrong no cost: `{false_positive: 1, false_negative: 5}`. */
function readDecision(
  read: YamlReader,
  place: Place | undefined,
  task: TrainConfig['task'],
): DecisionConfig | undefined {
  const fields = place && read.fields(place, ['threshold', 'false_positive', 'false_negative'])
  if (!place || !fields) return undefined
  if (task !== 'binary') {
    return read.wrong(place, `${place.what} is about yes and no, but the model predicts numbers: leave it out`)
  }
  const threshold = read.share(fields.get('threshold'))
  const costs = [fields.get('false_positive'), fields.get('false_negative')] as const
  const [falsePositive, falseNegative] = costs.map(cost => read.number(cost, 0, Number.MAX_VALUE))
  if (threshold !== undefined && !costs[0] && !costs[1]) return { kind: 'threshold', threshold }
  if (falsePositive === undefined || falseNegative === undefined || fields.get('threshold')) {
    return read.wrong(place, `${place.what} wants a threshold, or both false_positive and false_negative`)
  }
  if (falsePositive === 0 || falseNegative === 0) {
    return read.wrong(place, `${place.what} has a mistake that costs nothing: wanted two costs of more than 0`)
  }
  return { kind: 'costs', falsePositive, falseNegative }
}

function readStep(read: YamlReader, place: Place): RolloutStep | undefined {
  if (scalar(place) === 'live') return { kind: 'live' }
  if (!isMap(place.node)) {
    return read.wrong(place, `${place.what} wants live, {shadow: 1 day} or {canary: 10 %, for: 1 day}`)
  }
  const fields = read.fields(place, ['shadow', 'canary', 'for'])
  const shadow = fields?.get('shadow')
  if (shadow) {
    const forMs = read.duration(shadow)
    return forMs === undefined ? undefined : { kind: 'shadow', forMs }
  }
  const share = read.share(fields?.get('canary'))
  if (fields && !fields.get('canary')) return read.wrong(place, `${place.what} wants shadow or canary`)
  return share === undefined ? undefined : { kind: 'canary', share, forMs: read.duration(fields?.get('for')) ?? day }
}
