/** From the columns of two files to rows that can be estimated. A label may be missing in the current file. */
import { FalconerError } from '../../base/errors.ts'
import type { Column, Table } from '../../base/table.ts'
import type { ClassScores } from '../../estimate/cbpeMulticlass.ts'
import type { ScoredRows } from '../../estimate/scoredRows.ts'
import { classOrder } from '../metrics/classRows.ts'
import { columnOf, truthWords } from '../metrics/columnValues.ts'
import type { MetricsTask } from '../metrics/scoredRows.ts'
import { usage } from '../terminal.ts'

export interface EstimateColumns {
  readonly label: string
  readonly prediction?: string
  readonly predictionClass?: string
  readonly probabilities?: readonly string[]
  readonly classes?: readonly string[]
  readonly positive?: string
  readonly task?: MetricsTask
}

/** Names of all columns that are not features. */
export function usedColumns({ label, prediction, predictionClass, probabilities }: EstimateColumns): string[] {
  return [label, prediction, predictionClass, ...(probabilities ?? [])].filter(name => name !== undefined)
}

/** As the user says; else several probabilities are several classes, and a label of two values is binary. */
export function taskOf(reference: Table, file: string, columns: EstimateColumns): MetricsTask {
  const { probabilities, prediction, positive, task } = columns
  if (!prediction && !probabilities) {
    throw usage(
      'Nothing says what the model predicted.',
      'Name a column: --prediction, or --probabilities p0,p1,… for several classes.',
    )
  }
  if (task) return task
  if (probabilities && probabilities.length > 1) return 'multiclass'
  const label = columnOf(reference, columns.label, file)
  const values = distinct(label, 3)
  if (positive !== undefined || values.every(value => value === '0' || value === '1')) return 'binary'
  if (label.kind !== 'text') return 'regression'
  throw new FalconerError(
    'bad-data',
    `The label ${columns.label} is text (${values.join(', ')}): which of its values does the prediction stand for?`,
    { fix: 'Name it with --positive; or give the --probabilities of all classes.' },
  )
}

export type BinaryColumns = ScoredRows & { readonly truth: Float64Array }

/** Scores, answers, and truths of 0, 1, or NaN where the file has none. */
export function binaryColumns(table: Table, file: string, columns: EstimateColumns): BinaryColumns {
  const { label, positive, probabilities } = columns
  if (probabilities && probabilities.length > 1) {
    throw usage(
      `${probabilities.length} --probabilities are given for a binary task.`,
      'Give that of the positive label.',
    )
  }
  // With --probabilities the prediction is what the model answered.
  const score = numbersOf(columnOf(table, probabilities?.[0] ?? columns.prediction!, file), 'probability')
  const answer = columns.predictionClass ?? (probabilities ? columns.prediction : undefined)
  if (answer === undefined && isHard(score)) {
    throw new FalconerError('bad-data', `Every ${columns.prediction} of ${file} is 0 or 1: these are answers.`, {
      fix: 'An estimate needs probabilities: name their column with --prediction, and this one with --prediction-class.',
    })
  }
  return {
    score,
    prediction: answer === undefined ? undefined : zeroOrOne(columnOf(table, answer, file), positive),
    truth: has(table, label) ? zeroOrOne(columnOf(table, label, file), positive) : missing(table),
  }
}

export interface ClassColumns extends ClassScores {
  readonly truth: Int32Array
}

/** The classes in the order of their probabilities. */
export function classesOf(reference: Table, file: string, columns: EstimateColumns): readonly string[] {
  const { probabilities } = columns
  if (!probabilities) {
    throw usage('Several classes need their probabilities.', 'Name their columns: --probabilities p_a,p_b,p_c')
  }
  const found = distinct(columnOf(reference, columns.label, file), 1000).sort()
  const classes = columns.classes ?? classOrder(probabilities, found)
  if (classes.length === probabilities.length) return classes
  throw new FalconerError(
    'bad-data',
    `There are ${probabilities.length} probabilities for the ${classes.length} classes ${classes.join(', ')}.`,
    { fix: 'Name the classes in the order of the probabilities: --classes a,b,c' },
  )
}

