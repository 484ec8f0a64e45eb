import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'

test('the example in the README designs a detector that sees the shift', () => {
  const readme = readFileSync(new URL('README.md', import.meta.url), 'utf8')
  const code = /```ts\n([\s\S]*?)```/.exec(readme)?.[1] ?? assert.fail('the README has no example')
  const printed = execFileSync(process.execPath, ['--input-type=module-typescript'], {
    cwd: import.meta.dirname,
    input: code,
    encoding: 'utf8',
  })
  assert.match(printed, /^one false alarm in 1000 values\ndrift at 4\d\d\n/)
})
