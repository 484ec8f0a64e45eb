import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { changesBetween } from './projects.ts'

describe('applying a project', () => {
  const yaml = 'gate: {margin: 0.01}\nwatch: [{of: auc}]\n'

  it('says which values changed, came and went', () => {
    const after = 'gate: {margin: 0.05, rows: newest 7 days}\n'
    assert.deepEqual(changesBetween({ yaml, query: 'select 1' }, { yaml: after, query: 'select 2' }), [
      'gate.margin: 0.01 → 0.05',
      'watch.0.of: auc is gone',
      'gate.rows: newest 7 days is new',
      'the query is another one',
    ])
  })

  it('says nothing of the same file', () => {
    assert.deepEqual(changesBetween({ yaml, query: '' }, { yaml, query: '' }), [])
    assert.deepEqual(changesBetween(undefined, { yaml, query: '' }), ['declared for the first time'])
  })
})
