import assert from 'node:assert/strict'
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { test } from 'node:test'

test('the example in the README runs and comes to what it says', async () => {
  const readme = readFileSync(new URL('README.md', import.meta.url), 'utf8')
  const code = /```ts\n([\s\S]*?)```/.exec(readme)?.[1] ?? assert.fail('the README has no example')
  const file = new URL(`readme-example-${process.pid}.ts`, import.meta.url)
  writeFileSync(file, code.replace('const verdict', 'export const verdict'))
  try {
    const { verdict } = (await import(file.href)) as { verdict: { worse: boolean } }
    assert.deepEqual(verdict, { worse: false })
  } finally {
    rmSync(file)
  }
})
