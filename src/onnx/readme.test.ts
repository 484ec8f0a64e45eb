import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'

test('the example in the README prints what the README says', () => {
  const readme = readFileSync(new URL('README.md', import.meta.url), 'utf8')
  const [, code, printed] =
    /```ts\n([\s\S]*?)```\n\nprints `(.*)`/.exec(readme) ?? assert.fail('the README has no example')
  const options = { cwd: import.meta.dirname, input: code, encoding: 'utf8' } as const
  const output = execFileSync(process.execPath, ['--input-type=module-typescript'], options)
  assert.equal(output.trim(), printed)
})
