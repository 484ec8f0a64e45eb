import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'

test('the example in the README estimates an accuracy that nobody has labels for', () => {
  const readme = readFileSync(new URL('README.md', import.meta.url), 'utf8')
  const code = /```ts\n([\s\S]*?)```/.exec(readme)?.[1] ?? assert.fail('the README has no example')
  const printed = execFileSync(process.execPath, ['--input-type=module-typescript'], {
    cwd: import.meta.dirname,
    input: code,
    encoding: 'utf8',
  })
  assert.ok(readme.includes(`prints \`${printed.trim()}\``))
  // The mean of s^2 over [0.5, 1] is 7/12.
  const [accuracy, direction] = printed.trim().split(' ')
  assert.ok(Math.abs(Number(accuracy) - 7 / 12) < 0.03)
  assert.equal(direction, 'worse')
})
