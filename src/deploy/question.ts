/** From what the caller sent to the rows a model takes: every wrong place is named by row and column. */
import { FalconerError, type Finding } from '../base/errors.ts'
import type { LoadedModel, ModelInput } from '../base/ports.ts'
import type { Column, Table } from '../base/table.ts'

type Cell = string | number | boolean | null

/** One row with all columns of the signature; `id` is the caller's key. */
export type InputRecord = Readonly<Record<string, Cell>>

/** A raw column that the versions of an endpoint take. */
export interface RawColumn {
  readonly name: string
  readonly kind: 'number' | 'text'
  /** Whether a version that answers takes it; otherwise only a shadow does. */
  readonly required: boolean
}

const mostFindings = 20

/** An input that the versions of an endpoint take. */
export interface EndpointInput extends ModelInput {
  /** Whether a version that answers takes it; otherwise only a shadow does. */
  readonly required: boolean
}

/** The inputs of these models, each once, those of the first (the live one) first. */
export function inputsOf(answering: readonly LoadedModel[], shadows: readonly LoadedModel[]): readonly EndpointInput[] {
  const inputs = new Map<string, EndpointInput>()
  for (const [models, required] of [
    [answering, true],
    [shadows, false],
  ] as const) {
    for (const input of models.flatMap(model => model.inputs)) {
      if (!inputs.has(input.name)) inputs.set(input.name, { ...input, required })
    }
  }
  return [...inputs.values()]
}

/** One column per input; a matrix X of width 3 is X.0, X.1, X.2. */
export function rawColumns(inputs: readonly EndpointInput[]): readonly RawColumn[] {
  return inputs.flatMap(({ name, kind, width, required }) =>
    width === 1
      ? [{ name, kind, required }]
      : Array.from({ length: width }, (_, i) => ({ name: `${name}.${i}`, kind, required })),
  )
}

/** The caller's key of each record, undefined where it gave none. Errors: `bad-input` naming the rows. */
export function keysOf(records: readonly InputRecord[]): (string | undefined)[] {
  const findings: Finding[] = []
  const keys = records.map((record, row) => {
    const { id } = record
    if (id === undefined) return undefined
    if (typeof id === 'string' && id !== '' && id.length <= 500) return id
    findings.push({ at: `/records/${row}/id`, text: `given ${show(id)}, wanted text of 1 to 500 characters` })
    return undefined
  })
  refuse(findings)
  return keys
}

/** The records as a table of the raw columns; an optional column is missing where a record lacks it. */
export function tableOf(
  records: readonly InputRecord[],
  rowNumbers: readonly number[],
  columns: readonly RawColumn[],
): Table {
  const findings: Finding[] = []
  const note = (row: number, column: string, text: string) => {
    findings.push({ at: `/records/${rowNumbers[row]}/${column}`, text })
  }
  const known = new Set(columns.map(column => column.name))
  records.forEach((record, row) => {
    for (const name of Object.keys(record)) {
      if (name !== 'id' && !known.has(name))
        note(row, name, `is not a column of the model; it takes ${[...known].join(', ')}`)
    }
  })
  const built = columns.map(({ name, kind, required }): Column => {
    if (kind === 'text') {
      const values = records.map((record, row) => {
        const cell = record[name]
        if (typeof cell === 'string' || cell === null) return cell
        if (cell !== undefined) note(row, name, `given ${show(cell)}, wanted text or null`)
        else if (required) note(row, name, 'the column is missing; wanted text, or null where it is not known')
        return null
      })
      return { name, kind, values }
    }
    const values = new Float64Array(records.length)
    records.forEach((record, row) => {
      const cell = record[name]
      values[row] = Number.NaN
      if (typeof cell === 'boolean' || (typeof cell === 'number' && Number.isFinite(cell))) values[row] = Number(cell)
      else if (typeof cell === 'number' || typeof cell === 'string')
        note(row, name, `given ${show(cell)}, wanted a number or null`)
      else if (cell === undefined && required)
        note(row, name, 'the column is missing; wanted a number, or null where it is not known')
    })
    return { name, kind, values }
  })
  refuse(findings)
  return { rows: records.length, columns: built }
}

/** The raw columns out of a table of features. Errors: `bad-query` naming what the query does not give. */
export function featuresOf(given: Table, rows: number, columns: readonly RawColumn[]): Table {
  if (given.rows !== rows) {
    throw new FalconerError(
      'bad-query',
      `the feature query gave ${given.rows} rows for ${rows} ids, wanted one for each`,
    )
  }
  const taken = columns.flatMap(({ name, kind, required }): Column[] => {
    const found = given.columns.find(column => column.name === name)
    if (found && (found.kind === 'text') === (kind === 'text')) return [found]
    if (found)
      throw new FalconerError('bad-query', `the feature query gives ${name} as ${found.kind}, the model takes ${kind}`)
    if (required) {
      const there = given.columns.map(column => column.name).join(', ')
      throw new FalconerError(
        'bad-query',
        `the feature query gives no column ${name}, which the model takes; it gives ${there}`,
      )
    }
    return []
  })
  return { rows, columns: taken }
}

function refuse(findings: readonly Finding[]): void {
  const [first] = findings
  if (!first) return
  const [, , row, ...column] = first.at.split('/')
  const more = findings.length > 1 ? ` (and ${findings.length - 1} more)` : ''
  throw new FalconerError('bad-input', `row ${row}, column ${column.join('/')}: ${first.text}${more}`, {
    findings: findings.slice(0, mostFindings),
  })
}

function show(cell: Cell): string {
  const text = JSON.stringify(typeof cell === 'number' && !Number.isFinite(cell) ? `${cell}` : cell)
  return text.length > 40 ? `${text.slice(0, 40)}…` : text
}
