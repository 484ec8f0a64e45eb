import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseInline, parseMarkdown } from '../../web/parts/markdown.ts'

test('a model card is headings, paragraphs, lists and tables', () => {
  const blocks = parseMarkdown(
    '# A\n\nOne\ntwo `x|y` **bold**\n\n- a\n- b\n\n| h | i |\n|---|---|\n| 1 | 2 |\n\n```\ncode\n```\n',
  )
  assert.deepEqual(
    blocks.map(b => b.kind),
    ['heading', 'paragraph', 'list', 'table', 'code'],
  )
  assert.deepEqual(blocks[1], {
    kind: 'paragraph',
    content: [
      { kind: 'text', text: 'One two ' },
      { kind: 'code', text: 'x|y' },
      { kind: 'text', text: ' ' },
      { kind: 'strong', content: [{ kind: 'text', text: 'bold' }] },
    ],
  })
})

test('HTML in a card stays text, and a link goes only to pages', () => {
  assert.deepEqual(parseInline('<script>alert(1)</script>'), [{ kind: 'text', text: '<script>alert(1)</script>' }])
  assert.deepEqual(parseInline('[x](javascript:alert)'), [{ kind: 'text', text: '[x](javascript:alert)' }])
  assert.equal(parseInline('[x](https://example.org)')[0]?.kind, 'link')
})

test('names with underscores are not emphasis', () => {
  assert.deepEqual(parseInline('wind_speed_max'), [{ kind: 'text', text: 'wind_speed_max' }])
})
