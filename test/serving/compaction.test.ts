import assert from 'node:assert/strict'
import { test } from 'node:test'
import { numbers, texts } from '../../src/base/table.ts'
import { fileBlobs } from '../../src/blobs/fileBlobs.ts'
import { duckTables } from '../../src/tables/duckTables.ts'
import { temporaryFolder } from '../contract/temporaryFolder.ts'
import { at, march, testPlatform } from './platform.ts'

const hour = 3_600_000
const day = 24 * hour

test('a closed day of the log becomes Parquet, with the outcomes known by then, and the next day is scheduled', async t => {
  const folder = temporaryFolder(t)
  const blobs = fileBlobs(folder)
  const platform = testPlatform({ blobs, tables: () => duckTables(), scratch: folder, latenessMs: 2 * day }, t)
  const { deploy, records, clock } = platform
  clock.set(march + 10 * hour)
  await platform.serve(await platform.route('live', '1.0.0', 'columns'))
  const predict = (id: string) => deploy.predict(at, { records: [{ id, carrier: null, distance: 2 }] }, 'r')
  await predict('b')
  clock.set(march + 5 * hour)
  await predict('a')
  await predict('c')
  clock.set(march + day + hour)
  await predict('next day')
  await deploy.outcomes(at, [
    { id: 'a', value: 1 },
    { id: 'b', value: 'void' },
  ])

  const [timer] = (await records.list('timer')).items
  // Without a project the days are those of UTC.
  const midnight = Date.parse('2013-03-01T00:00Z')
  assert.equal(timer!.body.due, midnight + day + 2 * day)
  clock.set(timer!.body.due)
  await deploy.handlers[timer!.body.handler]!(timer!)

  const [segment] = (await records.list('segment')).items
  const { from, to, rows, closedAt } = segment!.body
  assert.deepEqual([from, to, rows, closedAt], [midnight, midnight + day, 3, timer!.body.due])
  const tables = await duckTables()
  await tables.read('segment', await blobs.file(segment!.body.content), 'parquet')
  const stored = await tables.query('select * from segment')
  assert.deepEqual(texts(stored, 'key'), ['a', 'c', 'b'])
  assert.deepEqual([...numbers(stored, 'outcome')], [1, Number.NaN, Number.NaN])
  assert.deepEqual([...numbers(stored, 'void')], [0, 0, 1])
  assert.deepEqual(texts(stored, 'carrier'), [null, null, null])
  await tables.close()

  const [next] = (await records.list('timer')).items
  assert.deepEqual([next!.body.payload.from, next!.body.due], [midnight + day, timer!.body.due + day])
  // Asked again after a crash, nothing is done twice.
  await deploy.handlers[timer!.body.handler]!(timer!)
  assert.equal((await records.list('timer')).items.length, 1)
  assert.equal((await records.list('segment')).items.length, 1)
})
