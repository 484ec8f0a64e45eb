/**
 * A linear model on raw columns as a value, its scores and its file:
 *   score = intercept + sum of weight (x - mean) / deviation over numbers + sum of table[text] over texts
 * A number that is missing or not finite stands at its mean, an unknown text adds `other`.
 */
import type { Table } from '../base/table.ts'
import { floatTensor, node } from '../onnx/build.ts'
import { writeModel } from '../onnx/codec.ts'
import { ownModel, rawColumnsFront } from '../onnx/rawColumns.ts'
import { inner, outputName } from '../trees/boosted.ts'
import { type CategoryEncoder, type Encoder, encode } from '../trees/encoder.ts'
import type { Task } from './fitted.ts'
import type { Recipe } from './parameters.ts'

export interface NumberTerm {
  readonly kind: 'number'
  readonly name: string
  readonly mean: number
  readonly deviation: number
  readonly weight: number
}

/** The code of a category is its part of the score. */
export type LinearTerm = NumberTerm | CategoryEncoder

export interface LinearScore {
  readonly intercept: number
  readonly terms: readonly LinearTerm[]
}

export function encodersOf({ terms }: LinearScore): Encoder[] {
  return terms.map(term => (term.kind === 'text' ? term : { kind: 'number', name: term.name }))
}

export function linearScores(score: LinearScore, rows: Table): Float64Array {
  const out = new Float64Array(rows.rows).fill(score.intercept)
  const columns = encode(rows, encodersOf(score))
  score.terms.forEach((term, t) => {
    const x = columns[t]!
    if (term.kind === 'text') {
      for (let i = 0; i < out.length; i++) out[i]! += x[i]!
      return
    }
    for (let i = 0; i < out.length; i++) {
      if (Number.isFinite(x[i])) out[i]! += (term.weight * (x[i]! - term.mean)) / term.deviation
    }
  })
  return out
}

/** One input per raw column, standardised inside, then one Gemm, so that rules for gradients apply. */
export function writeLinear(score: LinearScore, task: Task, recipe: Recipe): Uint8Array {
  const { terms, intercept } = score
  const width = terms.length
  const binary = task === 'binary'
  const output = outputName(binary, terms)
  const row = (name: string, of: (term: NumberTerm) => number, text: number) =>
    floatTensor(
      name,
      [1, width],
      terms.map(term => (term.kind === 'text' ? text : of(term))),
    )
  const names = {
    means: 'falconer.means',
    deviations: 'falconer.deviations',
    weights: 'falconer.weights',
    intercept: 'falconer.intercept',
    difference: 'falconer.difference',
    unknown: 'falconer.unknown',
    filled: 'falconer.filled',
    centred: 'falconer.centred',
    standard: 'falconer.standard',
  }
  const result = binary ? inner.score : output
  const nodes = [
    // x - x is NaN for what is missing and for what is infinite.
    node('Sub', [inner.encoded, inner.encoded], [names.difference]),
    node('IsNaN', [names.difference], [names.unknown]),
    node('Where', [names.unknown, names.means, inner.encoded], [names.filled]),
    node('Sub', [names.filled, names.means], [names.centred]),
    node('Div', [names.centred, names.deviations], [names.standard]),
    node('Gemm', [names.standard, names.weights, names.intercept], [result], { transB: { int: 1 } }),
    ...(binary ? [node('Sigmoid', [result], [output])] : []),
  ]
  const initializers = [
    row(names.means, term => term.mean, 0),
    row(names.deviations, term => term.deviation, 1),
    row(names.weights, term => term.weight, 1),
    floatTensor(names.intercept, [1], [intercept]),
  ]
  const description = JSON.stringify({ format: 1, kind: recipe.kind, task, recipe })
  const front = rawColumnsFront(encodersOf(score), inner.encoded)
  return writeModel(ownModel(front, nodes, initializers, output, { 'falconer.model': description }))
}
