/**
 * What SQL of a user may do. A feature query is one SELECT over the project's views and nothing else; an expression of a
 * dataset reads its own row and nothing else. Both are judged on DuckDB's own parse of the text, so no way of writing
 * slips through, and the answer to the same question is always the same: no clock, no chance, no settings.
 */
import { FalconerError } from '../base/errors.ts'
import type { Tables } from '../base/ports.ts'
import { quoted } from '../base/sqlText.ts'
import { texts } from '../base/table.ts'

type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json }

/** Sources of rows that read no table. */
const tableFunctions = new Set(['unnest', 'range', 'generate_series', 'repeat'])
const tableKinds = new Set(['BASE_TABLE', 'SUBQUERY', 'JOIN', 'TABLE_FUNCTION', 'EXPRESSION_LIST', 'EMPTY', 'CTE'])
/** Consistent within a query or called so by DuckDB, but not the same tomorrow or elsewhere. */
const refusedFunctions = new Set([
  'getvariable',
  'getenv',
  'current_setting',
  'current_user',
  'session_user',
  'user',
  'version',
  'hash',
  'pg_typeof',
  'sleep_ms',
  'write_log',
])
/** Written like columns, answered by the clock or the session. */
const clockColumns = new Set([
  'current_timestamp',
  'current_date',
  'current_time',
  'localtime',
  'localtimestamp',
  'current_user',
  'session_user',
  'user',
  'current_catalog',
  'current_schema',
])

/** Names that the platform uses around the query. */
export const ownPrefix = '_falconer'

export interface QueryUse {
  /** Views that the query reads, in lower case. */
  readonly views: ReadonlySet<string>
}

/** Errors: `bad-query` with all findings. `views` are the names it may read. */
export async function checkQuery(tables: Tables, sql: string, views: readonly string[]): Promise<QueryUse> {
  const parse = await parsed(tables, sql, 'query')
  const walk = new Walk(sql, await changingFunctions(tables))
  walk.visit(parse)
  const allowed = new Set(views.map(view => view.toLowerCase()))
  const used = new Set<string>()
  for (const { name, qualified, at } of walk.tables) {
    const lower = name.toLowerCase()
    if (qualified !== undefined) {
      walk.wrong(at, `it reads ${qualified}.${name}; only plain names may be read: ${views.join(', ')}`)
    } else if (lower.startsWith(ownPrefix))
      walk.wrong(at, `it reads ${name}; names that begin with ${ownPrefix} are taken`)
    else if (allowed.has(lower)) used.add(lower)
    else if (!walk.ctes.has(lower)) walk.wrong(at, `it reads ${name}, which is no view; there are ${views.join(', ')}`)
  }
  refuse(walk, 'The feature query cannot be used')
  return { views: used }
}

/** A single word is the column of that name, also where SQL has other plans for the word (`at`, `end`, `order`). */
export function expressionSql(expression: string): string {
  const word = expression.trim()
  return /^[A-Za-z_]\w*$/.test(word) && !/^(true|false|null)$/i.test(word) ? quoted(word) : expression
}

/** An expression over one row. Answers the column names in it, in lower case. Errors: `bad-query`. */
export async function checkExpression(tables: Tables, expression: string, what: string): Promise<ReadonlySet<string>> {
  const sql = `select (${expressionSql(expression)}\n) from row_of_the_file`
  const parse = await parsed(tables, sql, what)
  const walk = new Walk(sql, await changingFunctions(tables))
  walk.visit(parse)
  const [node] = ((parse as { statements: { node: Record<string, Json> }[] }).statements ?? []).map(s => s.node)
  const columns = (node?.select_list ?? []) as readonly Json[]
  if (columns.length !== 1) walk.wrong(undefined, 'it must be one expression')
  const plain = ['where_clause', 'having', 'qualify', 'modifiers', 'group_expressions', 'cte_map']
  if (
    walk.tables.length !== 1 ||
    walk.tables[0]!.name !== 'row_of_the_file' ||
    plain.some(key => filled(node?.[key]))
  ) {
    walk.wrong(undefined, 'it may use the columns of its row only, no other table')
  }
  if (walk.stars > 0) walk.wrong(undefined, 'it must name its columns')
  refuse(walk, `${what} cannot be used`)
  return walk.columns
}

function filled(value: Json | undefined): boolean {
  if (value === undefined || value === null) return false
  if (Array.isArray(value)) return value.length > 0
  if (typeof value !== 'object') return true
  return Object.values(value).some(filled)
}

function refuse(walk: Walk, title: string): void {
  if (walk.findings.length === 0) return
  throw new FalconerError('bad-query', `${title}: ${walk.findings.map(({ text }) => text).join('; ')}.`, {
    findings: walk.findings,
  })
}

async function parsed(tables: Tables, sql: string, what: string): Promise<Json> {
  const answer = await tables.query('select json_serialize_sql($sql::varchar, skip_null := true) as parse', { sql })
  const parse = JSON.parse(texts(answer, 'parse')[0]!) as { [key: string]: Json }
  if (parse.error === true) {
    const position = Number(parse.position)
    const { line, column } = placeOf(sql, Number.isFinite(position) ? position : 0)
    const text = String(parse.error_message).split('\n')[0]!
    throw new FalconerError('bad-query', `The ${what} is not one SELECT: ${text}`, {
      findings: [{ at: `${what}:${line}:${column}`, text }],
      fix: 'Write one SELECT statement.',
    })
  }
  const statements = parse.statements as readonly Json[]
  if (statements.length !== 1) {
    throw new FalconerError('bad-query', `The ${what} has ${statements.length} statements, wanted one SELECT.`)
  }
  return parse
}

