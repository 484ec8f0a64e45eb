/**
 * Judging the rows of a file by the dataset's contract: how many rows break each check, which ones, and what follows.
 * All checks are one scan; examples and duplicate keys are looked for only where something was found.
 */
import { FalconerError, type Finding } from '../base/errors.ts'
import type { Blobs, Tables } from '../base/ports.ts'
import { literal, quoted } from '../base/sqlText.ts'
import { numbers, texts } from '../base/table.ts'
import type { CheckConfig } from '../loop/project.ts'
import type { CheckResult, DatasetVersion } from '../loop/records.ts'
import { blanking, breaks, breaksColumn, referenceTable } from './contract.ts'
import { checkExpression } from './queryRules.ts'
import { type ContentConfig, columnTypes } from './stage.ts'
import { knownColumn, quarantinedColumn, reasonsColumn } from './views.ts'

export type Judgement = Pick<DatasetVersion, 'contract' | 'blankedCells' | 'quarantined'>

/** Makes the tables that `refers to` checks look into. */
export async function loadReferences(
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

/** Makes the view `final` from `staged` and says what was found. */
export async function judge(
  tables: Tables,
  dataset: string,
  config: ContentConfig,
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
async function checkKey(tables: Tables, config: ContentConfig, fileName: string): Promise<void> {
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
  config: Pick<ContentConfig, 'key'>,
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

/** The view `final`: broken cells emptied, rows kept from training marked with their reasons. */
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
  await tables.query(`create or replace view final as select ${cells.join(', ')} from judged`)
}
