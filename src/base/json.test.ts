import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { canonicalJson } from './json.ts'

test('the example of RFC 8785, section 3.2.2, gives the text of section 3.2.3', () => {
  const input = JSON.parse(
    '{"numbers":[333333333.33333329,1E30,4.50,2e-3,0.000000000000000000000000001],' +
      '"string":"\\u20ac$\\u000F\\u000aA\'\\u0042\\u0022\\u005c\\\\\\"\\/","literals":[null,true,false]}',
  )
  assert.equal(
    canonicalJson(input),
    '{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],' +
      '"string":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}',
  )
})

test('keys are ordered by UTF-16 code units, as in RFC 8785, section 3.2.3', () => {
  const names = ['\u20ac', '\r', '\ufb33', '1', '\u{1f600}', '\u0080', '\u00f6']
  const text = canonicalJson(Object.fromEntries(names.map(name => [name, 0])))
  assert.deepEqual(
    Object.keys(JSON.parse(text)).filter(k => k !== '1'),
    ['\r', '\u0080', '\u00f6', '\u20ac', '\u{1f600}', '\ufb33'],
  )
})

test('the text reads back as the same value and does not depend on the order of the fields', () => {
  fc.assert(
    fc.property(fc.jsonValue(), value => {
      // JSON has no -0 and no __proto__ field worth keeping apart.
      const plain = JSON.parse(JSON.stringify(value))
      assert.deepEqual(JSON.parse(canonicalJson(plain)), plain)
      assert.equal(canonicalJson(reversed(plain)), canonicalJson(plain))
    }),
  )
})

test('undefined fields are dropped, and what JSON cannot hold is refused by its place', () => {
  assert.equal(canonicalJson({ b: undefined, a: 1 }), '{"a":1}')
  assert.throws(() => canonicalJson({ a: [1, Number.NaN] }), /\/a\/1 is NaN/)
  for (const value of [Number.POSITIVE_INFINITY, undefined, 1n, new Map(), [undefined], '\ud800', new Date(0)]) {
    assert.throws(() => canonicalJson(value), TypeError)
  }
})

function reversed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(reversed)
  if (value === null || typeof value !== 'object') return value
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([key, field]) => [key, reversed(field)]),
  )
}
