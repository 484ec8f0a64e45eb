import assert from 'node:assert/strict'
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { it, type TestContext } from 'node:test'
import { numbers, type Table } from '../../src/base/table.ts'
import { temporaryFolder } from '../contract/temporaryFolder.ts'

const source = join(import.meta.dirname, '../../src')

/** Runs the example of a folder's README there, with `path` a file that it may write; answers one of its constants. */
async function runExample(t: TestContext, folder: string, constant: string): Promise<unknown> {
  const readme = readFileSync(join(source, folder, 'README.md'), 'utf8')
  const code = /```ts\n([\s\S]*?)```/.exec(readme)?.[1] ?? assert.fail('the README has no example')
  const file = join(source, folder, `readme-example-${process.pid}.ts`)
  const path = join(temporaryFolder(t), 'example.parquet')
  t.after(() => rmSync(file, { force: true }))
  writeFileSync(file, `const path = ${JSON.stringify(path)}\n${code}\nexport { ${constant} }\n`)
  return ((await import(file)) as Record<string, unknown>)[constant]
}

it('the example of data/README.md counts those who had left at each instant', async t => {
  const answer = (await runExample(t, 'data', 'answer')) as Table
  assert.deepEqual([...numbers(answer, 'gone')], [0, 3])
})

it('the example of tables/README.md finds the late flight', async t => {
  const late = (await runExample(t, 'tables', 'late')) as Table
  assert.deepEqual(late.columns[0]?.values, ['EWR'])
})

it('the example of loop/README.md waits for fourteen days of rows', async t => {
  const config = (await runExample(t, 'loop', 'config')) as { gate: { rowsMs: number } }
  assert.equal(config.gate.rowsMs / 86_400_000, 14)
})
