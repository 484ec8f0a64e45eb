import assert from 'node:assert/strict'
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { numbers, type Table, table, texts } from '../src/base/table.ts'
import { fileBlobs } from '../src/blobs/fileBlobs.ts'
import type { ProjectConfig } from '../src/loop/project.ts'
import type { FeatureSource, TrainingInput } from '../src/model/trainingInput.ts'
import { assembleRows } from '../src/model/trainingRows.ts'
import { duckTables } from '../src/tables/duckTables.ts'

const hour = 3_600_000

/** Ten visits an hour apart; a visit's features are its number and the hour of its cutoff. Asked ids are counted. */
function visits(): FeatureSource & { asked: number } {
  const source = {
    asked: 0,
    async entities(from: number, to: number, asOf: number) {
      const ids = Array.from({ length: 10 }, (_, i) => i).filter(i => i * hour >= from && i * hour < to)
      return table([
        { name: 'id', kind: 'text', values: ids.map(i => `v${i}`) },
        { name: 'cutoff', kind: 'time', values: Float64Array.from(ids, i => i * hour) },
        // A visit's label is known three hours after it.
        {
          name: 'label',
          kind: 'number',
          values: Float64Array.from(ids, i => ((i + 3) * hour <= asOf ? i % 2 : Number.NaN)),
        },
      ])
    },
    async featuresAtMany(ids: readonly string[], cutoffs: Float64Array): Promise<Table> {
      source.asked += ids.length
      return table([
        { name: 'visit', kind: 'text', values: ids },
        {
          name: 'number',
          kind: 'number',
          values: Float64Array.from(ids, id => (id === 'v4' ? Number.NaN : Number(id.slice(1)))),
        },
        { name: 'at', kind: 'text', values: [...cutoffs].map(cutoff => `hour ${cutoff / hour}`) },
      ])
    },
  }
  return source
}

async function place() {
  const folder = await mkdtemp(join(tmpdir(), 'falconer-'))
  return { blobs: await fileBlobs(join(folder, 'blobs')), folder, tables: await duckTables({ threads: 1 }) }
}

function input(more: Partial<TrainingInput> & { asOf: number }): TrainingInput {
  // Only what the assembly reads.
  const config = { data: { id: 'visit' }, train: { windowMs: 'all' } } as unknown as ProjectConfig
  const request = { project: 'p', model: 'm', action: 'a', asOf: more.asOf, holdFrom: more.asOf }
  return { request, config, query: '', datasets: [], served: [], ...more }
}

test('before deployment the rows are those of the entities dataset whose label was known', async () => {
  const work = await place()
  const { rows, known, skew } = await assembleRows(input({ asOf: 6 * hour }), visits(), work, () => {})
  assert.deepEqual(rows.ids, ['v0', 'v1', 'v2', 'v3'])
  assert.deepEqual([...rows.label], [0, 1, 0, 1])
  assert.deepEqual(
    rows.features.columns.map(({ name }) => name),
    ['number', 'at'],
  )
  assert.equal(known.rows, 6)
  assert.deepEqual(skew, { compared: 0, different: 0 })
  await work.tables.close()
})

test('logged rows stand at their logged instant, only unknown rows are asked, and what was served is compared', async () => {
  const work = await place()
  const first = await assembleRows(input({ asOf: 6 * hour }), visits(), work, () => {})
  const path = join(work.folder, 'x.parquet')
  const write = async (name: string, rows: Table) => {
    await work.tables.load(name, rows)
    await work.tables.write(`select * from ${name}`, path)
    return work.blobs.putFile(path)
  }
  const at = Float64Array.of(6.5 * hour, 7 * hour)
  const labels = await write(
    'l',
    table([
      { name: 'id', kind: 'text', values: ['v6', 'v7'] },
      { name: 'cutoff', kind: 'time', values: at },
      { name: 'label', kind: 'number', values: Float64Array.of(1, Number.NaN) },
    ]),
  )
  const served = await write(
    's',
    table([
      { name: 'key', kind: 'text', values: ['v6', 'v7'] },
      { name: 'at', kind: 'time', values: at },
      { name: 'number', kind: 'number', values: Float64Array.of(6, 70) },
      { name: 'feature.at', kind: 'text', values: ['hour 6.5', 'hour 7'] },
    ]),
  )
  const source = visits()
  const again = await assembleRows(
    input({ asOf: 8 * hour, loggedFrom: 6 * hour, labels, served: [served], known: first.known.content }),
    source,
    work,
    () => {},
  )
  assert.deepEqual(again.rows.ids, ['v0', 'v1', 'v2', 'v3', 'v4', 'v5', 'v6'])
  assert.equal(again.rows.cutoffs[6], 6.5 * hour)
  assert.equal(texts(again.rows.features, 'at')[6], 'hour 6.5')
  assert.ok(Number.isNaN(numbers(again.rows.features, 'number')[4]))
  assert.equal(source.asked, 2)
  assert.deepEqual(again.skew, { compared: 4, different: 1 })
  await work.tables.close()
})
