import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isDigest, sha256, sha256Json } from './hash.ts'

test('sha256 gives the digests of FIPS 180-2, appendix B', () => {
  assert.equal(sha256('abc'), 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad')
  assert.equal(
    sha256(new TextEncoder().encode('abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq')),
    '248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1',
  )
})

test('equal values have equal digests, whatever the order of their fields', () => {
  assert.equal(sha256Json({ a: 1, b: 2 }), sha256Json({ b: 2, a: 1, c: undefined }))
  assert.equal(sha256Json({}), sha256('{}'))
  assert.ok(isDigest(sha256Json({})))
  assert.ok(!isDigest('abc') && !isDigest(sha256('').toUpperCase()))
})
