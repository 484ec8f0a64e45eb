/**
 * Counts of the same columns in two files over the bins of the first. Files that fit are held as tables too, so that they
 * can be tested by their rows; of longer ones only counts and a sample are kept, in memory that does not grow with them.
 */
import type { Column, Table } from '../../base/table.ts'
import { random } from '../../numeric/random.ts'
import { type BinLimits, type Bins, fixBins } from '../../statistics/profiles/bins.ts'
import { binsBuilder } from '../../statistics/profiles/binsBuilder.ts'
import { type RowSample, rowSample } from '../../statistics/profiles/rowSample.ts'
import { type Sketch, sketchBuilder } from '../../statistics/profiles/sketch.ts'
import { holdRows, mostHeldValues } from '../holdRows.ts'
import type { ColumnPair } from './pairColumns.ts'
import type { Side } from './side.ts'

export interface CountOptions {
  /** Bins of a number column. */
  readonly bins?: number
  /** Values up to which both files are held and tested by their rows; default `mostHeldValues`. */
  readonly mostValues?: number
  /** Told what is being read and the rows so far. */
  readonly progress?: (file: string, rows: number, of: number | undefined) => void
}

export interface CountedColumn extends ColumnPair {
  readonly bins: Bins
  readonly reference: Sketch
  readonly current: Sketch
  readonly samples: { readonly reference: Float64Array; readonly current: Float64Array }
}

export interface Counted {
  /** Both files whole, where they fit. */
  readonly rows?: { readonly reference: Table; readonly current: Table }
  readonly columns: readonly CountedColumn[]
}

type Batches = () => AsyncIterable<Table>

export async function countColumns(
  reference: Side,
  current: Side,
  pairs: readonly ColumnPair[],
  { bins: most, mostValues = mostHeldValues, progress = () => {} }: CountOptions,
): Promise<Counted> {
  const limits = most === undefined ? {} : { bins: most }
  const [fromReference, fromCurrent] = [reference, current].map(
    (side): Batches =>
      () =>
        told(side.batches(pairs), rows => progress(side.file, rows, side.rows)),
  ) as [Batches, Batches]
  const fits = (side: Side) => (side.rows ?? 0) * pairs.length <= mostValues
  const held = fits(reference) && fits(current)
  const wholeReference = held ? await holdRows(fromReference(), pairs, mostValues) : undefined
  const wholeCurrent = wholeReference && (await holdRows(fromCurrent(), pairs, mostValues))
  const a = wholeReference ? () => once(wholeReference) : fromReference
  const b = wholeCurrent ? () => once(wholeCurrent) : fromCurrent
  const { bins, sample } = wholeReference
    ? { bins: wholeReference.columns.map(column => fixBins(column, limits)), sample: wholeReference }
    : await fixInPass(a(), pairs, limits)
  const inReference = await sketchPass(a(), bins)
  const drawn = rowSample(sampleRows, random('current'))
  const inCurrent = await sketchPass(b(), bins, wholeCurrent ? undefined : drawn)
  const sampleCurrent = wholeCurrent ?? drawn.table()
  return {
    ...(wholeReference && wholeCurrent && { rows: { reference: wholeReference, current: wholeCurrent } }),
    columns: pairs.map((pair, c) => ({
      ...pair,
      bins: bins[c]!,
      reference: inReference[c]!,
      current: inCurrent[c]!,
      samples: { reference: numbersIn(sample, pair.name), current: numbersIn(sampleCurrent, pair.name) },
    })),
  }
}

/** Rows that pictures and edges of long files are drawn from. */
const sampleRows = 32_768

async function fixInPass(batches: AsyncIterable<Table>, pairs: readonly ColumnPair[], limits: BinLimits) {
  const builder = binsBuilder({ ...limits, sampleRows }, random('reference'))
  builder.add(withoutRows(pairs))
  for await (const batch of batches) builder.add(batch)
  return { bins: builder.bins(), sample: builder.sample() }
}

async function sketchPass(
  batches: AsyncIterable<Table>,
  bins: readonly Bins[],
  sample?: RowSample,
): Promise<readonly Sketch[]> {
  const builders = bins.map(sketchBuilder)
  for await (const batch of batches) {
    for (const [c, column] of batch.columns.entries()) builders[c]!.add(column)
    sample?.add({ ...batch, columns: batch.columns.filter(({ kind }) => kind !== 'text') })
  }
  return builders.map(builder => builder.sketch())
}

function withoutRows(pairs: readonly ColumnPair[]): Table {
  const columns = pairs.map(
    ({ name, kind }): Column =>
      kind === 'text' ? { name, kind, values: [] } : { name, kind, values: new Float64Array(0) },
  )
  return { rows: 0, columns }
}

function numbersIn(sample: Table, name: string): Float64Array {
  const found = sample.columns.find(column => column.name === name)
  return found && found.kind !== 'text' ? found.values : new Float64Array(0)
}

async function* once(table: Table): AsyncGenerator<Table> {
  yield table
}

async function* told(batches: AsyncIterable<Table>, tell: (rows: number) => void): AsyncGenerator<Table> {
  let rows = 0
  for await (const batch of batches) {
    rows += batch.rows
    tell(rows)
    yield batch
  }
}
