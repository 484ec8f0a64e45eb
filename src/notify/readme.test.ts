import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'

test('the example in the README runs and prints what it says', () => {
  const readme = readFileSync(new URL('README.md', import.meta.url), 'utf8')
  const code = /```ts\n([\s\S]*?)```/.exec(readme)?.[1] ?? assert.fail('the README has no example')
  const said = /^\/\/ (v1,.+)$/m.exec(code)?.[1]
  const run = spawnSync(process.execPath, ['--input-type=module-typescript', '-'], {
    cwd: import.meta.dirname,
    input: code,
    encoding: 'utf8',
  })
  assert.equal(run.stderr, '')
  assert.equal(run.stdout.trim(), said)
})
