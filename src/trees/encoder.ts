/**
 * How a raw column becomes the float32 numbers that trees and linear models compare. Numbers pass (NaN is missing);
 * text is looked up in a table, and what the table does not know (an unseen category, a missing value) becomes `other`.
 */
import { FalconerError } from '../base/errors.ts'
import type { Column, Table } from '../base/table.ts'

export interface NumberEncoder {
  readonly kind: 'number'
  readonly name: string
}

export interface CategoryEncoder {
  readonly kind: 'text'
  readonly name: string
  /** Category to number; every number is exactly representable in float32. */
  readonly codes: ReadonlyMap<string, number>
  readonly other: number
}

export type Encoder = NumberEncoder | CategoryEncoder

/** The encoded columns of a table, one per encoder; columns that no encoder names are ignored. */
export function encode(from: Table, encoders: readonly Encoder[]): Float32Array[] {
  return encoders.map(encoder => encodeColumn(columnFor(from, encoder), encoder))
}

/** Missing text is null or the empty string. */
export function encodeColumn(column: Column, encoder: Encoder): Float32Array {
  if (encoder.kind === 'number') return new Float32Array(column.values as Float64Array)
  const values = column.values as readonly (string | null)[]
  const out = new Float32Array(values.length)
  for (let i = 0; i < out.length; i++) {
    const text = values[i]
    out[i] = (text ? encoder.codes.get(text) : undefined) ?? encoder.other
  }
  return out
}

function columnFor(from: Table, encoder: Encoder): Column {
  const found = from.columns.find(column => column.name === encoder.name)
  if (!found) {
    throw new FalconerError('bad-data', `The model needs the column ${encoder.name}, which is absent.`, {
      fix: `Add a ${encoder.kind} column named ${encoder.name}; it may be empty where the value is unknown.`,
      findings: [{ at: encoder.name, text: 'column absent' }],
    })
  }
  if ((found.kind === 'text') !== (encoder.kind === 'text')) {
    throw new FalconerError('bad-data', `The model needs ${encoder.name} as ${encoder.kind}, it is ${found.kind}.`, {
      fix: `Convert the column ${encoder.name} to ${encoder.kind}.`,
      findings: [{ at: encoder.name, text: `is ${found.kind}, must be ${encoder.kind}` }],
    })
  }
  return found
}
