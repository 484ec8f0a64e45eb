/**
 * A uniform sample of rows that knows their ids and can be merged: the rows whose ids have the smallest hashes. Which rows
 * those are depends on the seed and the ids alone, so windows, replicas and any order of rows and merges give the
 * same sample, and a row that arrives twice is drawn once. With rows of one stream and no ids take `rowSample`.
 */
import { hashNumber, hashText } from '../../numeric/hash32.ts'

export interface SampledRow<Row> {
  readonly id: string | number
  /** Uniform in [0, 2^53): the rank by which it was drawn. */
  readonly key: number
  readonly row: Row
}

/** Plain JSON where rows are. */
export interface IdSample<Row> {
  readonly size: number
  readonly seed: number | string
  /** Rows that were offered, repeated ones too. */
  readonly n: number
  /** In the order of their keys. */
  readonly rows: readonly SampledRow<Row>[]
}

export function idSample<Row>({
  size = 10_000,
  seed = 0,
}: {
  size?: number
  seed?: number | string
} = {}): IdSample<Row> {
  if (!Number.isInteger(size) || size < 1) {
    throw new RangeError(`idSample: size is ${size}, must be an integer of at least 1`)
  }
  return { size, seed, n: 0, rows: [] }
}

/** The sample with these rows too. Of an id that is offered twice the first row stays. */
export function addToIdSample<Row>(
  sample: IdSample<Row>,
  rows: Iterable<readonly [id: string | number, row: Row]>,
): IdSample<Row> {
  const { size, seed } = sample
  const seed1 = hashText(`${seed}/1`)
  const seed2 = hashText(`${seed}/2`)
  let { n } = sample
  let kept: SampledRow<Row>[] = [...sample.rows]
  let limit = kept.length >= size ? kept[size - 1]!.key : Number.POSITIVE_INFINITY
  for (const [id, row] of rows) {
    n++
    const hash = (seed: number) => (typeof id === 'number' ? hashNumber(id, seed) : hashText(id, seed))
    const key = hash(seed1) * 2 ** 21 + (hash(seed2) >>> 11)
    if (key > limit) continue
    kept.push({ id, key, row })
    // Sorted once per `size` candidates.
    if (kept.length < 2 * size) continue
    kept = smallest(kept, size)
    if (kept.length >= size) limit = kept[size - 1]!.key
  }
  return { size, seed, n, rows: smallest(kept, size) }
}

export function mergeIdSamples<Row>(a: IdSample<Row>, b: IdSample<Row>): IdSample<Row> {
  if (a.size !== b.size || a.seed !== b.seed) {
    throw new RangeError(
      `mergeIdSamples: one sample has size ${a.size} and seed ${a.seed}, the other ${b.size} and ${b.seed}; draw both alike`,
    )
  }
  return { size: a.size, seed: a.seed, n: a.n + b.n, rows: smallest([...a.rows, ...b.rows], a.size) }
}

/** The rows with the smallest keys, each id once. */
function smallest<Row>(rows: readonly SampledRow<Row>[], size: number): SampledRow<Row>[] {
  const sorted = rows.toSorted((a, b) => a.key - b.key || compare(a.id, b.id))
  return sorted.filter(({ id }, i) => i === 0 || sorted[i - 1]!.id !== id).slice(0, size)
}

function compare(a: string | number, b: string | number): number {
  if (typeof a !== typeof b) return typeof a === 'number' ? -1 : 1
  return a < b ? -1 : a > b ? 1 : 0
}
