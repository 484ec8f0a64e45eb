/** From the columns of a table to rows that can be measured: which task it is, which rows are complete, which classes. */
import { FalconerError } from '../../base/errors.ts'
import { type Column, type Table, take } from '../../base/table.ts'
import { nearest } from '../../loop/yamlReader.ts'
import { classCodes } from '../../statistics/metrics/classCodes.ts'
import { usage } from '../terminal.ts'
import type { ScoredRows } from './measure.ts'

export type MetricsTask = 'binary' | 'multiclass' | 'regression'

export interface ScoredColumns {
  readonly label: string
  readonly prediction?: string | undefined
  readonly predictionClass?: string | undefined
  readonly probabilities?: readonly string[] | undefined
  /** Names of the classes, in the order of the probabilities. */
  readonly classes?: readonly string[] | undefined
  /** The label that counts as 1. */
  readonly positive?: string | undefined
  readonly weight?: string | undefined
  readonly task?: MetricsTask | undefined
}

export interface Scored {
  readonly rows: ScoredRows
  /** The rows of the file that are measured, in their order. */
  readonly kept: Int32Array
  readonly notes: readonly string[]
}

/** Rows in which one of the columns is missing are left out, with a note. */
export function scoredRows(table: Table, file: string, columns: ScoredColumns): Scored {
  const { probabilities, predictionClass, prediction } = columns
  if (!prediction && !predictionClass && !probabilities) {
    throw usage(
      'There is no prediction to compare the label with.',
      'Name a column: --prediction, or --prediction-class, or --probabilities p0,p1,…',
    )
  }
  if (prediction && probabilities) {
    throw usage('Both --prediction and --probabilities are given.', 'Give --probabilities alone for several classes.')
  }
  const used = [columns.label, prediction, predictionClass, ...(probabilities ?? []), columns.weight]
    .filter(name => name !== undefined)
    .map(name => columnOf(table, name, file))
  const { kept, notes } = completeRows(table, used)
  if (kept.length === 0) {
    throw new FalconerError('bad-data', `No row of ${file} has both a label and a prediction.`, {
      fix: 'Check that the columns are the right ones.',
    })
  }
  const complete = take({ rows: table.rows, columns: [...new Set(used)] }, kept)
  const weight = columns.weight === undefined ? undefined : weightsOf(columnOf(complete, columns.weight, file))
  const label = columnOf(complete, columns.label, file)
  const task = columns.task ?? taskOf(complete, file, columns)
  if (probabilities && task !== 'multiclass') {
    throw usage(
      `--probabilities are those of several classes, the task is ${task}.`,
      'Leave --task or --probabilities out.',
    )
  }
  const common = { kept, notes }
  if (task === 'multiclass') {
    const { rows, notes: more } = multiclassRows(complete, file, columns)
    return { ...common, rows: { ...rows, weight }, notes: [...notes, ...more] }
  }
  if (!prediction) throw usage(`A ${task} label needs --prediction.`, 'Name the column of the predicted number.')
  const score = numbersOf(columnOf(complete, prediction, file), 'prediction')
  if (task === 'regression') {
    return {
      ...common,
      rows: {
        task,
        truth: finite(label, 'label'),
        prediction: finite(columnOf(complete, prediction, file), 'prediction'),
        weight,
      },
    }
  }
  const truth = zeroOrOne(label, columns.positive)
  const outside = score.findIndex(p => !(p >= 0 && p <= 1))
  if (outside >= 0) {
    throw new FalconerError(
      'bad-data',
      `The prediction ${prediction} of row ${kept[outside]! + 1} is ${score[outside]}, which is no probability.`,
      { fix: 'Give probabilities of label 1, or say --task regression.' },
    )
  }
  const predicted =
    predictionClass === undefined ? undefined : zeroOrOne(columnOf(complete, predictionClass, file), columns.positive)
  const isHard = !predicted && score.every(p => p === 0 || p === 1)
  return {
    ...common,
    rows: { task, truth, score, predicted, weight },
    notes: isHard
      ? [...notes, `every ${prediction} is 0 or 1; if it is the predicted class, name it with --prediction-class`]
      : notes,
  }
}

