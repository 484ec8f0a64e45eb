import assert from 'node:assert/strict'
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { test } from 'node:test'

test('the example in the README: quadrature and simulation agree', async () => {
  const readme = readFileSync(new URL('README.md', import.meta.url), 'utf8')
  const code = /```ts\n([\s\S]*?)```/.exec(readme)?.[1] ?? assert.fail('the README has no example')
  const file = new URL(`readme-example-${process.pid}.ts`, import.meta.url)
  writeFileSync(file, code)
  try {
    const { gap } = (await import(file.href)) as { gap: number }
    assert.ok(Math.abs(gap) < 0.005)
  } finally {
    rmSync(file)
  }
})
