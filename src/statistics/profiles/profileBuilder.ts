/**
 * The profile of a table that comes batch by batch, in memory that does not grow with its rows. Counts, moments, minimum
 * and maximum are exact. Above a thousand different values their number is an estimate (1.6 %), the most frequent texts
 * are those that are surely counted, and the most frequent numbers are left out; quantiles are off by at most 0.3 % of the
 * rows.
 */
import type { Column, Table } from '../../base/table.ts'
import { countItems, noItems } from './frequentItems.ts'
import { countDistinct, distinctEstimate, hyperLogLog } from './hyperLogLog.ts'
import { addToKll, emptyKll, kllQuantile } from './kll.ts'
import { mergeMoments, momentsOf, noMoments, sdOf } from './moments.ts'
import { type ColumnProfile, mostFrequent, type NumberProfile, type QuantileName, quantileNames } from './profile.ts'

export interface ProfileBuilder {
  /** Batches have the same columns in the same order. */
  add(batch: Table): void
  profiles(): ColumnProfile[]
}

export function profileBuilder({ top = 10 }: { readonly top?: number } = {}): ProfileBuilder {
  let columns: ColumnBuilder[] | undefined
  return {
    add(batch) {
      columns ??= batch.columns.map(column =>
        column.kind === 'text' ? textBuilder(column, top) : numberBuilder(column, top),
      )
      for (const [c, column] of batch.columns.entries()) columns[c]!.add(column)
    },
    profiles: () => (columns ?? []).map(column => column.profile()),
  }
}

interface ColumnBuilder {
  add(batch: Column): void
  profile(): ColumnProfile
}

/** Different values up to which they are counted one by one. */
const countedValues = 1000

function textBuilder({ name, kind }: Column, top: number): ColumnBuilder {
  const distinct = hyperLogLog()
  let items = noItems(countedValues)
  let rows = 0
  return {
    add(batch) {
      rows += batch.values.length
      items = countItems(items, batch.values as readonly (string | null)[])
      countDistinct(distinct, batch)
    },
    profile: () => ({
      column: name,
      kind,
      rows,
      missing: rows - items.n,
      distinct: items.error === 0 ? items.counts.length : Math.round(distinctEstimate(distinct)),
      top: mostFrequent(new Map(items.counts), top),
    }),
  }
}

function numberBuilder({ name, kind }: Column, top: number): ColumnBuilder {
  const distinct = hyperLogLog()
  let counts: Map<number, number> | undefined = new Map()
  let quantiles = emptyKll({ k: 1024, seed: name })
  let moments = noMoments
  let rows = 0
  let missing = 0
  let zero = 0
  let negative = 0
  return {
    add(batch) {
      const values = batch.values as Float64Array
      rows += values.length
      for (let i = 0; i < values.length; i++) {
        const x = values[i]!
        if (Number.isNaN(x)) {
          missing++
          continue
        }
        if (x === 0) zero++
        else if (x < 0 && x !== Number.NEGATIVE_INFINITY) negative++
        if (counts) {
          // -0 is the key 0 of a map.
          counts.set(x, (counts.get(x) ?? 0) + 1)
          if (counts.size > countedValues) counts = undefined
        }
      }
      countDistinct(distinct, batch)
      quantiles = addToKll(quantiles, values)
      moments = mergeMoments(moments, momentsOf(values))
    },
    profile() {
      const { n, mean, min, max } = moments
      const byName = quantileNames.map(p => [p, kllQuantile(quantiles, Number(p))] as const)
      const numbers: NumberProfile | undefined =
        min === null || max === null
          ? undefined
          : {
              infinite: rows - missing - n,
              zero,
              negative,
              mean,
              sd: sdOf(moments),
              min,
              max,
              quantiles: Object.fromEntries(byName) as Record<QuantileName, number>,
            }
      const finite = [...(counts ?? [])].filter(([value]) => Number.isFinite(value))
      return {
        column: name,
        kind,
        rows,
        missing,
        distinct: counts?.size ?? Math.round(distinctEstimate(distinct)),
        top: mostFrequent(new Map(finite), top),
        ...(numbers && { numbers }),
      }
    },
  }
}
