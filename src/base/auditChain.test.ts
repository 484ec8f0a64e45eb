import assert from 'node:assert/strict'
import { test } from 'node:test'
import { chained, chainStart, follows } from './auditChain.ts'
import { sha256 } from './hash.ts'

const first = {
  sequence: 1,
  at: 5,
  recordedAt: 7,
  actor: 'falconer',
  type: 'version.registered',
  project: 'flights',
  subject: 'flights/late-arrival/00001',
  previous: chainStart,
}

test('the hash of an entry is the SHA-256 of its other fields as canonical JSON', () => {
  const text =
    `{"actor":"falconer","at":5,"previous":"${'0'.repeat(64)}","project":"flights","recordedAt":7,"sequence":1,` +
    '"subject":"flights/late-arrival/00001","type":"version.registered"}'
  assert.equal(chained(first).hash, sha256(text))
})

test('an entry that was changed, or that follows another one, does not fit', () => {
  const start = { sequence: 0, hash: chainStart }
  const entry = chained(first)
  const next = chained({ ...first, sequence: 2, previous: entry.hash })
  assert.ok(follows(entry, start))
  assert.ok(follows(next, entry))
  assert.ok(!follows({ ...entry, actor: 'somebody' }, start))
  assert.ok(!follows(next, { sequence: 1, hash: chainStart }))
  assert.ok(!follows(next, start))
})
