import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const root = fileURLToPath(new URL('../../', import.meta.url))

for (const folder of ['runtime', 'deploy', 'oip']) {
  test(`the example in the README of ${folder} prints what its comments say`, async () => {
    const readme = readFileSync(`${root}src/${folder}/README.md`, 'utf8')
    const code = /```ts\n([\s\S]*?)```/.exec(readme)?.[1] ?? assert.fail('the README has no example')
    const wanted = [...code.matchAll(/console\.log.*?(?:\/\/|\n\/\/) (.*)/g)].map(match => match[1])
    const file = `${root}test/serving/example-${folder}-${process.pid}.ts`
    writeFileSync(file, code)
    try {
      const { stdout } = await promisify(execFile)(process.execPath, [file], { cwd: root, timeout: 30_000 })
      assert.equal(stdout.replaceAll(/\s+/g, ' ').trim(), wanted.join(' '))
      assert.ok(wanted.length > 0)
    } finally {
      rmSync(file)
    }
  })
}
