import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createClaims } from './claims.ts'

const answerAll = async (keys: readonly string[], answer: (key: string) => number) =>
  new Map(keys.map(key => [key, answer(key)]))

test('a key that two requests ask for at once is computed once, and both get the answer', async () => {
  const claims = createClaims<number>()
  let computed = 0
  const work = async (keys: readonly string[]) => {
    await Promise.resolve()
    return answerAll(keys, () => ++computed)
  }
  const [first, second] = await Promise.all([claims.settle(['a', 'b'], work), claims.settle(['b', 'c'], work)])
  assert.equal(first.get('b'), second.get('b'))
  assert.equal(computed, 3)
})

test('requests that wait for keys of each other both end', async () => {
  const claims = createClaims<number>()
  const later = new Promise<void>(resolve => setTimeout(resolve, 5))
  const work = async (keys: readonly string[]) => {
    await later
    return answerAll(keys, key => key.charCodeAt(0))
  }
  const both = await Promise.all([claims.settle(['a', 'b'], work), claims.settle(['c', 'b', 'a'], work)])
  assert.deepEqual([both[0].size, both[1].size], [2, 3])
})

test('whoever waited for a request that failed computes the key itself', async () => {
  const claims = createClaims<number>()
  const failing = claims.settle(['a'], async () => {
    await Promise.resolve()
    throw new Error('the row was bad')
  })
  const waiting = claims.settle(['a'], keys => answerAll(keys, () => 7))
  await assert.rejects(failing, /the row was bad/)
  assert.equal((await waiting).get('a'), 7)
})
