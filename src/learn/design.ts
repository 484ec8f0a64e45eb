/**
 * The columns of a linear model: standardised numbers, one 0/1 column per category where a text column has few of
 * them, a standardised target statistic where it has many. A missing number stands at the mean; a missing category has
 * the share of each category in its place, which is the mean too.
 */
import type { Column, Table } from '../base/table.ts'
import type { Random } from '../numeric/random.ts'
import { shuffled } from '../numeric/shuffle.ts'
import type { LinearScore, LinearTerm } from './linearScore.ts'
import type { SparseRows } from './sparse.ts'
import { categoriesOf, orderedStatistics, targetEncoder } from './targetStatistics.ts'

export interface DesignRules {
  readonly maxLevels: number
  readonly priorRows: number
}

export interface NumberBlock {
  readonly kind: 'number'
  readonly name: string
  /** Standardised values, 0 where missing. */
  readonly values: Float64Array
  readonly mean: number
  /** 0: the column says nothing and takes no part. */
  readonly deviation: number
  /** For a text column: the statistic of each category. */
  readonly codes?: ReadonlyMap<string, number>
}

export interface LevelsBlock {
  readonly kind: 'levels'
  readonly name: string
  readonly names: readonly string[]
  readonly codes: Int32Array
  readonly shares: Float64Array
}

/** What one raw column becomes. */
export type Block = NumberBlock | LevelsBlock

export function blocksOf(
  table: Table,
  label: Float64Array,
  weights: Float64Array | undefined,
  rules: DesignRules,
  random: Random,
): Block[] {
  const order = shuffled(table.rows, random)
  return table.columns.map((column: Column): Block => {
    const { name } = column
    if (column.kind !== 'text') return numberBlock(name, new Float32Array(column.values), weights)
    const categories = categoriesOf(column)
    if (categories.names.length <= rules.maxLevels) {
      return {
        kind: 'levels',
        name,
        ...categories,
        shares: sharesOf(categories.codes, categories.names.length, weights),
      }
    }
    const { codes } = targetEncoder(name, categories, label, rules.priorRows, weights)
    const values = orderedStatistics(categories, label, rules.priorRows, order, weights)
    return { ...numberBlock(name, values, weights), codes }
  })
}

/** How many columns of the design a block takes. */
export function widthOf(block: Block): number {
  if (block.kind === 'levels') return block.names.length
  return block.deviation > 0 ? 1 : 0
}

/** All rows as sparse vectors; column 0 is the constant 1 of the intercept. */
export function sparseRows(blocks: readonly Block[], rows: number): SparseRows {
  let most = rows
  for (const block of blocks) {
    if (block.kind === 'number') most += rows
    else for (const code of block.codes) most += code < 0 ? block.names.length : 1
  }
  const start = new Int32Array(rows + 1)
  const column = new Int32Array(most)
  const value = new Float64Array(most)
  let at = 0
  for (let i = 0; i < rows; i++) {
    start[i] = at
    value[at++] = 1
    let first = 1
    for (const block of blocks) {
      if (block.kind === 'number') {
        if (block.deviation > 0 && block.values[i] !== 0) {
          column[at] = first
          value[at++] = block.values[i]!
        }
      } else if (block.codes[i]! >= 0) {
        column[at] = first + block.codes[i]!
        value[at++] = 1
      } else {
        for (let k = 0; k < block.names.length; k++) {
          column[at] = first + k
          value[at++] = block.shares[k]!
        }
      }
      first += widthOf(block)
    }
  }
  start[rows] = at
  return { rows, columns: 1 + blocks.reduce((sum, block) => sum + widthOf(block), 0), start, column, value }
}

/** The model on raw columns that has these weights on the design. */
export function scoreOf(blocks: readonly Block[], weights: Float64Array): LinearScore {
  let intercept = weights[0]!
  let first = 1
  const terms = blocks.map((block): LinearTerm => {
    const at = first
    first += widthOf(block)
    const { name } = block
    if (block.kind === 'levels') {
      // What an average row has goes to the intercept, so that an unknown category adds 0.
      const mean = block.shares.reduce((sum, share, k) => sum + share * weights[at + k]!, 0)
      intercept += mean
      const codes = block.names.map((text, k): [string, number] => [text, Math.fround(weights[at + k]! - mean)])
      return { kind: 'text', name, codes: new Map(codes), other: 0 }
    }
    const weight = block.deviation > 0 ? weights[at]! : 0
    const deviation = block.deviation || 1
    if (!block.codes) {
      return { kind: 'number', name, mean: block.mean, deviation, weight: Math.fround(weight) }
    }
    const codes = [...block.codes].map(([text, code]): [string, number] => [
      text,
      Math.fround((weight * (code - block.mean)) / deviation),
    ])
    return { kind: 'text', name, codes: new Map(codes), other: 0 }
  })
  return { intercept: Math.fround(intercept), terms }
}

export function notesOnBlocks(blocks: readonly Block[]): string[] {
  return blocks
    .filter(block => widthOf(block) === 0)
    .map(({ name }) => `column ${name} is ignored: it is constant or all its values are missing`)
}

/** Mean and deviation are float32, as the file will hold them. Values that are not finite count as missing. */
function numberBlock(name: string, x: Float32Array, weights: Float64Array | undefined): NumberBlock {
  let mean = 0
  let squares = 0
  let all = 0
  for (let i = 0; i < x.length; i++) {
    const w = weights ? weights[i]! : 1
    if (!Number.isFinite(x[i]) || w === 0) continue
    all += w
    const d = x[i]! - mean
    mean += (w / all) * d
    squares += w * d * (x[i]! - mean)
  }
  const center = Math.fround(mean)
  const deviation = all > 0 ? Math.fround(Math.sqrt(squares / all)) : 0
  const values = new Float64Array(x.length)
  if (deviation > 0) {
    for (let i = 0; i < x.length; i++) values[i] = Number.isFinite(x[i]) ? (x[i]! - center) / deviation : 0
  }
  return { kind: 'number', name, values, mean: center, deviation }
}

function sharesOf(codes: Int32Array, levels: number, weights: Float64Array | undefined): Float64Array {
  const shares = new Float64Array(levels)
  let all = 0
  for (let i = 0; i < codes.length; i++) {
    if (codes[i]! < 0) continue
    const w = weights ? weights[i]! : 1
    shares[codes[i]!]! += w
    all += w
  }
  return all > 0 ? shares.map(share => share / all) : shares
}
