/** The label column: found, checked, taken out of the table. */
import { FalconerError, type Finding } from '../base/errors.ts'
import { type Table, take } from '../base/table.ts'
import type { FitContext, Task } from './fitted.ts'

export interface Labelled {
  /** The table without the label, rows without a label left out. */
  readonly table: Table
  readonly label: Float64Array
  readonly task: Task
  readonly notes: readonly string[]
}

/**
 * Takes the label out of a table. Without a task, a label of zeros and ones is binary and any other number regression.
 * Rows whose label is missing are left out, with a note.
 */
export function takeLabel(from: Table, name: string, wanted?: Task): Labelled {
  const found = from.columns.find(column => column.name === name)
  if (!found) {
    const names = from.columns.map(column => column.name)
    throw new FalconerError('bad-data', `There is no column ${name} to learn from.`, {
      fix: `Name one of the columns as label: ${names.join(', ') || 'the table has none'}.`,
      findings: [{ at: name, text: 'label column absent' }],
    })
  }
  if (found.kind === 'text') {
    const examples = [...new Set(found.values)].slice(0, 3).map(value => JSON.stringify(value))
    throw new FalconerError('bad-data', `The label ${name} is text (${examples.join(', ')}), wanted numbers.`, {
      fix: 'Write the label as 0 and 1, true and false, or as a number.',
      findings: [{ at: name, text: 'label is text' }],
    })
  }
  const known: number[] = []
  for (let i = 0; i < from.rows; i++) if (!Number.isNaN(found.values[i])) known.push(i)
  const rest = { rows: from.rows, columns: from.columns.filter(column => column !== found) }
  const all = known.length === from.rows
  const kept = Int32Array.from(known)
  const label = Float64Array.from(kept, i => found.values[i]!)
  const task = wanted ?? (label.every(y => y === 0 || y === 1) ? 'binary' : 'regression')
  const left = from.rows - known.length
  return {
    table: all ? rest : take(rest, kept),
    label,
    task,
    notes: all ? [] : [`${left} of ${from.rows} rows are left out: their label ${name} is missing`],
  }
}

/** Throws bad-data with all findings when the rows cannot be learned from. */
export function checkRows(table: Table, label: Float64Array, context: FitContext): void {
  const { task, weights, validation } = context
  if (label.length !== table.rows) {
    throw new RangeError(`fit: ${label.length} labels given for ${table.rows} rows`)
  }
  if (weights && weights.length !== table.rows) {
    throw new RangeError(`fit: ${weights.length} weights given for ${table.rows} rows`)
  }
  const findings: Finding[] = []
  if (table.rows === 0) findings.push({ at: 'rows', text: 'there are no rows to learn from' })
  if (table.columns.length === 0) findings.push({ at: 'columns', text: 'there are no columns to learn from' })
  findings.push(...findingsOnLabel(label, task, 'label'))
  if (table.rows > 0 && task === 'binary') {
    const ones = label.indexOf(1) >= 0
    if (label.indexOf(0) < 0 || !ones) {
      findings.push({ at: 'label', text: `every label is ${ones ? 1 : 0}; both classes are needed` })
    }
  }
  if (weights) findings.push(...findingsOnWeights(weights))
  if (validation) {
    if (validation.label.length !== validation.table.rows) {
      throw new RangeError(`fit: ${validation.label.length} labels given for ${validation.table.rows} validation rows`)
    }
    if (validation.table.rows === 0) findings.push({ at: 'validation', text: 'there are no validation rows' })
    findings.push(...findingsOnLabel(validation.label, task, 'validation label'))
  }
  if (findings.length > 0) {
    throw new FalconerError('bad-data', `The rows cannot be learned from: ${findings[0]!.text}.`, {
      fix: 'Correct the label or choose other rows; the findings name every reason.',
      findings,
    })
  }
}

function findingsOnLabel(label: Float64Array, task: Task, at: string): Finding[] {
  let wrong = 0
  let first = -1
  for (let i = 0; i < label.length; i++) {
    const y = label[i]!
    if (task === 'binary' ? y === 0 || y === 1 : Number.isFinite(y)) continue
    if (first < 0) first = i
    wrong++
  }
  if (wrong === 0) return []
  const rule = task === 'binary' ? '0 or 1' : 'finite numbers'
  return [{ at, text: `${wrong} labels are not ${rule}; the first is ${label[first]} in row ${first + 1}` }]
}

function findingsOnWeights(weights: Float64Array): Finding[] {
  let sum = 0
  for (let i = 0; i < weights.length; i++) {
    const w = weights[i]!
    if (!(w >= 0 && w < Number.POSITIVE_INFINITY)) {
      return [{ at: 'weights', text: `the weight of row ${i + 1} is ${w}; weights are finite and not negative` }]
    }
    sum += w
  }
  return sum > 0 ? [] : [{ at: 'weights', text: 'all weights are 0' }]
}
