/** The flights example as it is shipped: what its contracts find, and that no way of asking sees the future. */
import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { column, numbers, type Table, texts } from '../../src/base/table.ts'
import { memoryBlobs } from '../../src/blobs/memoryBlobs.ts'
import { createData, type Data } from '../../src/data/data.ts'
import { type Features, openFeatures } from '../../src/data/features.ts'
import { parseProject } from '../../src/loop/projectFile.ts'
import type { DatasetVersion } from '../../src/loop/records.ts'
import { memoryRecords } from '../../src/store/records.ts'
import { duckTables } from '../../src/tables/duckTables.ts'
import { applyProject } from './workplace.ts'

const example = join(import.meta.dirname, '../../examples/flights')
const read = (name: string) => readFileSync(join(example, name), 'utf8')
const config = parseProject(read('falconer.yaml'), read)
const march = Date.parse('2013-03-01T05:00:00Z')

describe('the flights example', () => {
  const folder = mkdtempSync(join(tmpdir(), 'falconer-'))
  mkdirSync(join(folder, 'blobs'))
  const records = memoryRecords({ now: () => 0 })
  const blobs = memoryBlobs(join(folder, 'blobs'))
  const versions: Record<string, DatasetVersion> = {}
  let data: Data
  let features: Features

  async function ask(query: string): Promise<Features> {
    const datasets = Object.values(versions).map(async ({ dataset: name, content }) => ({
      name,
      path: await blobs.file(content),
    }))
    return openFeatures(await duckTables({ threads: 1 }), { config, query, datasets: await Promise.all(datasets) })
  }

  before(async () => {
    data = createData({ records, blobs, openTables: () => duckTables(), clock: { now: () => 0 } })
    const project = await applyProject(records, read('falconer.yaml'), read)
    for (const name of ['airlines', 'airports', 'planes', 'weather', 'flights']) {
      const file = { path: join(example, `${name}.parquet`), name: `${name}.parquet`, format: 'parquet' as const }
      versions[name] = (await data.importFile({ project, name }, file, 'test')).body
    }
    features = await ask(config.data.query)
  })
  after(async () => {
    await features.close()
    await data.close()
    await records.close()
    rmSync(folder, { recursive: true, force: true })
  })

  it('contracts find what is broken and missing', () => {
    const found = Object.values(versions).flatMap(({ dataset, contract }) =>
      contract.filter(({ failingRows }) => failingRows > 0).map(c => [dataset, c.check, c.then, c.failingRows]),
    )
    // Counts as examples/flights/README.md gives them, or counted with pandas 3.1.1 (late: arr_delay > 15 from March on).
    assert.deepEqual(found, [
      ['planes', 'year is not null', 'warn', 70],
      ['weather', 'wind_speed between 0 and 150', 'blank', 1],
      ['weather', 'pressure is not null', 'warn', 2729],
      ['flights', 'dest refers to airports.faa', 'warn', 7602],
      ['flights', 'tailnum refers to planes.tailnum', 'warn', 50094],
      ['flights', 'arr_delay is not null', 'warn', 9430],
    ])
    const broken = versions.weather!.contract.find(({ check }) => check.startsWith('wind_speed'))!.examples[0]!
    assert.deepEqual(broken, { key: 'EWR 2013-02-12 08:00:00', value: '1048.36058' })
    assert.equal(versions.weather!.blankedCells, 1)
  })

  it('rows and outcomes are as many as there are flights and arrivals', async () => {
    const count = (answer: Table) => numbers(answer, 'label').filter(label => !Number.isNaN(label)).length
    const all = await features.entities(march, Number.POSITIVE_INFINITY, Date.parse('2014-02-01T00:00:00Z'))
    assert.equal(all.rows, 284_821)
    assert.equal(count(all), 277_337)
    const late = numbers(all, 'label').filter(label => label === 1).length
    assert.equal(late, 66_211)
    const before = await features.entities(Number.NEGATIVE_INFINITY, march, march)
    assert.equal(before.rows, 336_776 - 284_821)
    // Flights of the evening before have not all landed when March begins.
    assert.ok(count(before) < 277_337 && count(before) > 49_000)
  })

  it('19 features, and the same alone as together', async () => {
    assert.equal(features.columns.length, 19)
    const rows = await features.entities(march, march + 12 * 3_600_000, march)
    const ids = texts(rows, 'id') as string[]
    const cutoffs = numbers(rows, 'cutoff')
    const together = await features.featuresAtMany(ids, cutoffs)
    assert.deepEqual(texts(together, 'flight_id'), ids)
    for (const i of [0, 17, ids.length - 1]) {
      const alone = await features.featuresAt([ids[i]!], cutoffs[i]!)
      for (const { name, values } of alone.columns) assert.deepEqual(values[0], column(together, name).values[i], name)
    }
  })

  it('the weather is that of the hour before, and the broken wind is missing', async () => {
    const rows = await features.entities(march, march + 6 * 3_600_000, march)
    const ids = texts(rows, 'id') as string[]
    const answer = await features.featuresAtMany(ids, numbers(rows, 'cutoff'))
    const tables = await duckTables({ threads: 1 })
    await tables.read('weather', join(example, 'weather.parquet'), 'parquet')
    const raw = await tables.query(
      `select origin || ' ' || epoch_ms(time_hour) as place, temp from weather where time_hour between '2013-03-01' and '2013-03-02'`,
    )
    await tables.close()
    const temperature = new Map(texts(raw, 'place').map((place, i) => [place, numbers(raw, 'temp')[i]]))
    ids.forEach((_, i) => {
      const before = `${texts(answer, 'origin')[i]} ${numbers(rows, 'cutoff')[i]! - 3_600_000}`
      assert.equal(numbers(answer, 'temp')[i], temperature.get(before) ?? Number.NaN)
    })
    const broken = Date.parse('2013-02-12T08:00:00Z') + 3_600_000
    const next = await features.entities(broken, broken + 3 * 3_600_000, march)
    assert.ok(next.rows > 0)
    const speeds = numbers(
      await features.featuresAtMany(texts(next, 'id') as string[], numbers(next, 'cutoff')),
      'wind_speed',
    )
    assert.ok(speeds.every(speed => Number.isNaN(speed) || speed < 150))
  })

  it('nothing of its own flight, the current hour or the next leg reaches a prediction', async () => {
    const leaking = await ask(`select flight_id, f.arr_delay, f.dep_delay, f.air_time, f.dep_time,
      (select count(*) from weather w where w.time_hour >= f.time_hour) as weather_now,
      (select count(*) from flights n where n.tailnum = f.tailnum and n.time_hour >= f.time_hour and n.dep_delay is not null) as later_legs,
      (select count(*) from flights n where n.arr_delay is not null and n.landed_at > entities.cutoff) as landed_later,
      (select count(*) from flights n where n.time_hour > entities.cutoff + interval 1 day) as far_schedule,
      (select count(*) from flights n where n.tailnum = f.tailnum and n.arr_delay is not null) as earlier_legs
      from entities join flights f using (flight_id)`)
    const rows = await leaking.entities(march + 8 * 3_600_000, march + 10 * 3_600_000, march)
    const answer = await leaking.featuresAtMany(texts(rows, 'id') as string[], numbers(rows, 'cutoff'))
    await leaking.close()
    assert.ok(answer.rows > 50)
    for (const name of ['arr_delay', 'dep_delay', 'air_time', 'dep_time']) {
      assert.ok(numbers(answer, name).every(Number.isNaN), name)
    }
    for (const name of ['weather_now', 'later_legs', 'landed_later', 'far_schedule']) {
      assert.ok(
        numbers(answer, name).every(count => count === 0),
        name,
      )
    }
    assert.ok(numbers(answer, 'earlier_legs').some(count => count > 10))
  })
})
