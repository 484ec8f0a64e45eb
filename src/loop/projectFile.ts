/**
 * falconer.yaml → ProjectConfig. Everything wrong with the file is reported at once, each with line and column; whatever
 * is left out gets its default, so that a file of five lines is a project.
 */
import { isMap, isScalar } from 'yaml'
import { FalconerError } from '../base/errors.ts'
import { quoted } from '../base/sqlText.ts'
import { isTimeZone } from '../base/time.ts'
import { completeRecipe, type RecipeOptions } from '../learn/parameters.ts'
import {
  type CheckConfig,
  type DatasetConfig,
  type DeployConfig,
  type FeatureConfig,
  type GateConfig,
  type LossMetric,
  type MonitorConfig,
  monitorName,
  type PolicyRule,
  type ProjectConfig,
  type RecipeConfig,
  type RolloutStep,
  type TrainConfig,
} from './project.ts'
import { type Fields, nearest, type Place, scalar, YamlReader } from './yamlReader.ts'

const hour = 3_600_000
const day = 24 * hour
const year = 365 * day

const losses = ['log_loss', 'brier', 'squared_error', 'absolute_error'] as const
const recipes = ['boost', 'logistic', 'linear', 'constant'] as const
const charted = ['observed - expected', 'auc', 'log_loss', 'brier', 'rmse', 'mae'] as const

/** Names that become parts of ids and addresses. */
const plainName = /^[A-Za-z0-9][A-Za-z0-9_.-]*$/
/** Names that become names in SQL. */
const viewName = /^[A-Za-z][A-Za-z0-9_]*$/

/**
 * @param files gives the text of a file beside falconer.yaml (the query), undefined where there is none.
 * Errors: `bad-config` with all findings.
 */
export function parseProject(yaml: string, files: (name: string) => string | undefined): ProjectConfig {
  const read = new YamlReader(yaml, 'falconer.yaml')
  const config = readProject(read, files)
  if (read.findings.length > 0 || !config) {
    const [first] = read.findings
    const more = read.findings.length - 1
    throw new FalconerError(
      'bad-config',
      `${first?.at ?? 'falconer.yaml'}: ${first?.text ?? 'nothing could be read'}${more > 0 ? ` (and ${more} more)` : ''}`,
      { findings: read.findings, fix: 'Correct the places named, and apply again.' },
    )
  }
  return config
}

function readProject(read: YamlReader, files: (name: string) => string | undefined): ProjectConfig | undefined {
  if (read.findings.length > 0) return undefined
  if (read.root.node === null) return read.wrong(read.root, 'falconer.yaml is empty')
  const top = read.fields(read.root, [
    'project',
    'model',
    'timezone',
    'datasets',
    'data',
    'train',
    'gate',
    'deploy',
    'watch',
    'act',
  ])
  if (!top) return undefined

  const project = name(read, read.need(top, 'project', 'every project needs a name'), plainName)
  const model = name(read, top.get('model'), plainName) ?? project
  const timezone = readTimezone(read, top.get('timezone'))
  const data = top.get('data') ?? read.need(top, 'data', 'it says what is predicted: id, time and label')
  const dataFields = data && read.fields(data, ['query', 'source', 'entities', 'id', 'time', 'label'])
  const datasets = readDatasets(read, top.get('datasets'), dataFields)
  const features = dataFields && readFeatures(read, dataFields, datasets, files)
  checkReferences(read, datasets)
  const { train, gate } = readTrainAndGate(read, top.get('train'), top.get('gate'))
  const deploy = readDeploy(read, top.get('deploy'), model ?? '', gate.metric)
  const watch = readWatch(read, top.get('watch'), train.task)
  const act = readAct(read, top.get('act'), watch)
  if (!project || !model || !features) return undefined
  const configs = Object.fromEntries([...datasets].map(([key, { config }]) => [key, config]))
  return { project, model, timezone, datasets: configs, data: features, train, gate, deploy, watch, act }
}

function name(read: YamlReader, place: Place | undefined, pattern: RegExp): string | undefined {
  const text = read.text(place)
  if (text === undefined || pattern.test(text)) return text
  const wanted = pattern === viewName ? 'letters, digits and _' : 'letters, digits, - _ and .'
  return read.wrong(place!, `${place!.what} is ${JSON.stringify(text)}, wanted ${wanted}, a letter first`)
}

