/**
 * From a file to a dataset version: read → derive → judge by the contract → profile → Parquet and manifest → record.
 * A breach warns, empties the cell, keeps the row from training, or refuses the file; whatever is wrong with the file
 * itself is refused with its place. The same file under the same configuration is the version that is there.
 */
import { mkdtemp, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { FalconerError, type Finding } from '../base/errors.ts'
import { canonicalJson } from '../base/json.ts'
import type { Blobs, Digest, Stored, Tables } from '../base/ports.ts'
import { literal, quoted } from '../base/sqlText.ts'
import { numbers, texts } from '../base/table.ts'
import type { CheckConfig, DatasetConfig } from '../loop/project.ts'
import { type CheckResult, type DatasetVersion, type LoopRecords, ordinal, type SchemaColumn } from '../loop/records.ts'
import { profile } from '../statistics/profile.ts'
import { blanking, breaks, breaksColumn, referenceTable } from './contract.ts'
import { checkExpression } from './queryRules.ts'
import { isOwnColumn, knownColumn, laterColumn, laterExpressions, quarantinedColumn, reasonsColumn } from './views.ts'

export type Format = 'parquet' | 'csv' | 'jsonl'

export interface ImportRequest {
  readonly project: string
  readonly dataset: string
  readonly config: DatasetConfig
  readonly file: { readonly path: string; readonly name: string; readonly format: Format }
  readonly actor: string
  readonly at: number
  /** Takes a file whose columns differ from those of the version before, under the same configuration. */
  readonly acceptSchema?: boolean
}

export interface ImportPlace {
  readonly records: LoopRecords
  readonly blobs: Blobs
  readonly openTables: () => Promise<Tables>
}

/** Everything that makes a version what it is; the digest of a version is the digest of this. */
interface Manifest {
  readonly falconer: 1
  readonly project: string
  readonly dataset: string
  readonly source: { readonly digest: Digest; readonly format: Format }
  readonly config: Omit<DatasetConfig, 'file'>
  /** Versions that `refers to` checks looked at. */
  readonly references: readonly { readonly dataset: string; readonly digest: Digest }[]
  readonly content: Digest
  readonly rows: number
  readonly schema: readonly SchemaColumn[]
  readonly parent?: Digest
}

/** Errors: `bad-data`, `bad-config`, `bad-query`, `check-failed`, `too-large`, `stale` where two imports meet. */
export async function importDataset(place: ImportPlace, request: ImportRequest): Promise<Stored<DatasetVersion>> {
  const { records, blobs } = place
  const { project, dataset, file, at, actor } = request
  const { file: _, ...config } = request.config
  const source = await blobs.putFile(file.path)
  const references = await referenced(records, project, dataset, config.contract)
  const parent = await newestVersion(records, project, dataset)
  const before = parent && (await manifestOf(blobs, parent.body))
  const asked = {
    source: { digest: source, format: file.format },
    config,
    references: [...references].map(([name, { digest }]) => ({ dataset: name, digest })),
  }
  if (parent && before && canonicalJson(asked) === canonicalJson(pick(before))) return parent

  const tables = await place.openTables()
  const folder = await mkdtemp(join(tmpdir(), 'falconer-import-'))
  try {
    const path = await blobs.file(source)
    await renamed(path, file.name, () => tables.read('source', path, file.format))
    await stage(tables, dataset, config)
    await loadReferences(tables, blobs, config.contract, references)
    const judgement = await judge(tables, dataset, config, file.name)
    const rows = await tables.query(`select * exclude (${await ownColumns(tables)}) from final`)
    const schema = rows.columns.map(({ name, kind }) => ({ name, kind }))
    const sameConfig = before !== undefined && canonicalJson(before.config) === canonicalJson(config)
    if (parent && sameConfig && !request.acceptSchema) compareSchemas(parent.body, schema, file.name)
    const key = config.key.map(quoted).join(', ')
    const contentPath = join(folder, 'content.parquet')
    await tables.write(`from final order by ${key}${config.known === 'always' ? '' : `, ${knownColumn}`}`, contentPath)
    const content = await blobs.putFile(contentPath)
    const manifest: Manifest = {
      falconer: 1,
      project,
      dataset,
      ...asked,
      content,
      rows: rows.rows,
      schema,
      ...(parent ? { parent: parent.body.digest } : {}),
    }
    const digest = await blobs.put(Buffer.from(canonicalJson(manifest)))
    const version = (parent?.body.version ?? 0) + 1
    const body: DatasetVersion = {
      project,
      dataset,
      version,
      digest,
      source: { name: file.name, digest: source, sizeBytes: (await stat(path)).size },
      content,
      rows: rows.rows,
      schema,
      profile: await blobs.put(Buffer.from(JSON.stringify(profile(rows)))),
      ...judgement,
      ...(parent ? { parent: parent.body.version } : {}),
      importedAt: at,
    }
    const id = versionId(project, dataset, version)
    await records.commit({
      at,
      actor,
      puts: [{ kind: 'dataset', id, body, expect: 'absent' }],
      audit: [
        {
          type: 'dataset.versioned',
          project,
          subject: id,
          data: {
            digest,
            source: source,
            rows: rows.rows,
            breached: body.contract.filter(({ status }) => status === 'breached').map(({ check }) => check),
            blankedCells: body.blankedCells,
            quarantined: body.quarantined.rows,
          },
        },
      ],
    })
    return (await records.get('dataset', id))!
  } finally {
    await tables.close()
    await rm(folder, { recursive: true, force: true })
  }
}

export function versionId(project: string, dataset: string, version: number): string {
  return `${project}/${dataset}/${ordinal(version)}`
}

export async function newestVersion(
  records: LoopRecords,
  project: string,
  dataset: string,
): Promise<Stored<DatasetVersion> | undefined> {
  const page = await records.list('dataset', { prefix: `${project}/${dataset}/`, order: 'descending', limit: 1 })
  return page.items[0]
}

/** The configuration that a version was made under. */
export async function manifestOf(blobs: Blobs, version: DatasetVersion): Promise<Manifest> {
  return JSON.parse(new TextDecoder().decode(await blobs.get(version.digest))) as Manifest
}

function pick({ source, config, references }: Manifest) {
  return { source, config, references }
}

/** Messages name the file as the user knows it. */
async function renamed(path: string, name: string, work: () => Promise<void>): Promise<void> {
  try {
    await work()
  } catch (error) {
    if (!(error instanceof FalconerError)) throw error
    const shown = (text: string) => text.replaceAll(path, name).replaceAll(basename(path), name)
    throw new FalconerError(error.code, shown(error.message), {
      fix: error.fix,
      findings: error.findings.map(({ at, text }) => ({ at: shown(at), text: shown(text) })),
      cause: error,
    })
  }
}

// ---------------------------------------------------------------- derive

async function columnTypes(tables: Tables, table: string): Promise<Map<string, string>> {
  const answer = await tables.query(`select column_name, column_type from (describe ${table})`)
  const types = texts(answer, 'column_type')
  return new Map(texts(answer, 'column_name').map((name, i) => [name!, types[i]!]))
}

/** Makes the table `staged`: the columns of the file, derived ones, and the instants from which things are known. */
async function stage(tables: Tables, dataset: string, config: Omit<DatasetConfig, 'file'>): Promise<void> {
  const count = await tables.query('select count(*) as n from source')
  if (numbers(count, 'n')[0] === 0) {
    throw new FalconerError('bad-data', 'The file has no rows.', { fix: 'Send a file with rows.' })
  }
  const given = [...(await columnTypes(tables, 'source')).keys()]
  const reserved = given.filter(isOwnColumn)
  if (reserved.length > 0) {
    throw new FalconerError(
      'bad-data',
      `The file has columns named ${reserved.join(', ')}, names that Falconer uses itself.`,
      {
        fix: 'Give these columns other names.',
        findings: reserved.map(name => ({ at: name, text: 'the name is taken' })),
      },
    )
  }
  await tables.query('create or replace table staged as from source')
  await tables.query('drop table source')
  for (const name of await derivationOrder(tables, dataset, config)) {
    const replaces = has(await columnTypes(tables, 'staged'), name)
    const value = `(${config.derive[name]!}\n) as ${quoted(name)}`
    const select = replaces ? `select * replace (${value}) from staged` : `select *, ${value} from staged`
    await evaluate(tables, `datasets.${dataset}.derive.${name}`, select)
  }
  const columns = await columnTypes(tables, 'staged')
  const findings: Finding[] = []
  const need = (name: string, where: string) => {
    if (!has(columns, name)) findings.push({ at: `datasets.${dataset}.${where}`, text: `there is no column ${name}` })
  }
  for (const name of config.key) need(name, 'key')
  for (const name of Object.values(config.later).flat()) need(name, 'later')
  config.contract.forEach(({ column }, i) => {
    if (column !== undefined) need(column, `contract[${i}]`)
  })
  if (findings.length > 0) {
    throw new FalconerError(
      'bad-data',
      `${findings[0]!.at}: ${findings[0]!.text}; the file has ${[...columns.keys()].join(', ')}.`,
      {
        findings,
        fix: 'Correct the name in falconer.yaml, or send a file that has the column.',
      },
    )
  }
  const instants: string[] = []
  const instantOf = async (expression: string, name: string, what: string) => {
    await checkExpression(tables, expression, what)
    instants.push(`cast((${expression}\n) as timestamp) as ${name}`)
  }
  if (config.known !== 'always') await instantOf(config.known, knownColumn, `datasets.${dataset}.known`)
  for (const [position, expression] of laterExpressions(config).entries()) {
    await instantOf(expression, laterColumn(position), `datasets.${dataset}.later`)
  }
  if (instants.length > 0) {
    await evaluate(tables, `datasets.${dataset}.known and later`, `select *, ${instants.join(', ')} from staged`)
  }
}

function has(columns: ReadonlyMap<string, string>, name: string): boolean {
  return [...columns.keys()].some(column => column.toLowerCase() === name.toLowerCase())
}

async function evaluate(tables: Tables, what: string, select: string): Promise<void> {
  try {
    await tables.query(`create or replace table staged_next as ${select}`)
  } catch (error) {
    if (!(error instanceof FalconerError) || error.code !== 'bad-query') throw error
    const text = error.message.split('\n')[0]!
    throw new FalconerError('bad-data', `${what}: ${text}`, {
      fix: 'Correct the expression in falconer.yaml, or the rows that it cannot be computed for.',
      findings: [{ at: what, text }],
      cause: error,
    })
  }
  await tables.query('drop table staged')
  await tables.query('alter table staged_next rename to staged')
}

/** Derived columns in an order in which each comes after those it uses. An expression may use the column it replaces. */
async function derivationOrder(
  tables: Tables,
  dataset: string,
  config: Pick<DatasetConfig, 'derive'>,
): Promise<string[]> {
  const uses = new Map<string, ReadonlySet<string>>()
  for (const [name, expression] of Object.entries(config.derive)) {
    uses.set(name, await checkExpression(tables, expression, `datasets.${dataset}.derive.${name}`))
  }
  const order: string[] = []
  const visit = (name: string, from: readonly string[]): void => {
    if (order.includes(name)) return
    if (from.includes(name)) {
      throw new FalconerError('bad-config', `datasets.${dataset}.derive: ${[...from, name].join(' needs ')}.`, {
        fix: 'Write each derived column from columns that do not need it.',
      })
    }
    for (const other of uses.keys()) {
      if (other !== name && uses.get(name)!.has(other.toLowerCase())) visit(other, [...from, name])
    }
    order.push(name)
  }
  for (const name of uses.keys()) visit(name, [])
  return order
}

// ---------------------------------------------------------------- judge

type Judgement = Pick<DatasetVersion, 'contract' | 'blankedCells' | 'quarantined'>

async function referenced(
  records: LoopRecords,
  project: string,
  dataset: string,
  contract: readonly CheckConfig[],
): Promise<ReadonlyMap<string, DatasetVersion>> {
  const versions = new Map<string, DatasetVersion>()
  for (const { rule } of contract) {
    if (rule.kind !== 'refers to' || rule.dataset === dataset || versions.has(rule.dataset)) continue
    const newest = await newestVersion(records, project, rule.dataset)
    if (!newest) {
      throw new FalconerError('conflict', `${dataset} refers to ${rule.dataset}, which has no version yet.`, {
        fix: `Import ${rule.dataset} first.`,
      })
    }
    versions.set(rule.dataset, newest.body)
  }
  return versions
}

async function loadReferences(
  tables: Tables,
  blobs: Blobs,
  contract: readonly CheckConfig[],
  references: ReadonlyMap<string, DatasetVersion>,
): Promise<void> {
  for (const [position, { rule }] of contract.entries()) {
    if (rule.kind !== 'refers to') continue
    const version = references.get(rule.dataset)
    if (version && !version.schema.some(({ name }) => name.toLowerCase() === rule.column.toLowerCase())) {
      throw new FalconerError(
        'bad-config',
        `The contract refers to ${rule.dataset}.${rule.column}; that column is not there.`,
      )
    }
    const from = version ? `read_parquet(${literal(await blobs.file(version.content))})` : 'staged'
    await tables.query(
      `create or replace table ${referenceTable(position)} as select distinct ${quoted(rule.column)} as value from ${from}`,
    )
  }
}

/** Makes the table `final` from `staged` and says what was found. */
async function judge(
  tables: Tables,
  dataset: string,
  config: Omit<DatasetConfig, 'file'>,
  fileName: string,
): Promise<Judgement> {
  const { contract } = config
  await checkKey(tables, config, fileName)
  const types = await columnTypes(tables, 'staged')
  const typeOf = (name: string) => [...types].find(([column]) => column.toLowerCase() === name.toLowerCase())?.[1]
  const verdicts: string[] = []
  for (const [position, check] of contract.entries()) {
    if (check.rule.kind === 'sql')
      await checkExpression(tables, check.rule.expression, `datasets.${dataset}: check ${check.name}`)
    let sameType = true
    if (check.rule.kind === 'refers to') {
      const target = (await columnTypes(tables, referenceTable(position))).get('value')
      sameType = target === typeOf(check.column!)
    }
    verdicts.push(`${breaks(check, position, sameType)} as ${breaksColumn(position)}`)
  }
  const judgedColumns = ['*', ...verdicts].join(', ')
  await evaluateContract(tables, dataset, `create or replace table judged as select ${judgedColumns} from staged`)

  const blanks = blanking(contract)
  const anyOf = (positions: readonly number[]) => positions.map(breaksColumn).join(' or ')
  const cells = [...blanks.values()].map((positions, i) => `count(*) filter (${anyOf(positions)}) as cells_${i}`)
  const kept = contract.flatMap(({ then }, position) => (then === 'quarantine' ? [position] : []))
  const counts = await tables.query(
    `select ${[
      'count(*) as n',
      `count(*) filter (${kept.length > 0 ? anyOf(kept) : 'false'}) as quarantined`,
      ...contract.map((_, position) => `count(*) filter (${breaksColumn(position)}) as failing_${position}`),
      ...cells,
    ].join(', ')} from judged`,
  )
  const count = (name: string) => numbers(counts, name)[0]!
  const rows = count('n')
  const results: CheckResult[] = []
  for (const [position, check] of contract.entries()) {
    const failingRows = count(`failing_${position}`)
    const failingShare = failingRows / rows
    results.push({
      check: check.name,
      ...(check.column === undefined ? {} : { column: check.column }),
      then: check.then,
      failingRows,
      failingShare,
      status: failingShare > check.tolerance ? 'breached' : 'passed',
      examples: failingRows === 0 ? [] : await examples(tables, config, check, position),
    })
  }
  refuseBreached(results, rows, fileName)
  await finish(tables, contract, blanks, kept, [...types.keys()])
  const reasons = kept.map(position => [contract[position]!.name, count(`failing_${position}`)] as const)
  return {
    contract: results,
    blankedCells: cells.reduce((sum, _, i) => sum + count(`cells_${i}`), 0),
    quarantined: { rows: count('quarantined'), reasons: Object.fromEntries(reasons.filter(([, n]) => n > 0)) },
  }
}

async function evaluateContract(tables: Tables, dataset: string, sql: string): Promise<void> {
  try {
    await tables.query(sql)
  } catch (error) {
    if (!(error instanceof FalconerError) || error.code !== 'bad-query') throw error
    const text = error.message.split('\n')[0]!
    throw new FalconerError('bad-data', `The contract of ${dataset} cannot be judged: ${text}`, {
      fix: 'Correct the check in falconer.yaml; a rule must fit the type of its column.',
      cause: error,
    })
  }
}

/** Rows must be told apart by their key, or by key and known instant where a row was corrected. */
async function checkKey(tables: Tables, config: Omit<DatasetConfig, 'file'>, fileName: string): Promise<void> {
  const dated = config.known !== 'always'
  const missing = await tables.query(
    `select ${config.key.map((name, i) => `count(*) filter (${quoted(name)} is null) as key_${i}`).join(', ')},
     ${dated ? `count(*) filter (${knownColumn} is null)` : '0'} as known, count(*) as n from staged`,
  )
  const findings: Finding[] = []
  const rows = numbers(missing, 'n')[0]!
  config.key.forEach((name, i) => {
    const count = numbers(missing, `key_${i}`)[0]!
    if (count > 0) findings.push({ at: name, text: `the key is missing in ${count} of ${rows} rows` })
  })
  const unknown = numbers(missing, 'known')[0]!
  if (unknown > 0)
    findings.push({
      at: 'known',
      text: `the instant from which a row is known is missing in ${unknown} of ${rows} rows`,
    })
  const parts = [...config.key.map(quoted), ...(dated ? [knownColumn] : [])].join(', ')
  const twice = await tables.query(
    `select ${keyText(config.key)} as key, count(*) as n from staged
     where ${config.key.map(name => `${quoted(name)} is not null`).join(' and ')}
     group by ${parts} having count(*) > 1 order by key limit 20`,
  )
  texts(twice, 'key').forEach((key, i) => {
    const text = `${numbers(twice, 'n')[i]} rows have this key${dated ? ' and are known from the same instant' : ''}`
    findings.push({ at: `${config.key.join(', ')} = ${key}`, text })
  })
  if (findings.length > 0) {
    const more = findings.length > 1 ? ` (and ${findings.length - 1} more findings)` : ''
    throw new FalconerError('bad-data', `${fileName}: ${findings[0]!.at}: ${findings[0]!.text}${more}.`, {
      findings,
      fix: 'Correct these rows, or name as key the columns that tell rows apart.',
    })
  }
}

function keyText(key: readonly string[]): string {
  return key.map(name => `cast(${quoted(name)} as varchar)`).join(` || ' ' || `)
}

async function examples(
  tables: Tables,
  config: Pick<DatasetConfig, 'key'>,
  check: CheckConfig,
  position: number,
): Promise<CheckResult['examples']> {
  const value = check.column === undefined ? "''" : `coalesce(cast(${quoted(check.column)} as varchar), 'missing')`
  const answer = await tables.query(
    `select ${keyText(config.key)} as key, ${value} as value from judged where ${breaksColumn(position)}
     order by key limit 5`,
  )
  const values = texts(answer, 'value')
  return texts(answer, 'key').map((key, i) => ({ key: key!, value: values[i]! }))
}

function refuseBreached(results: readonly CheckResult[], rows: number, fileName: string): void {
  const broken = results.filter(({ then, status }) => then === 'fail' && status === 'breached')
  if (broken.length === 0) return
  const findings = broken.map(({ check, failingRows, examples: found }) => ({
    at: check,
    text: `broken in ${failingRows} of ${rows} rows, for example ${found.map(({ key, value }) => `${key}: ${value}`).join('; ')}`,
  }))
  throw new FalconerError(
    'check-failed',
    `${fileName} breaks its contract: ${findings[0]!.at}, ${findings[0]!.text}.`,
    {
      findings,
      fix: 'Correct the rows and send the file again, or change what the contract does about them.',
    },
  )
}

/** The table `final`: broken cells emptied, rows kept from training marked with their reasons. */
async function finish(
  tables: Tables,
  contract: readonly CheckConfig[],
  blanks: ReadonlyMap<string, readonly number[]>,
  kept: readonly number[],
  columns: readonly string[],
): Promise<void> {
  const cells = columns.map(name => {
    const positions = blanks.get(name.toLowerCase())
    if (!positions) return quoted(name)
    return `case when ${positions.map(breaksColumn).join(' or ')} then null else ${quoted(name)} end as ${quoted(name)}`
  })
  const reasons = kept.map(
    position => `case when ${breaksColumn(position)} then ${literal(contract[position]!.name)} end`,
  )
  cells.push(
    `${kept.length === 0 ? 'false' : `(${kept.map(breaksColumn).join(' or ')})`} as ${quarantinedColumn}`,
    ...(kept.length === 0
      ? []
      : [`array_to_string(list_filter([${reasons.join(', ')}], lambda z: z is not null), '; ') as ${reasonsColumn}`]),
  )
  await tables.query(`create or replace table final as select ${cells.join(', ')} from judged`)
  await tables.query('drop table judged')
}

async function ownColumns(tables: Tables): Promise<string> {
  return [...(await columnTypes(tables, 'final')).keys()].filter(isOwnColumn).join(', ')
}

function compareSchemas(parent: DatasetVersion, schema: readonly SchemaColumn[], fileName: string): void {
  const findings = parent.schema.flatMap(({ name, kind }): Finding[] => {
    const now = schema.find(column => column.name === name)
    if (!now) return [{ at: name, text: `the column was there in version ${parent.version} and is gone` }]
    return now.kind === kind
      ? []
      : [{ at: name, text: `it was ${kind} in version ${parent.version} and is ${now.kind} now` }]
  })
  if (findings.length === 0) return
  throw new FalconerError('bad-data', `${fileName}: ${findings[0]!.at}: ${findings[0]!.text}.`, {
    findings,
    fix: 'Correct the file; or, where the change is meant, say so in the dataset’s entry of falconer.yaml (derive the column) and apply.',
  })
}
