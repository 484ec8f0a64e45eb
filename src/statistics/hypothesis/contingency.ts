/** Tests on tables of counts: one row per sample, one column per category. All margins are taken as random. */
import type { Random } from '../../numeric/random.ts'
import { chiSquareSf, normalSf } from '../distributions/distributions.ts'
import { fisherExact } from './fisher.ts'
import { type PermutationOptions, permutationP } from './permutation.ts'
import { randomTable } from './randomTable.ts'
import type { Tested } from './tested.ts'

/** Two or more rows of equally many counts. */
export type CountTable = readonly ArrayLike<number>[]

/** Chi-square test of a two-row table; see `chiSquareOfTable`. */
export function chiSquareTest(
  a: ArrayLike<number>,
  b: ArrayLike<number>,
  { yates = false } = {},
): Tested & { df?: number } {
  return chiSquareOfTable([a, b], { yates })
}

/**
 * Chi-square test of a table with any number of rows, sum (O - E)^2 / E with E from both margins, (r - 1)(c - 1) degrees
 * of freedom. Rows and columns without counts are left out. `yates` moves every |O - E| of a 2 x 2 table half towards 0.
 * The law holds for E >= 5: see `poolRare` and `contingencyTest`.
 */
export function chiSquareOfTable(table: CountTable, { yates = false } = {}): Tested & { df?: number } {
  const margins = marginsOf('chiSquareOfTable', table)
  if (margins.reason !== undefined) return margins
  const shift = yates && margins.df === 1 ? 0.5 : 0
  let statistic = 0
  eachCell(table, margins, (observed, expected) => {
    statistic += Math.max(0, Math.abs(observed - expected) - shift) ** 2 / expected
  })
  return { result: { statistic, p: chiSquareSf(statistic, margins.df) }, df: margins.df }
}

/** Likelihood-ratio test G = 2 sum O ln(O / E) of a two-row table. */
export function gTest(a: ArrayLike<number>, b: ArrayLike<number>): Tested & { df?: number } {
  return gOfTable([a, b])
}

/** Likelihood-ratio test G = 2 sum O ln(O / E) of a table with any number of rows. */
export function gOfTable(table: CountTable): Tested & { df?: number } {
  const margins = marginsOf('gOfTable', table)
  if (margins.reason !== undefined) return margins
  let statistic = 0
  eachCell(table, margins, (observed, expected) => {
    if (observed > 0) statistic += 2 * observed * Math.log(observed / expected)
  })
  statistic = Math.max(0, statistic)
  return { result: { statistic, p: chiSquareSf(statistic, margins.df) }, df: margins.df }
}

/**
 * Chi-square of a table by its limiting law where every expected count is at least 5, else by permutation: tables with the
 * same margins are drawn. p is then at most the stated level, however rare the categories.
 */
export function contingencyTest(
  table: CountTable,
  { replicates = 2000 }: PermutationOptions,
  rng: Random,
): Tested & { method?: 'chi-square' | 'permutation' } {
  const margins = marginsOf('contingencyTest', table)
  if (margins.reason !== undefined) return margins
  const { rows, columns, total } = margins
  const leastExpected = (least(rows) * least(columns)) / total
  if (leastExpected >= 5) return { ...withoutDf(chiSquareOfTable(table)), method: 'chi-square' }
  for (const row of table) {
    for (let j = 0; j < row.length; j++) {
      if (!Number.isInteger(row[j])) {
        throw new RangeError(`contingencyTest: a count is ${row[j]}; a permutation deals whole rows`)
      }
    }
  }
  // Of the chi-square only sum O^2 / E moves with the table.
  const statistic = (cells: CountTable) => {
    let sum = 0
    for (let i = 0; i < cells.length; i++) {
      if (rows[i] === 0) continue
      let weighted = 0
      for (let j = 0; j < columns.length; j++) if (columns[j]! > 0) weighted += cells[i]![j]! ** 2 / columns[j]!
      sum += weighted / rows[i]!
    }
    return total * sum - total
  }
  const cells = table.map(() => new Uint32Array(columns.length))
  const observed = statistic(table)
  const draw = () => {
    randomTable(rows, columns, cells, rng)
    return statistic(cells)
  }
  return { result: { statistic: observed, p: permutationP(observed, draw, replicates) }, method: 'permutation' }
}

/**
 * Cramer's V, sqrt(chi^2 / (N min(r - 1, c - 1))) in [0, 1]; `corrected` takes off what chance gives (Bergsma 2013).
 * Undefined for a table of one row or one category.
 */