function readTimezone(read: YamlReader, place: Place | undefined): string {
  const zone = read.text(place)
  if (place && zone !== undefined && !isTimeZone(zone)) {
    read.wrong(place, `timezone is ${JSON.stringify(zone)}, wanted a name such as Europe/Berlin`)
  }
  return zone ?? 'UTC'
}

// ---------------------------------------------------------------- data

type Datasets = Map<string, { readonly config: DatasetConfig; readonly place: Place }>

function readDatasets(read: YamlReader, place: Place | undefined, data: Fields | undefined): Datasets {
  const datasets: Datasets = new Map()
  for (const [key, value] of (place && read.fields(place))?.entries ?? []) {
    if (!viewName.test(key) || key.toLowerCase() === 'entities') {
      const why =
        key.toLowerCase() === 'entities' ? 'that name is taken by the rows asked for' : 'wanted letters, digits and _'
      read.wrong(value, `a dataset cannot be named ${key}: ${why}`)
      continue
    }
    const config = readDataset(read, value)
    if (config) datasets.set(key, { config, place: value })
  }
  const source = data?.get('source')
  const file = read.text(source)
  if (source && file !== undefined) {
    const key = datasetNameOf(file)
    if (datasets.has(key)) read.wrong(source, `data.source would make a second dataset ${key}`)
    // A table of its own: a row is known from its own time on.
    const time = read.text(data?.get('time'))
    const config = {
      file,
      key: [read.text(data?.get('id')) ?? ''],
      derive: {},
      known: time === undefined ? 'always' : /^[A-Za-z_]\w*$/.test(time) ? time : quoted(time),
      later: {},
      contract: [],
    }
    datasets.set(key, { config, place: source })
  }
  return datasets
}

/** `Customer list.csv` → `customer_list`. */
export function datasetNameOf(file: string): string {
  const stem = file
    .replace(/^.*[/\\]/, '')
    .replace(/\.[^.]*$/, '')
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '_')
    .replaceAll(/^_+|_+$/g, '')
  const named = /^[a-z]/.test(stem) ? stem : `data_${stem}`
  return named === 'entities' ? 'entities_data' : named
}

function readDataset(read: YamlReader, place: Place): DatasetConfig | undefined {
  const fields = read.fields(place, ['file', 'key', 'derive', 'known', 'later', 'contract'])
  if (!fields) return undefined
  const keyPlace = read.need(fields, 'key', 'name the column or columns that tell its rows apart')
  const key = read.texts(keyPlace)
  if (keyPlace && key.length === 0) read.wrong(keyPlace, `${place.what}.key is empty, wanted column names`)
  const file = read.text(fields.get('file'))
  return {
    ...(file === undefined ? {} : { file }),
    key,
    derive: readExpressions(read, fields.get('derive')),
    known: read.text(fields.get('known')) ?? 'always',
    later: readLater(read, fields.get('later')),
    contract: readContract(read, fields.get('contract')),
  }
}

function readExpressions(read: YamlReader, place: Place | undefined): Record<string, string> {
  const entries = (place && read.fields(place))?.entries ?? []
  return Object.fromEntries(
    entries.flatMap(([key, value]) => {
      const text = read.text(value)
      return text === undefined ? [] : [[key, text]]
    }),
  )
}

function readLater(read: YamlReader, place: Place | undefined): Record<string, readonly string[]> {
  const entries = (place && read.fields(place))?.entries ?? []
  return Object.fromEntries(entries.map(([key, value]) => [key, read.texts(value)]))
}

const ruleNames = ['not null', 'unique', 'between', 'in', 'matches', 'refers to', 'sql'] as const
type RuleName = (typeof ruleNames)[number]

function readContract(read: YamlReader, place: Place | undefined): CheckConfig[] {
  const checks = read.list(place).flatMap(item => readCheck(read, item) ?? [])
  const names = new Set<string>()
  for (const check of checks) {
    if (names.has(check.name)) read.wrong(place!, `two checks are named ${check.name}; give one of them a name:`)
    names.add(check.name)
  }
  return checks
}

