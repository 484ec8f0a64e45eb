import assert from 'node:assert/strict'
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { test } from 'node:test'
import { everyElement, parseXml } from './testing/parseXml.ts'

test('the example in the README draws a line with a gap and one signal', async () => {
  const readme = readFileSync(new URL('README.md', import.meta.url), 'utf8')
  const code = /```ts\n([\s\S]*?)```/.exec(readme)?.[1] ?? assert.fail('the README has no example')
  const file = new URL(`readme-example-${process.pid}.ts`, import.meta.url)
  writeFileSync(file, code.replace('const svg', 'export const svg'))
  try {
    const { svg } = (await import(file.href)) as { svg: string }
    const paths = [...everyElement(parseXml(svg))].filter(e => e.name === 'path')
    assert.equal(paths.length, 2)
    assert.match(paths[1]!.attributes.fill!, /broken/)
  } finally {
    rmSync(file)
  }
})
