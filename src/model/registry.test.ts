import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Signature } from '../loop/records.ts'
import { nextSemver } from './registry.ts'

const signature: Signature = {
  inputs: [{ name: 'temp', kind: 'number' }],
  output: { name: 'probability', task: 'binary' },
}

test('the first version of a model is 1.0.0', () => {
  assert.equal(nextSemver(undefined, signature), '1.0.0')
})

test('a model that answers the same requests raises the minor part', () => {
  assert.equal(nextSemver({ semver: '1.9.0', signature }, signature), '1.10.0')
})

test('a model that wants other columns raises the major part', () => {
  const wider = { ...signature, inputs: [...signature.inputs, { name: 'wind', kind: 'number' as const }] }
  assert.equal(nextSemver({ semver: '1.3.0', signature }, wider), '2.0.0')
})
