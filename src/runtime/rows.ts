/** From a table to the rows that a model takes: checked against its inputs, with a message that names the column. */
import { FalconerError } from '../base/errors.ts'
import type { ModelInput } from '../base/ports.ts'
import type { Column, Table } from '../base/table.ts'
import type { Rows } from './protocol.ts'

/** What is wrong with the table for a model with these inputs; undefined where nothing is. */
export function mismatch(inputs: readonly ModelInput[], table: Table): FalconerError | undefined {
  const matrix = matrixInput(inputs)
  if (matrix) return matrixMismatch(matrix, table)
  for (const input of inputs) {
    const column = table.columns.find(candidate => candidate.name === input.name)
    if (!column) {
      return badColumn(input.name, `the column is missing; the model takes ${inputs.map(describe).join(', ')}`)
    }
    const given = kindOf(column)
    if (given !== input.kind) return badColumn(input.name, `given ${given}, wanted ${input.kind}`)
  }
  return undefined
}

/** Packs the columns that any of these models takes. The table fits them: `mismatch` was asked. */
export function packRows(table: Table, models: readonly (readonly ModelInput[])[]): Rows {
  const everyNumber = models.some(inputs => matrixInput(inputs) !== undefined)
  const names = new Set(models.flatMap(inputs => inputs.map(input => input.name)))
  const taken = table.columns.filter(column => names.has(column.name) || (everyNumber && column.kind !== 'text'))
  const numeric = taken.filter(column => column.kind !== 'text')
  const numbers = new Float64Array(numeric.length * table.rows)
  numeric.forEach((column, i) => {
    numbers.set(column.values, i * table.rows)
  })
  const text = taken.filter(column => column.kind === 'text')
  return {
    rows: table.rows,
    numberNames: numeric.map(column => column.name),
    numbers,
    textNames: text.map(column => column.name),
    texts: text.map(column => column.values.map(value => value ?? '')),
  }
}

/** The one input that takes all number columns in their order, where the model is made so. */
function matrixInput(inputs: readonly ModelInput[]): ModelInput | undefined {
  return inputs.find(input => input.width > 1)
}

function matrixMismatch(matrix: ModelInput, table: Table): FalconerError | undefined {
  const text = table.columns.find(column => column.kind === 'text')
  if (text)
    return badColumn(text.name, `given text; the model takes ${matrix.width} numbers as one matrix ${matrix.name}`)
  if (table.columns.length === matrix.width) return undefined
  return new FalconerError(
    'bad-input',
    `${table.columns.length} columns were given; the model takes ${matrix.width} as one matrix ${matrix.name}`,
  )
}

function badColumn(name: string, text: string): FalconerError {
  return new FalconerError('bad-input', `column ${name}: ${text}`, { findings: [{ at: name, text }] })
}

function describe(input: ModelInput): string {
  return `${input.name} (${input.kind})`
}

function kindOf(column: Column): 'number' | 'text' {
  return column.kind === 'text' ? 'text' : 'number'
}