function readCheck(read: YamlReader, place: Place): CheckConfig | undefined {
  const fields = read.fields(place, ['name', 'column', ...ruleNames, 'then', 'tolerance'])
  if (!fields) return undefined
  const [kind, second] = ruleNames.filter(candidate => fields.get(candidate))
  if (!kind) return read.wrong(place, `${place.what} has no rule; possible are ${ruleNames.join(', ')}`)
  if (second) return read.wrong(place, `${place.what} has two rules, ${kind} and ${second}; write two checks`)
  const value = fields.get(kind)!
  // `unique: flight_id` names the column itself.
  const named = kind === 'unique' && scalar(value) !== true ? read.text(value) : undefined
  const column = read.text(fields.get('column')) ?? named
  const rule = readRule(read, kind, value)
  if (!rule) return undefined
  if (column === undefined && rule.kind !== 'sql') {
    return read.wrong(place, `${place.what} has no column: a ${kind} rule is about one`)
  }
  const then =
    read.choice(fields.get('then'), ['warn', 'blank', 'quarantine', 'fail']) ?? (kind === 'unique' ? 'fail' : 'warn')
  if (then === 'blank' && column === undefined) {
    return read.wrong(place, `${place.what} has no column: say which cell then: blank empties`)
  }
  return {
    name: read.text(fields.get('name')) ?? checkName(column, rule),
    ...(column === undefined ? {} : { column }),
    rule,
    then,
    tolerance: read.share(fields.get('tolerance')) ?? 0,
  }
}

function readRule(read: YamlReader, kind: RuleName, value: Place): CheckConfig['rule'] | undefined {
  switch (kind) {
    case 'not null':
      if (scalar(value) !== true) return read.wrong(value, `${value.what} is written as not null: true`)
      return { kind }
    case 'unique':
      return { kind }
    case 'between': {
      const items = read.list(value)
      if (items.length !== 2) return read.wrong(value, `${value.what} wants two numbers: [low, high]`)
      const [low, high] = items.map(item => read.number(item, Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY))
      if (low === undefined || high === undefined) return undefined
      if (low > high) return read.wrong(value, `${value.what} is [${low}, ${high}], the lower end first`)
      return { kind, low, high }
    }
    case 'in': {
      const values = read.list(value).map(scalar)
      if (values.length === 0 || !values.every(item => typeof item === 'string' || typeof item === 'number')) {
        return read.wrong(value, `${value.what} wants a list of texts or numbers`)
      }
      return { kind, values: values as (string | number)[] }
    }
    case 'matches': {
      const pattern = read.text(value)
      return pattern === undefined ? undefined : { kind, pattern }
    }
    case 'refers to': {
      const text = read.text(value)
      const match = text === undefined ? null : /^([A-Za-z]\w*)\.(.+)$/.exec(text)
      if (!match) return read.wrong(value, `${value.what} wants dataset.column, such as airports.faa`)
      return { kind, dataset: match[1]!, column: match[2]! }
    }
    case 'sql': {
      const expression = read.text(value)
      return expression === undefined ? undefined : { kind, expression }
    }
  }
}

function checkName(column: string | undefined, rule: CheckConfig['rule']): string {
  switch (rule.kind) {
    case 'not null':
    case 'unique':
      return `${column} is ${rule.kind}`
    case 'between':
      return `${column} between ${rule.low} and ${rule.high}`
    case 'in':
      return `${column} in ${rule.values.slice(0, 4).join(', ')}${rule.values.length > 4 ? ', …' : ''}`
    case 'matches':
      return `${column} matches ${rule.pattern}`
    case 'refers to':
      return `${column} refers to ${rule.dataset}.${rule.column}`
    case 'sql':
      return rule.expression
  }
}

function checkReferences(read: YamlReader, datasets: Datasets): void {
  for (const { config, place } of datasets.values()) {
    for (const { rule } of config.contract) {
      if (rule.kind === 'refers to' && !datasets.has(rule.dataset)) {
        read.wrong(place, `${place.what} refers to ${rule.dataset}, which is no dataset${hint(rule.dataset, datasets)}`)
      }
    }
  }
}

function hint(wrong: string, datasets: Datasets): string {
  const near = nearest(wrong, [...datasets.keys()])
  return near ? `; did you mean ${near}?` : `; there are ${[...datasets.keys()].join(', ')}`
}

