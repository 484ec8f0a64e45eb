import assert from 'node:assert/strict'
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { test } from 'node:test'

test('the example in the README sees the AUC fall, and keeps saying so', async () => {
  const readme = readFileSync(new URL('README.md', import.meta.url), 'utf8')
  const code = /```ts\n([\s\S]*?)```/.exec(readme)?.[1] ?? assert.fail('the README has no example')
  const file = new URL(`readme-example-${process.pid}.ts`, import.meta.url)
  writeFileSync(file, code)
  try {
    const { signals } = (await import(file.href)) as { signals: string[] }
    assert.equal(signals.length, 7)
    assert.deepEqual(signals.slice(0, 2), ['in', 'in'])
    assert.equal(signals.at(-1), 'below')
  } finally {
    rmSync(file)
  }
})
