/** The texts of the pages: every language says the same things, and no component speaks by itself. */
import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import { en } from '../../web/language/en.ts'
import { formatMessage, parseMessage } from '../../web/language/message.ts'
import { zh } from '../../web/language/zh.ts'

const web = new URL('../../web/', import.meta.url)
const sources = globSync('**/*.{ts,tsx}', { cwd: web })
  .filter(name => !name.startsWith('node_modules'))
  .map(name => ({ name, text: readFileSync(new URL(name, web), 'utf8') }))

test('English and Chinese have the same keys in the same order', () => {
  assert.deepEqual(Object.keys(zh), Object.keys(en))
})

test('a text has the same places in every language', () => {
  const places = (text: string) =>
    [...new Set(parseMessage(text).flatMap(p => (p.kind === 'text' ? [] : p.name)))].sort()
  for (const key of Object.keys(en) as (keyof typeof en)[]) assert.deepEqual(places(zh[key]), places(en[key]), key)
})

test('a plural has exactly the branches of its language, and exact ones in both', () => {
  for (const [locale, texts] of [
    ['en', en],
    ['zh-CN', zh],
  ] as const) {
    const wanted = new Intl.PluralRules(locale).resolvedOptions().pluralCategories.toSorted()
    for (const [key, text] of Object.entries(texts)) {
      for (const part of parseMessage(text)) {
        if (part.kind !== 'plural') continue
        const branches = Object.keys(part.branches).filter(b => !b.startsWith('='))
        assert.deepEqual(branches.toSorted(), wanted, `${locale} ${key}`)
      }
    }
  }
})

test('no brace is left over: every place was understood', () => {
  for (const texts of [en, zh]) {
    for (const [key, text] of Object.entries(texts)) {
      for (const part of parseMessage(text)) if (part.kind === 'text') assert.ok(!/[{}]/.test(part.text), key)
    }
  }
})

test('no key is unused', () => {
  assert.ok(sources.length > 40, `only ${sources.length} sources were seen`)
  const code = sources
    .filter(s => !/language\/(en|zh)\.ts$/.test(s.name))
    .map(s => s.text)
    .join('\n')
  for (const key of Object.keys(en)) assert.ok(code.includes(`'${key}'`), `${key} is in no component`)
})

test('no component speaks by itself: words on the page come from the texts', () => {
  // Names that are the same in every language.
  const names = /^(Falconer|Esc|English|简体中文|KiB|[?g]|σ|·|→|–)$/
  for (const { name, text } of sources.filter(s => s.name.endsWith('.tsx'))) {
    for (const [, words] of text.matchAll(/<[a-z][\w.]*(?:\s[^<>{}]*)?>([^<>{}]+)<\//g)) {
      const said = words!.trim()
      assert.ok(said === '' || names.test(said) || /^falconer /.test(said), `${name} says “${said}”`)
    }
    for (const [, words] of text.matchAll(/(?:aria-label|title|placeholder|alt)="([^"]*)"/g)) {
      assert.fail(`${name} names something “${words}”`)
    }
  }
})

test('a plural chooses its branch by the language, an exact one first', () => {
  const text = '{n, plural, =0 {no row} one {# row} other {# rows}} of {name}'
  assert.equal(formatMessage(text, { n: 0, name: 'x' }, 'en'), 'no row of x')
  assert.equal(formatMessage(text, { n: 1, name: 'x' }, 'en'), '1 row of x')
  assert.equal(formatMessage(text, { n: 12_345, name: 'x' }, 'en'), '12,345 rows of x')
  assert.equal(formatMessage('{n, plural, other {# 行}}', { n: 2 }, 'zh-CN'), '2 行')
})

test('a value that is not given is an error that names its place', () => {
  assert.throws(() => formatMessage('{model} is live', {}, 'en'), /no value for \{model\}/)
})
