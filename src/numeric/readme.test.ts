import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'

test('the example in the README: quadrature and simulation agree', () => {
  const readme = readFileSync(new URL('README.md', import.meta.url), 'utf8')
  const code = /```ts\n([\s\S]*?)```/.exec(readme)?.[1] ?? assert.fail('the README has no example')
  const printed = execFileSync(process.execPath, ['--input-type=module-typescript'], {
    cwd: import.meta.dirname,
    input: code,
    encoding: 'utf8',
  })
  const [area, simulated] = printed.split(' ').map(Number)
  // sqrt(pi) / 2 * erf(1)
  assert.ok(Math.abs(area! - 0.7468241328124271) < 1e-14)
  assert.ok(Math.abs(simulated! - area!) < 0.006)
})
