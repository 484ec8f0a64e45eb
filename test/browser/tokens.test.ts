import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { dark, light } from '../../src/charts/palette.ts'

test('the style sheet colours charts with the palettes whose contrast is tested', () => {
  const css = readFileSync(new URL('../../web/style/tokens.css', import.meta.url), 'utf8')
  const tokens = Array.from(css.matchAll(/--chart-(\w+): light-dark\((#\w+), (#\w+)\)/g), ([, ...parts]) => parts)
  assert.deepEqual(
    tokens,
    Object.entries(light).map(([token, colour]) => [token, colour, dark[token as keyof typeof dark]]),
  )
})
