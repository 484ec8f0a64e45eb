import assert from 'node:assert/strict'
import { test } from 'node:test'
import { asFalconerError, FalconerError } from './errors.ts'

test('an error carries status, exit code, title and remedy from one table', () => {
  const error = new FalconerError('not-found', 'There is no model churn.')
  assert.equal(error.status, 404)
  assert.equal(error.exit, 1)
  assert.equal(error.title, 'Not found')
  assert.equal(error.message, 'There is no model churn.')
  assert.ok(error.fix.length > 0)
  assert.deepEqual(error.findings, [])
})

test('who throws may know a better remedy, the places that are wrong, and the cause', () => {
  const cause = new Error('line 3')
  const findings = [{ at: 'data.csv:3:7', text: 'wanted a number, found "x"' }]
  const error = new FalconerError('bad-data', 'A cell cannot be read.', { fix: 'Correct line 3.', findings, cause })
  assert.equal(error.fix, 'Correct line 3.')
  assert.deepEqual(error.findings, findings)
  assert.equal(error.cause, cause)
  assert.equal(new FalconerError('too-busy', 'Full.', { retryAfterSeconds: 2 }).retryAfterSeconds, 2)
})

test('a gate that refuses and a check that fails exit with 3, wrong usage with 2', () => {
  assert.equal(new FalconerError('gate-refused', '').exit, 3)
  assert.equal(new FalconerError('check-failed', '').exit, 3)
  assert.equal(new FalconerError('bad-config', '').exit, 2)
})

test('a full disk is recognised whoever reports it', () => {
  const system = Object.assign(new Error('write failed'), { code: 'ENOSPC' })
  assert.equal(asFalconerError(system).code, 'disk-full')
  assert.equal(asFalconerError(Object.assign(new Error('quota'), { code: 'EDQUOT' })).status, 507)
  assert.equal(asFalconerError(new Error('database or disk is full')).code, 'disk-full')
})

test('what is thrown without a remedy becomes an internal error that keeps its cause', () => {
  const known = new FalconerError('locked', 'In use.')
  assert.equal(asFalconerError(known), known)
  const unknown = new Error('boom')
  assert.equal(asFalconerError(unknown).code, 'internal')
  assert.equal(asFalconerError(unknown).cause, unknown)
  assert.equal(asFalconerError(new RangeError('n is -1')).status, 500)
  assert.equal(asFalconerError('text').message, 'text')
})
