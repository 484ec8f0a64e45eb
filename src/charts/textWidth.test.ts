import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { textWidth, truncate } from './textWidth.ts'

test('Chinese characters are one em wide, digits 0.556 em as in the metrics of Helvetica', () => {
  assert.equal(textWidth('延误', 10), 20)
  assert.ok(Math.abs(textWidth('2013', 10) - 4 * 5.56) < 1e-12)
})

test('truncated text fits, and text that fits is left alone', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', maxLength: 60 }), fc.integer({ min: 20, max: 200 }), (text, width) => {
      const short = truncate(text, 12, width)
      assert.ok(textWidth(short, 12) <= width)
      if (textWidth(text, 12) <= width) assert.equal(short, text)
    }),
  )
})
