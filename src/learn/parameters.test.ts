import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { completeRecipe, type RecipeOptions } from './parameters.ts'

describe('a recipe', () => {
  it('is filled in with defaults', () => {
    const recipe = completeRecipe({ kind: 'boost', iterations: 20 })
    assert.ok(recipe.kind === 'boost')
    assert.deepEqual([recipe.iterations, recipe.maxLeaves, recipe.learningRate, recipe.minRows], [20, 31, 0.1, 20])
  })

  it('with an unknown or impossible parameter is refused by name', () => {
    const given = (options: Record<string, unknown>) => () => completeRecipe(options as unknown as RecipeOptions)
    assert.throws(given({ kind: 'boost', depth: 3 }), /recipe boost: unknown parameter depth; there are iterations, /)
    assert.throws(given({ kind: 'boost', maxLeaves: 1 }), /maxLeaves is 1, must be an integer in \[2, 65536\]/)
    assert.throws(given({ kind: 'boost', rowShare: 'all' }), /rowShare is all, must be a number in/)
    assert.throws(given({ kind: 'forest' }), /kind is forest, must be one of boost, logistic, linear, constant/)
  })
})
