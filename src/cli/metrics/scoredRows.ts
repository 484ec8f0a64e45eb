/** From the columns of a table to rows that can be measured: which task it is, which rows are complete, which classes. */
import { FalconerError } from '../../base/errors.ts'
import { type Column, type Table, take } from '../../base/table.ts'
import { usage } from '../terminal.ts'
import { classRows } from './classRows.ts'
import { columnOf, distinct, finite, numbersOf, weightsOf, zeroOrOne } from './columnValues.ts'
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
    const { rows, notes: more } = classRows(complete, file, columns, kept)
    return { ...common, rows: { task, ...rows, weight }, notes: [...notes, ...more] }
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