/** Functions that may answer differently next time, as DuckDB lists them. */
async function changingFunctions(tables: Tables): Promise<ReadonlySet<string>> {
  const answer = await tables.query(
    `select distinct function_name as name from duckdb_functions()
     where stability in ('VOLATILE', 'CONSISTENT_WITHIN_QUERY')`,
  )
  return new Set([...texts(answer, 'name').map(name => name!.toLowerCase()), ...refusedFunctions])
}

interface TableUse {
  readonly name: string
  readonly qualified: string | undefined
  readonly at: number | undefined
}

/** Goes through the parse and notes what it reads. */
class Walk {
  readonly tables: TableUse[] = []
  readonly ctes = new Set<string>()
  readonly columns = new Set<string>()
  readonly findings: { at: string; text: string }[] = []
  stars = 0
  readonly #sql: string
  readonly #changing: ReadonlySet<string>

  constructor(sql: string, changing: ReadonlySet<string>) {
    this.#sql = sql
    this.#changing = changing
  }

  wrong(at: number | undefined, text: string): void {
    const { line, column } = placeOf(this.#sql, at ?? 0)
    this.findings.push({ at: `query:${line}:${column}`, text })
  }

  visit(value: Json): void {
    if (Array.isArray(value)) for (const item of value) this.visit(item)
    else if (typeof value === 'object' && value !== null) this.#node(value as { readonly [key: string]: Json })
  }

  #node(node: { readonly [key: string]: Json }): void {
    const at =
      typeof node.query_location === 'number' && node.query_location < 2 ** 40 ? node.query_location : undefined
    if (typeof node.table_name === 'string' && node.type === 'BASE_TABLE') this.#table(node, at)
    if (node.type === 'TABLE_FUNCTION') this.#tableFunction(node, at)
    else if (typeof node.function_name === 'string') this.#function(node, at)
    if (node.type === 'SHOW_REF' || node.type === 'PIVOT' || node.type === 'DELIM_GET')
      this.wrong(at, 'only SELECT may be used')
    if (node.class === 'PARAMETER') this.wrong(at, 'it has a parameter; the query is given no values')
    if (node.class === 'COLUMN_REF') this.#column(node, at)
    if (node.class === 'STAR') this.stars++
    if (filled(node.sample)) this.wrong(at, 'it samples rows by chance')
    if (Array.isArray(node.map) && node.map.every(entry => typeof (entry as { key?: Json })?.key === 'string')) {
      for (const entry of node.map) this.ctes.add(String((entry as { key: Json }).key).toLowerCase())
    }
    if (typeof node.cte_name === 'string' && node.cte_name !== '') this.ctes.add(node.cte_name.toLowerCase())
    if (isTableRef(node) && !tableKinds.has(String(node.type))) this.wrong(at, `${node.type} may not be used`)
    for (const [key, child] of Object.entries(node)) {
      // The function of a table function has been judged with it.
      if (node.type === 'TABLE_FUNCTION' && key === 'function')
        this.visit((child as { children?: Json }).children ?? null)
      else this.visit(child)
    }
  }

  #table(node: { readonly [key: string]: Json }, at: number | undefined): void {
    const qualified = [node.catalog_name, node.schema_name].filter(part => typeof part === 'string' && part !== '')
    this.tables.push({
      name: String(node.table_name),
      qualified: qualified.length > 0 ? qualified.join('.') : undefined,
      at,
    })
    if (filled(node.at_clause)) this.wrong(at, 'it asks for another state of a table')
  }

  #tableFunction(node: { readonly [key: string]: Json }, at: number | undefined): void {
    const called = node.function as { readonly [key: string]: Json } | undefined
    const name = String(called?.function_name ?? '').toLowerCase()
    if (!tableFunctions.has(name)) {
      this.wrong(at, `it reads ${name}(…); only ${[...tableFunctions].join(', ')} may stand in place of a table`)
    }
  }

  #function(node: { readonly [key: string]: Json }, at: number | undefined): void {
    const name = String(node.function_name).toLowerCase()
    const arguments_ = Array.isArray(node.children) ? node.children.length : 0
    if (this.#changing.has(name) || (name === 'age' && arguments_ === 1)) {
      this.wrong(at, `${name}() may answer differently next time; for the present use entities.cutoff`)
    }
  }

  #column(node: { readonly [key: string]: Json }, at: number | undefined): void {
    const names = (node.column_names as readonly string[]).map(part => part.toLowerCase())
    if (names.length === 1 && clockColumns.has(names[0]!)) {
      this.wrong(at, `${names[0]} may answer differently next time; for the present use entities.cutoff`)
    }
    if (names.some(part => part.startsWith(ownPrefix))) this.wrong(at, `names that begin with ${ownPrefix} are taken`)
    for (const part of names) this.columns.add(part)
  }
}

function isTableRef(node: { readonly [key: string]: Json }): boolean {
  return (
    typeof node.type === 'string' &&
    node.class === undefined &&
    /^(SHOW_REF|PIVOT|COLUMN_DATA|BOUND_|DELIM)/.test(node.type)
  )
}

function placeOf(sql: string, position: number): { line: number; column: number } {
  const before = Buffer.from(sql, 'utf8').subarray(0, position).toString('utf8').split('\n')
  return { line: before.length, column: before.at(-1)!.length + 1 }
}