export function cramersV(table: CountTable, { corrected = false } = {}): number | undefined {
  const { result } = chiSquareOfTable(table)
  if (!result) return undefined
  const margins = marginsOf('cramersV', table)
  if (margins.reason !== undefined) return undefined
  const { rows, columns, total } = margins
  const r = rows.filter(count => count > 0).length
  const c = columns.filter(count => count > 0).length
  const square = result.statistic / total
  if (!corrected) return Math.sqrt(square / Math.min(r - 1, c - 1))
  const left = Math.max(0, square - ((r - 1) * (c - 1)) / (total - 1))
  const shrunk = (k: number) => k - (k - 1) ** 2 / (total - 1)
  return Math.sqrt(left / Math.min(shrunk(r) - 1, shrunk(c) - 1))
}

/**
 * Two shares: z-test with the pooled share in the standard error (z^2 is the chi-square of the 2 x 2 table) where all
 * expected counts are at least 5, Fisher's exact test otherwise. The statistic is z in both cases.
 */
export function twoProportions(hitsA: number, n: number, hitsB: number, m: number): Tested {
  if (!(n > 0 && m > 0)) return { reason: `${n} and ${m} rows, 1 is needed on each side` }
  const pooled = (hitsA + hitsB) / (n + m)
  if (pooled === 0 || pooled === 1) return { result: { statistic: 0, p: 1 } }
  const z = (hitsB / m - hitsA / n) / Math.sqrt(pooled * (1 - pooled) * (1 / n + 1 / m))
  const leastExpected = Math.min(n, m) * Math.min(pooled, 1 - pooled)
  const p = leastExpected >= 5 ? 2 * normalSf(Math.abs(z)) : fisherExact(hitsA, n - hitsA, hitsB, m - hitsB)
  return { result: { statistic: z, p: Math.min(1, p) } }
}

/**
 * Puts columns whose smaller expected count is below `least` together, the rarest first, until their sum reaches it, so
 * that the chi-square law holds. Which columns are pooled depends on the margins alone, which keeps the test level.
 */
export function poolRare(a: Float64Array, b: Float64Array, least = 5): { a: Float64Array; b: Float64Array } {
  const n = sum(a)
  const m = sum(b)
  const smaller = Math.min(n, m) / (n + m)
  const order = Array.from(a.keys())
    .filter(i => a[i]! + b[i]! > 0)
    .sort((i, j) => a[i]! + b[i]! - a[j]! - b[j]!)
  const pooledA: number[] = []
  const pooledB: number[] = []
  let x = 0
  let y = 0
  for (const i of order) {
    x += a[i]!
    y += b[i]!
    if ((x + y) * smaller < least) continue
    pooledA.push(x)
    pooledB.push(y)
    x = y = 0
  }
  if (x + y > 0) {
    // The rest joins the largest column.
    if (pooledA.length === 0) {
      pooledA.push(0)
      pooledB.push(0)
    }
    pooledA[pooledA.length - 1]! += x
    pooledB[pooledB.length - 1]! += y
  }
  return { a: Float64Array.from(pooledA), b: Float64Array.from(pooledB) }
}

interface Margins {
  readonly rows: readonly number[]
  readonly columns: readonly number[]
  readonly total: number
  readonly df: number
  readonly reason?: undefined
}

function marginsOf(name: string, table: CountTable): Margins | { readonly reason: string } {
  if (table.length < 2) throw new RangeError(`${name}: ${table.length} rows of counts, 2 are needed`)
  const width = table[0]!.length
  const rows: number[] = []
  const columns = new Array<number>(width).fill(0)
  for (const [i, row] of table.entries()) {
    if (row.length !== width) throw new RangeError(`${name}: rows of ${width} and ${row.length} counts`)
    for (let j = 0; j < width; j++) {
      const count = row[j]!
      if (!(count >= 0 && count < Number.POSITIVE_INFINITY)) {
        throw new RangeError(`${name}: the count of row ${i}, column ${j} is ${count}, must be at least 0`)
      }
      columns[j]! += count
    }
    rows.push(sum(row))
  }
  const filled = rows.filter(count => count > 0).length
  const categories = columns.filter(count => count > 0).length
  if (filled < 2) return { reason: `${rows.join(' and ')} rows, 1 is needed on each side` }
  if (categories < 2) return { reason: 'only one category' }
  return { rows, columns, total: sum(rows), df: (filled - 1) * (categories - 1) }
}

function eachCell(table: CountTable, { rows, columns, total }: Margins, visit: (o: number, e: number) => void): void {
  for (let i = 0; i < rows.length; i++) {
    for (let j = 0; j < columns.length; j++) {
      const expected = (rows[i]! * columns[j]!) / total
      if (expected > 0) visit(table[i]![j]!, expected)
    }
  }
}

function least(counts: readonly number[]): number {
  return counts.reduce(
    (smallest, count) => (count > 0 ? Math.min(smallest, count) : smallest),
    Number.POSITIVE_INFINITY,
  )
}

function withoutDf({ result, reason }: Tested): Tested {
  return result ? { result } : { reason }
}

function sum(values: ArrayLike<number>): number {
  let total = 0
  for (let i = 0; i < values.length; i++) total += values[i]!
  return total
}
