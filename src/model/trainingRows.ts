/**
 * The rows that a model is trained on: labelled rows of the entities dataset before deployment, logged predictions with
 * their outcomes after it, each with the features that the point-in-time query gives at the row's own cutoff. What was
 * asked once is kept; what was served is compared cell by cell with what the query says.
 */
import type { Blobs, Digest, Tables } from '../base/ports.ts'
import { type Column, column, numbers, type Table, table, texts } from '../base/table.ts'
import { servedName } from '../loop/records.ts'
import type { FeatureSource, TrainingInput } from './trainingInput.ts'

export interface TrainingRows {
  readonly ids: readonly string[]
  readonly cutoffs: Float64Array
  readonly label: Float64Array
  readonly features: Table
}

export interface Skew {
  readonly compared: number
  readonly different: number
}

export interface Assembled {
  /** Labelled rows in order of cutoff and id. */
  readonly rows: TrainingRows
  /** Parquet of all features asked so far. */
  readonly known: { readonly content: Digest; readonly rows: number }
  readonly skew: Skew
}

export interface Workplace {
  readonly blobs: Blobs
  /** A scratch database. */
  readonly tables: Tables
  /** A folder for temporary files. */
  readonly folder: string
}

export async function assembleRows(
  input: TrainingInput,
  source: FeatureSource,
  place: Workplace,
  progress: (share: number, text: string) => void,
): Promise<Assembled> {
  const { tables, blobs, folder } = place
  await loadLabels(input, source, place)
  progress(0.1, 'rows and labels collected')

  if (input.known) await tables.read('known', await blobs.file(input.known), 'parquet')
  const missing = await tables.query(
    input.known
      ? 'select id, cutoff from labelled anti join known using (id, cutoff) order by cutoff, id'
      : 'select id, cutoff from labelled order by cutoff, id',
  )
  if (missing.rows > 0) {
    const cutoffs = numbers(missing, 'cutoff')
    const answer = await source.featuresAtMany(texts(missing, 'id') as string[], cutoffs)
    await tables.load('fresh', keyedBy(input.config.data.id, answer, cutoffs))
  }
  const parts = [input.known ? 'select * from known' : undefined, missing.rows > 0 ? 'select * from fresh' : undefined]
  const all = parts.filter(part => part !== undefined).join(' union all by name ')
  const path = `${folder}/features.parquet`
  const written = await tables.write(`select * from (${all}) order by cutoff, id`, path)
  const content = await blobs.putFile(path)
  await tables.read('features', path, 'parquet')
  progress(0.8, `${missing.rows} rows asked of the query, ${written.rows - missing.rows} known before`)

  const skew = await compareServed(input.served, place)
  const result = await tables.query(
    `select labelled.label, features.* from labelled join features using (id, cutoff)
     where labelled.label is not null order by features.cutoff, features.id`,
  )
  progress(1, `${result.rows} labelled rows`)
  return {
    rows: {
      ids: texts(result, 'id') as string[],
      cutoffs: numbers(result, 'cutoff'),
      label: numbers(result, 'label'),
      features: withoutKeys(result),
    },
    known: { content, rows: written.rows },
    skew,
  }
}

/** Makes the table `labelled` (id, cutoff, label): rows of the entities dataset, then of the log. */
async function loadLabels(input: TrainingInput, source: FeatureSource, { tables, blobs }: Workplace): Promise<void> {
  const { asOf } = input.request
  const { windowMs } = input.config.train
  const from = windowMs === 'all' ? Number.NEGATIVE_INFINITY : asOf - windowMs
  const before = await source.entities(from, Math.min(input.loggedFrom ?? asOf, asOf), asOf)
  await tables.load(
    'history',
    table([
      { ...column(before, 'id'), name: 'id' },
      { name: 'cutoff', kind: 'time', values: numbers(before, 'cutoff') },
      { name: 'label', kind: 'number', values: numbers(before, 'label') },
    ]),
  )
  if (!input.labels) {
    await tables.query('create or replace table labelled as select id, cutoff, label from history')
    return
  }
  await tables.read('logged', await blobs.file(input.labels), 'parquet')
  await tables.query(
    `create or replace table labelled as
     select id, cutoff, label from history
     union all select id, cutoff, label from logged where epoch_ms(cutoff) >= $from`,
    { from: Math.max(from, -8.64e15) },
  )
}

/** The answer of the query with its id column named `id` and the cutoffs beside it. */
function keyedBy(id: string, answer: Table, cutoffs: Float64Array): Table {
  return table([
    { ...column(answer, id), name: 'id' } as Column,
    { name: 'cutoff', kind: 'time', values: cutoffs },
    ...answer.columns.filter(candidate => candidate.name !== id),
  ])
}

function withoutKeys(result: Table): Table {
  return table(result.columns.filter(({ name }) => name !== 'id' && name !== 'cutoff' && name !== 'label'))
}

/** Cells of the features as served that differ from what the query says of the same row at the same cutoff. */
async function compareServed(served: readonly Digest[], { tables, blobs }: Workplace): Promise<Skew> {
  const { columns } = withoutKeys(await tables.query('select *, null as label from features limit 0'))
  const differs = columns.map(({ name, kind }) => {
    const type = kind === 'text' ? 'varchar' : 'double'
    return `(f.${quoted(name)}::${type} is distinct from s.${quoted(servedName(name))}::${type})::int`
  })
  let compared = 0
  let different = 0
  for (const digest of served) {
    await tables.read('served', await blobs.file(digest), 'parquet')
    const counts = await tables.query(
      `select count(*)::double as n, coalesce(sum(${differs.join(' + ')}), 0)::double as different
       from served s join features f on f.id = s.key and f.cutoff = s.at`,
    )
    compared += numbers(counts, 'n')[0]! * columns.length
    different += numbers(counts, 'different')[0]!
  }
  return { compared, different }
}

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}
