/**
 * Rows that are unlike those of the reference: their Mahalanobis distance is beyond the 99 % point of the reference's own.
 * A number counts in standard deviations; a category by how rare it is, -log of its share, so that a text column is a
 * number too. A missing value counts as the mean: that values are missing is watched by a signal of its own. Plain JSON.
 */
import type { Column, Table } from '../base/table.ts'
import { cholesky, choleskyLength } from '../numeric/cholesky.ts'

interface Scale {
  readonly column: string
  readonly mean: number
  readonly sd: number
  /** Of a text column: -log of each category's share, and what an unseen one counts. */
  readonly rarity?: { readonly of: Readonly<Record<string, number>>; readonly unseen: number }
}

export interface UsualRows {
  readonly scales: readonly Scale[]
  /** Lower triangle of the correlations' Cholesky factor, row-major. */
  readonly factor: readonly number[]
  /** Squared distance that 1 % of the reference's rows are beyond. */
  readonly limit: number
}

const limitShare = 0.99
/** Columns that vary are used in their order, at most so many: the cost of a row grows with their square. */
const mostColumns = 64
/** Added to the correlations' diagonal, so that a column that follows from others does not count alone. */
const ridge = 1e-3
const leastRows = 100

/** Undefined with too few rows, or where no column varies. */
export function usualRows(reference: Table): UsualRows | undefined {
  if (reference.rows < leastRows) return undefined
  const scales: Scale[] = []
  const standardised: Float64Array[] = []
  for (const column of reference.columns) {
    if (scales.length === mostColumns) break
    const rarity = column.kind === 'text' ? rarityOf(column.values) : undefined
    const raw = numbersOf(column, rarity)
    const { mean, sd } = momentsOf(raw)
    if (!(sd > 0)) continue
    const scale = { column: column.name, mean, sd, ...(rarity && { rarity }) }
    scales.push(scale)
    standardised.push(raw.map(x => standard(x, scale)))
  }
  const p = scales.length
  if (p === 0) return undefined
  const correlations = new Float64Array(p * p)
  for (let i = 0; i < p; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = 0
      for (let row = 0; row < reference.rows; row++) sum += standardised[i]![row]! * standardised[j]![row]!
      correlations[i * p + j] = sum / reference.rows + (i === j ? ridge : 0)
    }
  }
  const factor = cholesky(correlations, p)
  if (!factor) return undefined
  const distances = distancesOf(standardised, reference.rows, factor).sort()
  return { scales, factor: [...factor], limit: distances[Math.floor(limitShare * (distances.length - 1))]! }
}

/** 1 for each row that is unusual. A column that is not there, or of another kind, counts as missing. */
export function unusualRows({ scales, factor, limit }: UsualRows, rows: Table): Uint8Array {
  const standardised = scales.map(scale => {
    const column = rows.columns.find(({ name }) => name === scale.column)
    if (!column || (column.kind === 'text') !== (scale.rarity !== undefined)) return new Float64Array(rows.rows)
    return numbersOf(column, scale.rarity).map(x => standard(x, scale))
  })
  return Uint8Array.from(distancesOf(standardised, rows.rows, Float64Array.from(factor)), distance =>
    distance > limit ? 1 : 0,
  )
}

function distancesOf(columns: readonly Float64Array[], rows: number, factor: Float64Array): Float64Array {
  const row = new Float64Array(columns.length)
  const distances = new Float64Array(rows)
  for (let r = 0; r < rows; r++) {
    for (let c = 0; c < columns.length; c++) row[c] = columns[c]![r]!
    distances[r] = choleskyLength(factor, row)
  }
  return distances
}

/** Standard deviations from the mean, at most a thousand: infinite values stay comparable. 0 where missing. */
function standard(x: number, { mean, sd }: Scale): number {
  return Number.isNaN(x) ? 0 : Math.max(-1000, Math.min(1000, (x - mean) / sd))
}

function numbersOf(column: Column, rarity: Scale['rarity']): Float64Array {
  if (column.kind !== 'text') return column.values
  const { of = {}, unseen = 0 } = rarity ?? {}
  const known = new Map(Object.entries(of))
  return Float64Array.from(column.values, value => (value === null ? Number.NaN : (known.get(value) ?? unseen)))
}

/** Categories that fewer rows have than one in a thousand count as unseen. */
function rarityOf(values: readonly (string | null)[]): NonNullable<Scale['rarity']> {
  const counts = new Map<string, number>()
  for (const value of values) if (value !== null) counts.set(value, (counts.get(value) ?? 0) + 1)
  const least = values.length / 1000
  const frequent = [...counts].filter(([, count]) => count >= least)
  return {
    of: Object.fromEntries(frequent.map(([value, count]) => [value, -Math.log(count / values.length)])),
    unseen: Math.log(1000),
  }
}

/** Of the finite values. */
function momentsOf(values: Float64Array): { mean: number; sd: number } {
  let n = 0
  let mean = 0
  let sum = 0
  for (const x of values) {
    if (!Number.isFinite(x)) continue
    n++
    const d = x - mean
    mean += d / n
    sum += d * (x - mean)
  }
  return { mean, sd: n > 1 ? Math.sqrt(sum / (n - 1)) : 0 }
}
