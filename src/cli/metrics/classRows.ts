/** Rows of several classes: which classes there are, and which column holds the probability of each. */
import { FalconerError } from '../../base/errors.ts'
import type { Column, Table } from '../../base/table.ts'
import { classCodes } from '../../statistics/metrics/classCodes.ts'
import { type MulticlassRows, sumTolerance } from '../../statistics/metrics/multiclassMetrics.ts'
import { columnOf, numbersOf } from './columnValues.ts'
import type { ScoredColumns } from './scoredRows.ts'

const nameThem = 'Name the classes in the order of the probabilities: --classes a,b,c'

/** `rowOf` is the number in the file of each row of the table, from 0. */
export function classRows(
  table: Table,
  file: string,
  columns: ScoredColumns,
  rowOf: Int32Array,
): { readonly rows: MulticlassRows; readonly notes: readonly string[] } {
  const { label, prediction, predictionClass = prediction, probabilities } = columns
  const lists = [label, ...(predictionClass === undefined ? [] : [predictionClass])].map(name =>
    columnOf(table, name, file),
  )
  if (columns.classes) for (const list of lists) checkKnown(list, columns.classes, rowOf)
  const values = lists.map(list => list.values)
  const { classes, codes } = classCodes(
    values,
    columns.classes ?? (probabilities && classOrder(probabilities, classCodes(values).classes)),
  )
  const rows = { classes, truth: codes[0]!, predicted: codes[1] }
  if (!probabilities) return { rows, notes: [] }
  if (probabilities.length !== classes.length) {
    throw new FalconerError(
      'bad-data',
      `There are ${probabilities.length} probabilities for the ${classes.length} classes ${classes.join(', ')}.`,
      { fix: nameThem },
    )
  }
  const notes = columns.classes
    ? []
    : [`classes: ${classes.map((name, k) => `${name} is ${probabilities[k]}`).join(', ')}`]
  return { rows: { ...rows, probabilities: probabilityRows(table, file, probabilities, rowOf) }, notes }
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

function checkKnown({ name, values }: Column, classes: readonly string[], rowOf: Int32Array): void {
  const known = new Set(classes)
  if (known.size < classes.length) {
    throw new FalconerError('bad-input', `A class is named twice in ${classes.join(', ')}.`, { fix: nameThem })
  }
  for (let i = 0; i < values.length; i++) {
    if (known.has(String(values[i]))) continue
    throw new FalconerError(
      'bad-data',
      `${name} of row ${rowOf[i]! + 1} is ${values[i]}, which is none of the classes ${classes.join(', ')}.`,
      { fix: nameThem },
    )
  }
}

/** Row after row, one number for each class. */
function probabilityRows(table: Table, file: string, names: readonly string[], rowOf: Int32Array): Float64Array {
  const each = names.map(name => numbersOf(columnOf(table, name, file), 'probability'))
  const rows = new Float64Array(table.rows * each.length)
  for (let i = 0; i < table.rows; i++) {
    let sum = 0
    for (const [k, values] of each.entries()) {
      const p = values[i]!
      if (!(p >= 0 && p <= 1)) {
        throw new FalconerError('bad-data', `${names[k]} of row ${rowOf[i]! + 1} is ${p}, which is no probability.`, {
          fix: 'Give a probability for each class, or the predicted class with --prediction-class.',
        })
      }
      rows[i * each.length + k] = p
      sum += p
    }
    if (Math.abs(sum - 1) > sumTolerance) {
      throw new FalconerError('bad-data', `The probabilities of row ${rowOf[i]! + 1} sum to ${sum}, wanted 1.`, {
        fix: 'Name the probabilities of all classes.',
      })
    }
  }
  return rows
}
