/** The sections `train` and `gate` of falconer.yaml. */
import { isScalar } from 'yaml'
import { completeRecipe, type RecipeOptions } from '../learn/parameters.ts'
import { type GateConfig, lossMetrics, type RecipeConfig, type TrainConfig } from './project.ts'
import { type Place, scalar, type YamlReader } from './yamlReader.ts'

const hour = 3_600_000
const day = 24 * hour

const recipes = ['boost', 'logistic', 'linear', 'constant'] as const

export function readTrainAndGate(
  read: YamlReader,
  trainPlace: Place | undefined,
  gatePlace: Place | undefined,
): { train: TrainConfig; gate: GateConfig } {
  const train = trainPlace && read.fields(trainPlace, ['recipe', 'task', 'window', 'validate', 'seed'])
  const gate =
    gatePlace &&
    read.fields(gatePlace, [
      'metric',
      'against',
      'rows',
      'confidence',
      'demand',
      'margin',
      'segments',
      'segment_rows',
      'retry',
    ])
  const recipe = readRecipe(read, train?.get('recipe'))
  const metricPlace = gate?.get('metric')
  const chosen = read.choice(metricPlace, lossMetrics)
  const task =
    read.choice(train?.get('task'), ['binary', 'regression']) ??
    (recipe.kind === 'linear' || chosen === 'squared_error' || chosen === 'absolute_error' ? 'regression' : 'binary')
  const metric = chosen ?? (task === 'binary' ? 'log_loss' : 'squared_error')
  const regressionMetric = metric === 'squared_error' || metric === 'absolute_error'
  if (metricPlace && chosen && regressionMetric !== (task === 'regression')) {
    const wanted = task === 'binary' ? 'log_loss or brier' : 'squared_error or absolute_error'
    read.wrong(metricPlace, `gate.metric is ${metric}, but the task is ${task}: wanted ${wanted}`)
  }
  const windowPlace = train?.get('window')
  return {
    train: {
      recipe,
      task,
      windowMs:
        windowPlace && scalar(windowPlace) !== 'all'
          ? (read.duration(windowPlace, ['last', 'newest']) ?? 'all')
          : 'all',
      validateMs: read.duration(train?.get('validate'), ['last', 'newest']) ?? 28 * day,
      seed: read.number(train?.get('seed'), 0, 2 ** 32 - 1) ?? 1,
    },
    gate: {
      metric,
      against: read.choice(gate?.get('against'), ['champion']) ?? 'champion',
      rowsMs: read.duration(gate?.get('rows'), ['newest', 'last']) ?? 14 * day,
      confidence: read.share(gate?.get('confidence')) ?? 0.95,
      demand: read.choice(gate?.get('demand'), ['better', 'not worse']) ?? 'better',
      margin: read.share(gate?.get('margin')) ?? 0.01,
      segments: read.texts(gate?.get('segments')),
      segmentRows: read.number(gate?.get('segment_rows'), 1, Number.MAX_SAFE_INTEGER) ?? 500,
      retryMs: read.duration(gate?.get('retry')) ?? 7 * day,
    },
  }
}

/** `boost`, or with parameters `{boost: {rounds: 300}}`. */
function readRecipe(read: YamlReader, place: Place | undefined): RecipeConfig {
  if (!place) return { kind: 'boost', parameters: {} }
  if (isScalar(place.node)) return { kind: read.choice(place, recipes) ?? 'boost', parameters: {} }
  const fields = read.fields(place, recipes)
  const [entry, second] = fields?.entries ?? []
  if (!entry || second) {
    if (fields) read.wrong(place, `${place.what} wants one recipe: ${recipes.join(', ')}`)
    return { kind: 'boost', parameters: {} }
  }
  const [kind, value] = entry
  const parameters: Record<string, number> = {}
  for (const [key, parameter] of value.node === null ? [] : (read.fields(value)?.entries ?? [])) {
    const given = scalar(parameter)
    try {
      completeRecipe({ kind, [key]: given } as RecipeOptions)
      parameters[key] = given as number
    } catch (error) {
      if (!(error instanceof RangeError)) throw error
      read.wrong(parameter, error.message)
    }
  }
  return { kind: kind as RecipeConfig['kind'], parameters }
}
