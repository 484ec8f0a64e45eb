/**
 * Permutation tests: the statistic that was observed among those of the same rows dealt to the samples at random.
 *   p = (1 + #{T* >= T}) / (1 + B)
 * never 0, and at most the stated level whatever the law, the ties and the sizes. The same seed gives the same p.
 */
import type { Random } from '../../numeric/random.ts'
import { shuffle } from '../../numeric/shuffle.ts'
import type { Pooled } from './pooled.ts'
import { randomTable } from './randomTable.ts'
import { type Tested, tooFew } from './tested.ts'

export interface PermutationOptions {
  /** B, how often the rows are dealt. The smallest p is 1 / (1 + B). */
  readonly replicates?: number
}

/**
 * p of `observed` among `replicates` statistics of permuted data, large ones speaking against the null. Statistics of the
 * same arrangement summed in another order differ in the last digits: such ties count as equal.
 */
export function permutationP(observed: number, drawn: () => number, replicates: number): number {
  if (!(Number.isInteger(replicates) && replicates >= 1)) {
    throw new RangeError(`permutationP: replicates is ${replicates}, must be an integer of at least 1`)
  }
  if (Number.isNaN(observed)) throw new RangeError('permutationP: the observed statistic is NaN')
  const limit = observed - 1e-12 * Math.abs(observed)
  let reached = 1
  for (let i = 0; i < replicates; i++) if (drawn() >= limit) reached++
  return reached / (replicates + 1)
}

/**
 * Any statistic of pooled samples (`kolmogorovSmirnovStatistic`, `andersonDarlingStatistic`, `wassersteinPooled`, ...), for
 * independent rows. Each replicate costs the number of distinct values, not of rows: heavily tied columns are cheap.
 */
export function permutationTestPooled(
  pooled: Pooled,
  statistic: (pooled: Pooled) => number,
  { replicates = 999 }: PermutationOptions,
  rng: Random,
): Tested {
  const { values, counts, sizes } = pooled
  const missing = tooFew(sizes, 1)
  if (missing) return missing
  if (values.length < 2) return { reason: 'all values are equal' }
  const totals = new Uint32Array(values.length)
  for (const count of counts) for (let j = 0; j < totals.length; j++) totals[j]! += count[j]!
  const permuted = { values, sizes, counts: counts.map(() => new Uint32Array(values.length)) }
  const observed = statistic(pooled)
  const draw = () => {
    randomTable(sizes, totals, permuted.counts, rng)
    return statistic(permuted)
  }
  return { result: { statistic: observed, p: permutationP(observed, draw, replicates) } }
}

/**
 * Any statistic of labelled rows, for rows of any kind. `labels[i]` is the sample of row i; `statistic(labels)` is large
 * where the samples differ. With `blocks` (the block of each row, such as its day) whole blocks are dealt: rows of a block
 * may depend on each other, blocks must be exchangeable, and a block lies in one sample. Samples then keep their number of
 * blocks, not of rows, so the statistic must not depend on the sizes.
 */
export function permutationTest(
  labels: Uint8Array,
  statistic: (labels: Uint8Array) => number,
  { replicates = 999, blocks }: PermutationOptions & { readonly blocks?: ArrayLike<number> },
  rng: Random,
): Tested {
  const units = blocks ? blockLabels(labels, blocks) : { labels: labels.slice(), unitOfRow: undefined }
  const samples = new Set(units.labels).size
  const unit = blocks ? 'blocks' : 'rows'
  if (samples < 2) return { reason: `${units.labels.length} ${unit} in ${samples} samples, 2 samples are needed` }
  const least = arrangements(units.labels)
  if (least < 20) return { reason: `${units.labels.length} ${unit} can be dealt in ${least} ways, 20 are needed` }
  const observed = statistic(labels)
  const rows = new Uint8Array(labels.length)
  const draw = () => {
    shuffle(units.labels, rng)
    const { unitOfRow } = units
    if (unitOfRow) for (let i = 0; i < rows.length; i++) rows[i] = units.labels[unitOfRow[i]!]!
    else rows.set(units.labels)
    return statistic(rows)
  }
  return { result: { statistic: observed, p: permutationP(observed, draw, replicates) } }
}

/** The block of each row where every sample is cut into runs of `length` rows; a shorter rest joins the run before it. */
export function runBlocks(sizes: readonly number[], length: number): Uint32Array {
  if (!(Number.isInteger(length) && length >= 1)) {
    throw new RangeError(`runBlocks: length is ${length}, must be an integer of at least 1`)
  }
  const blocks = new Uint32Array(sizes.reduce((sum, size) => sum + size, 0))
  let row = 0
  let first = 0
  for (const size of sizes) {
    const count = Math.max(1, Math.floor(size / length))
    for (let i = 0; i < size; i++) blocks[row++] = first + Math.min(count - 1, Math.floor(i / length))
    if (size > 0) first += count
  }
  return blocks
}

function blockLabels(labels: Uint8Array, blocks: ArrayLike<number>): { labels: Uint8Array; unitOfRow: Uint32Array } {
  if (blocks.length !== labels.length) {
    throw new RangeError(`permutationTest: ${labels.length} labels and ${blocks.length} blocks, one of each per row`)
  }
  const unitOf = new Map<number, number>()
  const unitLabels: number[] = []
  const unitOfRow = new Uint32Array(labels.length)
  for (let i = 0; i < labels.length; i++) {
    let unit = unitOf.get(blocks[i]!)
    if (unit === undefined) {
      unit = unitLabels.length
      unitOf.set(blocks[i]!, unit)
      unitLabels.push(labels[i]!)
    } else if (unitLabels[unit] !== labels[i]) {
      throw new RangeError(`permutationTest: block ${blocks[i]} has rows of two samples; a block must lie in one`)
    }
    unitOfRow[i] = unit
  }
  return { labels: Uint8Array.from(unitLabels), unitOfRow }
}

/** In how many ways the labels can be dealt, N! / (n_1! n_2! ...), or Infinity. */
function arrangements(labels: Uint8Array): number {
  const sizes = new Map<number, number>()
  let ways = 1
  for (let i = 0; i < labels.length && ways < 1e9; i++) {
    const size = (sizes.get(labels[i]!) ?? 0) + 1
    sizes.set(labels[i]!, size)
    ways = (ways * (i + 1)) / size
  }
  return Math.round(ways)
}