/** The column, or an error that suggests the name nearest to it. */
export function columnOf(table: Table, name: string, file: string): Column {
  const found = table.columns.find(column => column.name === name)
  if (found) return found
  const names = table.columns.map(column => column.name)
  const near = nearest(name, names)
  throw new FalconerError('bad-data', `${file} has no column ${name}; it has ${names.join(', ')}.`, {
    fix: near ? `Did you mean ${near}?` : 'Name one of its columns.',
    findings: [{ at: name, text: 'column absent' }],
  })
}

/** Number of the group of each row, and the names in their natural order; a missing value is a group of its own. */
export function groupsOf(
  column: Column,
  rows: Int32Array,
): { readonly names: readonly string[]; readonly of: Int32Array } {
  const { classes, codes } = classCodes([Array.from(rows, row => groupName(column, row))])
  return { names: classes, of: codes[0]! }
}

function groupName({ kind, values }: Column, row: number): string {
  const value = values[row]!
  if (value === null || Number.isNaN(value)) return '(missing)'
  if (kind === 'time') return new Date(value).toISOString()
  return kind === 'boolean' ? String(value === 1) : String(value)
}

/** What the label and the prediction look like, where the user does not say. */
function taskOf(
  table: Table,
  file: string,
  { label, prediction, predictionClass, probabilities, positive }: ScoredColumns,
): MetricsTask {
  if (probabilities || !prediction) return 'multiclass'
  const y = columnOf(table, label, file)
  const p = columnOf(table, prediction, file)
  if (p.kind === 'text') return 'multiclass'
  const values = distinct(y, 3)
  const isZeroOne = y.kind !== 'text' && values.every(value => value === '0' || value === '1')
  if (isZeroOne || predictionClass !== undefined || positive !== undefined) return 'binary'
  if (y.kind !== 'text') return 'regression'
  throw new FalconerError(
    'bad-data',
    `The label ${label} is text (${values.join(', ')}) and the prediction ${prediction} a number: what does it predict?`,
    {
      fix: 'If it is the probability of one of the labels, name that with --positive; if there are several classes, give --probabilities or --prediction-class.',
    },
  )
}

function multiclassRows(
  table: Table,
  file: string,
  columns: ScoredColumns,
): { rows: ScoredRows & { task: 'multiclass' }; notes: string[] } {
  const { label, prediction, predictionClass = prediction, probabilities } = columns
  const truth = columnOf(table, label, file).values
  const given = predictionClass === undefined ? undefined : columnOf(table, predictionClass, file).values
  const order =
    columns.classes ??
    (probabilities && classOrder(probabilities, classCodes(given ? [truth, given] : [truth]).classes))
  try {
    const { classes, codes } = classCodes(given ? [truth, given] : [truth], order)
    const rows = { task: 'multiclass' as const, classes, truth: codes[0]!, predicted: codes[1] }
    if (!probabilities) return { rows, notes: [] }
    const each = probabilities.map(name => numbersOf(columnOf(table, name, file), 'probability'))
    if (each.length !== classes.length) {
      throw new RangeError(`${each.length} probabilities for the ${classes.length} classes ${classes.join(', ')}`)
    }
    const notes = columns.classes
      ? []
      : [`classes: ${classes.map((name, k) => `${name} is ${probabilities[k]}`).join(', ')}`]
    const flat = new Float64Array(table.rows * each.length)
    each.forEach((values, k) => {
      for (let i = 0; i < values.length; i++) flat[i * each.length + k] = values[i]!
    })
    return { rows: { ...rows, probabilities: flat }, notes }
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
    throw new FalconerError('bad-data', `The classes do not fit: ${error.message}.`, {
      fix: 'Name the classes in the order of the probabilities: --classes a,b,c',
      cause: error,
    })
  }
}

