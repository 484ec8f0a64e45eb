import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'

test('the example in the README gives the values worked by hand', () => {
  const readme = readFileSync(new URL('README.md', import.meta.url), 'utf8')
  const code = /```ts\n([\s\S]*?)```/.exec(readme)?.[1] ?? assert.fail('the README has no example')
  const printed = execFileSync(process.execPath, ['--input-type=module-typescript'], {
    cwd: import.meta.dirname,
    input: code,
    encoding: 'utf8',
  })
  // v() = 0.42, v(distance) = 0.64, v(hour) = (0.2 + 1) / 2 = 0.6, v(both) = 1
  const [base, distance, hour] = printed.split(' ').map(Number)
  assert.ok(Math.abs(base! - 0.42) < 1e-12)
  assert.ok(Math.abs(distance! - (0.64 - 0.42 + 1 - 0.6) / 2) < 1e-12)
  assert.ok(Math.abs(hour! - (0.6 - 0.42 + 1 - 0.64) / 2) < 1e-12)
})
