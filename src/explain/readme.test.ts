import assert from 'node:assert/strict'
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { test } from 'node:test'

test('the example in the README gives the values worked by hand', async () => {
  const readme = readFileSync(new URL('README.md', import.meta.url), 'utf8')
  const code = /```ts\n([\s\S]*?)```/.exec(readme)?.[1] ?? assert.fail('the README has no example')
  const file = new URL(`readme-example-${process.pid}.ts`, import.meta.url)
  writeFileSync(file, code)
  try {
    const { base, values } = (await import(file.href)) as { base: number; values: Float64Array }
    // v() = 0.42, v(distance) = 0.64, v(hour) = (0.2 + 1) / 2 = 0.6, v(both) = 1
    assert.ok(Math.abs(base - 0.42) < 1e-12)
    assert.ok(Math.abs(values[0]! - (0.64 - 0.42 + 1 - 0.6) / 2) < 1e-12)
    assert.ok(Math.abs(values[1]! - (0.6 - 0.42 + 1 - 0.64) / 2) < 1e-12)
  } finally {
    rmSync(file)
  }
})
