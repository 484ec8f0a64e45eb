import assert from 'node:assert/strict'
import { join } from 'node:path'
import { it } from 'node:test'
import { FalconerError } from '../../src/base/errors.ts'
import { duckTables } from '../../src/tables/duckTables.ts'
import { tablesContract } from './tables.ts'
import { temporaryFolder } from './temporaryFolder.ts'

tablesContract('tables on DuckDB', async t => {
  const tables = await duckTables({ threads: 2 })
  t.after(() => tables.close())
  return tables
})

it('a Parquet file that unpacks to more than the limit is refused before it is read', async t => {
  const tables = await duckTables({ threads: 1, maxBytes: 100_000 })
  t.after(() => tables.close())
  const path = join(temporaryFolder(t), 'bomb.parquet')
  await tables.write('select i * 1.5::double as x from range(1000000) r(i)', path)
  await assert.rejects(tables.read('bomb', path, 'parquet'), (error: unknown) => {
    assert.ok(error instanceof FalconerError)
    assert.equal(error.code, 'too-large')
    return true
  })
})

it('one file gives the same Parquet bytes for one thread and for two', async t => {
  const { readFileSync } = await import('node:fs')
  const folder = temporaryFolder(t)
  const bytes: Buffer[] = []
  for (const threads of [1, 2]) {
    const tables = await duckTables({ threads })
    const path = join(folder, `${threads}.parquet`)
    await tables.write("select i, hash(i) % 1000 as x, 'v' || (i % 77) as s from range(400000) r(i)", path)
    await tables.close()
    bytes.push(readFileSync(path))
  }
  assert.ok(bytes[0]!.equals(bytes[1]!))
})
