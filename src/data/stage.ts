/**
 * From the columns of a file to those of a dataset: derived columns, and the instants from which rows and cells are
 * known. All of it is one statement over the file; where it fails, the expression that is to blame is looked for.
 */
import { FalconerError, type Finding } from '../base/errors.ts'
import type { Tables } from '../base/ports.ts'
import { quoted } from '../base/sqlText.ts'
import { numbers, texts } from '../base/table.ts'
import type { DatasetConfig } from '../loop/project.ts'
import { checkExpression, expressionSql } from './queryRules.ts'
import { isOwnColumn, knownColumn, laterColumn, laterExpressions } from './views.ts'

export type ContentConfig = Omit<DatasetConfig, 'file'>

/** An expression on top of those before it. */
interface Step {
  readonly what: string
  readonly name: string
  readonly expression: string
}

/** Makes the table `staged` from the table `source`. Errors: `bad-data`, `bad-config`, `bad-query`. */
export async function stage(tables: Tables, dataset: string, config: ContentConfig): Promise<void> {
  const count = await tables.query('select count(*) as n from source')
  if (numbers(count, 'n')[0] === 0) {
    throw new FalconerError('bad-data', 'The file has no rows.', { fix: 'Send a file with rows.' })
  }
  const given = [...(await columnTypes(tables, 'source')).keys()]
  refuseOwnNames(given)
  const steps: Step[] = []
  let columns: readonly string[] = given
  for (const name of await derivationOrder(tables, dataset, config)) {
    steps.push({ what: `datasets.${dataset}.derive.${name}`, name, expression: expressionSql(config.derive[name]!) })
    if (!includes(columns, name)) columns = [...columns, name]
  }
  refuseMissing(dataset, config, columns)
  const instant = (expression: string) => `cast((${expressionSql(expression)}\n) as timestamp)`
  if (config.known !== 'always') {
    const what = `datasets.${dataset}.known`
    await checkExpression(tables, config.known, what)
    steps.push({ what, name: knownColumn, expression: instant(config.known) })
  }
  for (const [position, expression] of laterExpressions(config).entries()) {
    const what = `datasets.${dataset}.later`
    await checkExpression(tables, expression, what)
    steps.push({ what, name: laterColumn(position), expression: instant(expression) })
  }
  try {
    await tables.query(`create or replace table staged as from ${relation(given, steps)}`)
  } catch (error) {
    if (!(error instanceof FalconerError) || error.code !== 'bad-query') throw error
    throw await blame(tables, given, steps, error)
  }
  await tables.query('drop table source')
}

/** The file with the steps on top, each seeing those before it. */
function relation(given: readonly string[], steps: readonly Step[]): string {
  let columns = given
  let from = 'source'
  for (const { name, expression } of steps) {
    const value = `(${expression}\n) as ${quoted(name)}`
    from = includes(columns, name) ? `(select * replace (${value}) from ${from})` : `(select *, ${value} from ${from})`
    columns = [...columns, name]
  }
  return from
}

async function blame(
  tables: Tables,
  given: readonly string[],
  steps: readonly Step[],
  failure: FalconerError,
): Promise<FalconerError> {
  for (const [i, { what, name }] of steps.entries()) {
    try {
      await tables.query(`select count(${quoted(name)}) from ${relation(given, steps.slice(0, i + 1))}`)
    } catch (error) {
      const text = (error as Error).message.split('\n')[0]!
      return new FalconerError('bad-data', `${what}: ${text}`, {
        fix: 'Correct the expression in falconer.yaml, or the rows that it cannot be computed for.',
        findings: [{ at: what, text }],
        cause: error,
      })
    }
  }
  return failure
}

function refuseOwnNames(given: readonly string[]): void {
  const reserved = given.filter(isOwnColumn)
  if (reserved.length === 0) return
  throw new FalconerError(
    'bad-data',
    `The file has columns named ${reserved.join(', ')}, names that Falconer uses itself.`,
    {
      fix: 'Give these columns other names.',
      findings: reserved.map(name => ({ at: name, text: 'the name is taken' })),
    },
  )
}

function refuseMissing(dataset: string, config: ContentConfig, columns: readonly string[]): void {
  const findings: Finding[] = []
  const need = (name: string, where: string) => {
    if (!includes(columns, name))
      findings.push({ at: `datasets.${dataset}.${where}`, text: `there is no column ${name}` })
  }
  for (const name of config.key) need(name, 'key')
  for (const name of Object.values(config.later).flat()) need(name, 'later')
  config.contract.forEach(({ column }, i) => {
    if (column !== undefined) need(column, `contract[${i}]`)
  })
  if (findings.length === 0) return
  const [first] = findings
  throw new FalconerError('bad-data', `${first!.at}: ${first!.text}; the file has ${columns.join(', ')}.`, {
    findings,
    fix: 'Correct the name in falconer.yaml, or send a file that has the column.',
  })
}

/** Names of columns and their SQL types. */
export async function columnTypes(tables: Tables, table: string): Promise<Map<string, string>> {
  const answer = await tables.query(`select column_name, column_type from (describe ${table})`)
  const types = texts(answer, 'column_type')
  return new Map(texts(answer, 'column_name').map((name, i) => [name!, types[i]!]))
}

function includes(columns: readonly string[], name: string): boolean {
  return columns.some(column => column.toLowerCase() === name.toLowerCase())
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
