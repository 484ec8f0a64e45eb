/**
 * Fixes the bins of a reference that comes batch by batch, in memory that does not grow with its rows: a first pass
 * that says where the edges are; a second one counts (`sketchBuilder`).
 *
 * Edges are quantiles of a sample of the rows, so a bin holds a little more or less than its share of the reference;
 * the minimum, the maximum, a column of few values and the number of categories are exact. A reference that is no
 * larger than the sample gets the bins that `fixBins` gives.
 */
import type { Column, Table } from '../../base/table.ts'
import { keepWithin } from '../../numeric/keepWithin.ts'
import type { Random } from '../../numeric/random.ts'
import { sortAscending } from '../../numeric/sortAscending.ts'
import { type BinLimits, type Bins, fixBins, textBins } from './bins.ts'
import { countItems, noItems } from './frequentItems.ts'
import { largestFinite } from './moments.ts'
import { rowSample } from './rowSample.ts'

export interface BinsBuilder {
  /** Batches have the same columns in the same order. */
  add(batch: Table): void
  bins(): Bins[]
  /** The number columns of the rows that edges are taken from. */
  sample(): Table
}

export interface BinsBuilderOptions extends BinLimits {
  /** Rows that the edges are taken from, default 32,768: about 32 for each of 1,024 bins. */
  readonly sampleRows?: number
}

export function binsBuilder(options: BinsBuilderOptions, rng: Random): BinsBuilder {
  const { sampleRows = 32_768, ...limits } = options
  const sample = rowSample(sampleRows, rng)
  let columns: ColumnBins[] | undefined
  return {
    add(batch) {
      columns ??= batch.columns.map(column => (column.kind === 'text' ? textColumn(limits) : numberColumn(limits)))
      for (const [c, column] of batch.columns.entries()) columns[c]!.add(column)
      sample.add({ ...batch, columns: batch.columns.filter(({ kind }) => kind !== 'text') })
    },
    bins() {
      const sampled = new Map(sample.table().columns.map(column => [column.name, column]))
      return (columns ?? []).map(column => column.bins(sampled))
    },
    sample: () => sample.table(),
  }
}

interface ColumnBins {
  add(batch: Column): void
  bins(sampled: ReadonlyMap<string, Column>): Bins
}

function numberColumn(limits: BinLimits): ColumnBins {
  const { bins: most = 1024 } = limits
  let like: Column | undefined
  let least = Number.POSITIVE_INFINITY
  let greatest = Number.NEGATIVE_INFINITY
  let distinct: Set<number> | undefined = new Set()
  return {
    add(batch) {
      like ??= batch
      const values = batch.values as Float64Array
      for (let i = 0; i < values.length; i++) {
        const x = values[i]!
        if (!(Math.abs(x) <= largestFinite)) continue
        if (x < least) least = x
        if (x > greatest) greatest = x
        if (distinct?.add(x) && distinct.size > most) distinct = undefined
      }
    },
    bins(sampled) {
      const { name, kind } = like as Column & { kind: 'number' }
      if (distinct) return fixBins({ name, kind, values: Float64Array.from(distinct) }, limits)
      const values = sortAscending(keepWithin(sampled.get(name)!.values as Float64Array, largestFinite))
      if (values.length < 2) return fixBins({ name, kind, values: Float64Array.of(least, greatest) }, limits)
      // The ends of the whole reference stand in for those of the sample, so that nothing of it lies outside.
      values[0] = least
      values[values.length - 1] = greatest
      return fixBins({ name, kind, values }, limits)
    },
  }
}

function textColumn(limits: BinLimits): ColumnBins {
  const { categories = 1000 } = limits
  let name = ''
  let items = noItems(candidatesPerCategory * categories)
  return {
    add(batch) {
      name = batch.name
      items = countItems(items, batch.values as readonly (string | null)[])
    },
    bins: () => textBins(name, new Map(items.counts), { ...limits, all: items.error === 0 }),
  }
}

/** Texts whose counts are kept, at least, for each that gets a bin. */
const candidatesPerCategory = 8