/** Classes in the order of the columns whose names end in them; else in their natural order. */
export function classOrder(columns: readonly string[], classes: readonly string[]): readonly string[] {
  const named = columns.map(column =>
    classes
      .filter(name => column === name || column.endsWith(`_${name}`))
      .sort((a, b) => b.length - a.length)
      .at(0),
  )
  const isClear = named.every(name => name !== undefined) && new Set(named).size === columns.length
  return isClear ? (named as string[]) : classes
}

function completeRows(table: Table, columns: readonly Column[]): { kept: Int32Array; notes: string[] } {
  const missing = new Map(columns.map(column => [column.name, 0]))
  const kept: number[] = []
  for (let i = 0; i < table.rows; i++) {
    const absent = columns.find(({ values }) => values[i] === null || Number.isNaN(values[i]))
    if (absent) missing.set(absent.name, missing.get(absent.name)! + 1)
    else kept.push(i)
  }
  const left = [...missing].filter(([, count]) => count > 0).map(([name, count]) => `${count} without ${name}`)
  return {
    kept: Int32Array.from(kept),
    notes:
      left.length > 0 ? [`${table.rows - kept.length} of ${table.rows} rows are left out: ${left.join(', ')}`] : [],
  }
}

function numbersOf(column: Column, what: string): Float64Array {
  if (column.kind !== 'text') return column.values
  throw new FalconerError(
    'bad-data',
    `The ${what} ${column.name} is text (${distinct(column, 3).join(', ')}), wanted numbers.`,
    {
      fix: 'Name a column of numbers; predicted classes go with --prediction-class.',
    },
  )
}

function finite(column: Column, what: string): Float64Array {
  const values = numbersOf(column, what)
  const wrong = values.findIndex(value => !Number.isFinite(value))
  if (wrong < 0) return values
  throw new FalconerError('bad-data', `A ${what} in ${column.name} is ${values[wrong]}, wanted finite numbers.`, {
    fix: 'Take such rows out, or write what they mean as a number.',
  })
}

function weightsOf(column: Column): Float64Array {
  const weights = finite(column, 'weight')
  const wrong = weights.findIndex(weight => weight < 0)
  if (wrong >= 0 || weights.every(weight => weight === 0)) {
    throw new FalconerError(
      'bad-data',
      wrong >= 0
        ? `A weight in ${column.name} is ${weights[wrong]}, wanted 0 or more.`
        : `All weights in ${column.name} are 0.`,
      {
        fix: 'Weights say how often a row counts.',
      },
    )
  }
  return weights
}

/** 1 for the positive label, 0 for the other one. */
function zeroOrOne(column: Column, positive?: string): Float64Array {
  const values = distinct(column, 3)
  const asNumber = column.kind === 'boolean' && positive !== undefined ? truthWords[positive.toLowerCase()] : positive
  if (asNumber === undefined) {
    if (column.kind !== 'text' && values.every(value => value === '0' || value === '1')) return column.values
    throw new FalconerError('bad-data', `${column.name} holds ${values.join(', ')}, wanted 0 and 1.`, {
      fix: 'Name the label that counts as 1 with --positive, or another --task.',
    })
  }
  if (values.length > 2 || (values.length === 2 && !values.includes(asNumber))) {
    throw new FalconerError(
      'bad-data',
      `${column.name} holds ${values.join(', ')}, wanted ${positive} and one other.`,
      {
        fix: 'Name one of two labels as --positive, or say --task multiclass.',
      },
    )
  }
  return Float64Array.from(column.values as ArrayLike<string | number>, value => Number(String(value) === asNumber))
}

/** How files write true and false, which are read as 1 and 0. */
export const truthWords: Readonly<Record<string, string>> = {
  true: '1',
  yes: '1',
  '1': '1',
  false: '0',
  no: '0',
  '0': '0',
}

/** The first so many different values. */
function distinct({ values }: Column, most: number): string[] {
  const found = new Set<string>()
  for (let i = 0; i < values.length && found.size < most; i++) found.add(String(values[i]))
  return [...found]
}