/** Numbers of classes; -1 where there is none. */
export function classColumns(
  table: Table,
  file: string,
  columns: EstimateColumns,
  classes: readonly string[],
): ClassColumns {
  const answer = columns.predictionClass ?? columns.prediction
  const codes = new Map(classes.map((name, k) => [name, k]))
  const coded = (name: string) =>
    Int32Array.from(texts(columnOf(table, name, file)), text => (text === null ? -1 : (codes.get(text) ?? -1)))
  return {
    scores: columns.probabilities!.map(name => numbersOf(columnOf(table, name, file), 'probability')),
    prediction: answer === undefined ? undefined : coded(answer),
    truth: has(table, columns.label) ? coded(columns.label) : new Int32Array(table.rows).fill(-1),
  }
}

export interface OutcomeColumns {
  readonly prediction: Float64Array
  readonly truth: Float64Array
}

export function outcomeColumns(table: Table, file: string, columns: EstimateColumns): OutcomeColumns {
  if (columns.prediction === undefined) {
    throw usage('A regression needs --prediction.', 'Name the column of the predicted number.')
  }
  return {
    prediction: numbersOf(columnOf(table, columns.prediction, file), 'prediction'),
    truth: has(table, columns.label) ? numbersOf(columnOf(table, columns.label, file), 'label') : missing(table),
  }
}

function has(table: Table, name: string): boolean {
  return table.columns.some(column => column.name === name)
}

function missing(table: Table): Float64Array {
  return new Float64Array(table.rows).fill(Number.NaN)
}

function numbersOf(column: Column, what: string): Float64Array {
  if (column.kind !== 'text') return column.values
  // A column without any value may be read as text.
  if (column.values.every(value => value === null)) return new Float64Array(column.values.length).fill(Number.NaN)
  throw new FalconerError(
    'bad-data',
    `The ${what} ${column.name} is text (${distinct(column, 3).join(', ')}), wanted numbers.`,
    { fix: 'Name a column of numbers.' },
  )
}

/** 1 for the positive label, 0 for the other one, NaN where it is missing. */
function zeroOrOne(column: Column, positive: string | undefined): Float64Array {
  if (positive === undefined) {
    const values = numbersOf(column, 'label')
    const wrong = values.findIndex(value => !(value === 0 || value === 1 || Number.isNaN(value)))
    if (wrong < 0) return values
    throw new FalconerError('bad-data', `${column.name} of row ${wrong + 1} is ${values[wrong]}, wanted 0 or 1.`, {
      fix: 'Name the label that counts as 1 with --positive, or another --task.',
    })
  }
  const values = distinct(column, 3)
  // Words such as yes and no were read as 1 and 0.
  const one = column.kind === 'boolean' ? truthWords[positive.toLowerCase()] : positive
  if (one === undefined || values.length > 2 || (values.length === 2 && !values.includes(one))) {
    throw new FalconerError(
      'bad-data',
      `${column.name} holds ${values.join(', ')}, wanted ${positive} and one other.`,
      { fix: 'Name one of its two values as --positive.' },
    )
  }
  return Float64Array.from(texts(column), text => (text === null ? Number.NaN : Number(text === one)))
}

function isHard(score: Float64Array): boolean {
  return score.every(s => s === 0 || s === 1 || Number.isNaN(s))
}

/** Values as text, null where missing. */
function texts({ kind, values }: Column): (string | null)[] {
  if (kind === 'text') return values as (string | null)[]
  return Array.from(values as Float64Array, value => (Number.isNaN(value) ? null : String(value)))
}

/** The first so many different values that are not missing. */
function distinct(column: Column, most: number): string[] {
  const found = new Set<string>()
  for (const text of texts(column)) {
    if (text !== null) found.add(text)
    if (found.size === most) break
  }
  return [...found]
}
