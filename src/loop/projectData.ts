/** The sections `datasets` and `data` of falconer.yaml. */
import { quoted } from '../base/sqlText.ts'
import type { CheckConfig, DatasetConfig, FeatureConfig } from './project.ts'
import { viewName } from './projectNames.ts'
import { type Fields, nearest, type Place, scalar, type YamlReader } from './yamlReader.ts'

type Datasets = Map<string, { readonly config: DatasetConfig; readonly place: Place }>

export function readDatasets(read: YamlReader, place: Place | undefined, data: Fields | undefined): Datasets {
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

export function checkReferences(read: YamlReader, datasets: Datasets): void {
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

export function readFeatures(
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
