import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { migrate, openSqlite } from './sqlite.ts'

function folder(t: TestContext): string {
  const dir = mkdtempSync(join(tmpdir(), 'falconer-sqlite-'))
  t.after(() => rmSync(dir, { recursive: true, force: true }))
  return dir
}

const first = 'CREATE TABLE things (name TEXT)'
const second = "ALTER TABLE things ADD COLUMN colour TEXT DEFAULT 'grey'"

test('an older file is brought forward, after a copy of it was made', t => {
  const path = join(folder(t), 'x.sqlite')
  const old = openSqlite(path)
  migrate(old, path, [first])
  old.run("INSERT INTO things VALUES ('falcon')")
  old.close()
  assert.ok(!existsSync(`${path}.before-1`))

  const current = openSqlite(path)
  migrate(current, path, [first, second])
  migrate(current, path, [first, second])
  assert.deepEqual(current.all('SELECT * FROM things'), [['falcon', 'grey']])
  current.close()

  const copy = openSqlite(`${path}.before-2`)
  assert.deepEqual(copy.all('SELECT * FROM things'), [['falcon']])
  assert.deepEqual(copy.get('PRAGMA user_version'), [1])
  copy.close()
})

test('a migration that fails leaves the file at the step before', t => {
  const path = join(folder(t), 'x.sqlite')
  const sqlite = openSqlite(path)
  assert.throws(() => migrate(sqlite, path, [first, `${second}; CREATE TABLE things (again TEXT)`]))
  assert.deepEqual(sqlite.get('PRAGMA user_version'), [1])
  assert.deepEqual(sqlite.all("SELECT name FROM pragma_table_info('things')"), [['name']])
  sqlite.close()
})

test('a file of a newer release, or one that is no database, is refused', t => {
  const path = join(folder(t), 'x.sqlite')
  const newer = openSqlite(path)
  migrate(newer, path, [first, second])
  assert.throws(() => migrate(newer, path, [first]), { code: 'conflict' })
  newer.close()
  writeFileSync(path, 'not a database, but a text that is long enough to be looked at as one'.repeat(100))
  assert.throws(() => openSqlite(path), { code: 'corrupt' })
})

test('commits are synced to the disk unless asked otherwise', t => {
  const path = join(folder(t), 'x.sqlite')
  for (const [synchronous, code] of [
    ['FULL', 2],
    ['NORMAL', 1],
  ] as const) {
    const sqlite = openSqlite(path, { synchronous })
    assert.deepEqual(sqlite.get('PRAGMA synchronous'), [code])
    assert.deepEqual(sqlite.get('PRAGMA journal_mode'), ['wal'])
    sqlite.close()
  }
})