function readFeatures(
  read: YamlReader,
  fields: Fields,
  datasets: Datasets,
  files: (name: string) => string | undefined,
): FeatureConfig | undefined {
  const id = read.text(read.need(fields, 'id', 'name the column that identifies a row'))
  const time = read.text(read.need(fields, 'time', 'name the column that says when a row is predicted'))
  const label = read.text(read.need(fields, 'label', 'name the column that is to be predicted'))
  const source = read.text(fields.get('source'))
  const entitiesPlace = fields.get('entities')
  const only = datasets.size === 1 ? [...datasets.keys()][0] : undefined
  const entities = read.text(entitiesPlace) ?? (source === undefined ? only : datasetNameOf(source))
  if (entities === undefined) {
    const why =
      datasets.size === 0 ? 'and there is no dataset: name a file as source' : 'say which dataset is predicted'
    return read.wrong(fields.place, `data has no entities, ${why}`)
  }
  if (!datasets.has(entities)) {
    return read.wrong(
      entitiesPlace ?? fields.place,
      `data.entities is ${entities}, which is no dataset${hint(entities, datasets)}`,
    )
  }
  if (id === undefined || time === undefined || label === undefined) return undefined
  const query = readQuery(read, fields, files) ?? defaultQuery({ entities, id, time, label })
  return { query, entities, id, time, label }
}

function readQuery(read: YamlReader, fields: Fields, files: (name: string) => string | undefined): string | undefined {
  const place = fields.get('query')
  const text = read.text(place)
  if (text === undefined) return undefined
  if (/\s/.test(text.trim())) return text
  const found = files(text)
  if (found === undefined) return read.wrong(place!, `data.query names ${text}, which is not beside falconer.yaml`)
  if (found.trim() === '') return read.wrong(place!, `data.query names ${text}, which is empty`)
  return found
}

/** Without a query, the features are the other columns of the row itself. */
function defaultQuery(data: Omit<FeatureConfig, 'query'>): string {
  const left = [...new Set([data.time, data.label])].map(quoted).join(', ')
  return `select d.* exclude (${left})\nfrom entities\njoin ${quoted(data.entities)} d using (${quoted(data.id)})\n`
}

// ---------------------------------------------------------------- train, gate

function readTrainAndGate(
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
  const chosen = read.choice(metricPlace, losses)
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

// ---------------------------------------------------------------- deploy

function readDeploy(read: YamlReader, place: Place | undefined, model: string, metric: LossMetric): DeployConfig {
  const fields = place && read.fields(place, ['endpoint', 'rollout', 'verify', 'shadows'])
  const verifyPlace = fields?.get('verify')
  const verify = verifyPlace && read.fields(verifyPlace, ['metric', 'for', 'alpha', 'else'])
  const rolloutPlace = fields?.get('rollout')
  const rollout = read.list(rolloutPlace).flatMap(item => readStep(read, item) ?? [])
  if (rolloutPlace && rollout.at(-1)?.kind !== 'live') read.wrong(rolloutPlace, 'deploy.rollout must end with live')
  const shadowsPlace = fields?.get('shadows')
  const shadows = read.texts(shadowsPlace)
  for (const shadow of shadows) {
    if (!/^\d+\.\d+\.\d+$/.test(shadow))
      read.wrong(shadowsPlace!, `deploy.shadows has ${shadow}, wanted versions such as 1.0.0`)
  }
  return {
    endpoint: name(read, fields?.get('endpoint'), plainName) ?? model,
    rollout: rolloutPlace ? rollout : [{ kind: 'canary', share: 0.1, forMs: day }, { kind: 'live' }],
    verify: {
      metric: read.choice(verify?.get('metric'), losses) ?? metric,
      forMs: read.duration(verify?.get('for')) ?? 7 * day,
      alpha: read.share(verify?.get('alpha')) ?? 0.05,
      else: read.choice(verify?.get('else'), ['return']) ?? 'return',
    },
    shadows,
  }
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

// ---------------------------------------------------------------- watch, act

function readWatch(read: YamlReader, place: Place | undefined, task: TrainConfig['task']): MonitorConfig[] {
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
  const chart = read.choice(fields.get('chart'), ['ewma', 'shewhart', 'p']) ?? 'ewma'
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

function readAct(read: YamlReader, place: Place | undefined, watch: readonly MonitorConfig[]): PolicyRule[] {
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
