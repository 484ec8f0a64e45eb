import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { readModel } from './codec.ts'
import { inspect } from './inspect.ts'

const read = (name: string) => readModel(readFileSync(join(import.meta.dirname, '../../test/golden', name)))

describe('inspect', () => {
  it('counts trees, nodes and leaves of an ensemble', () => {
    const forest = inspect(read('forest_regressor.onnx'))
    assert.equal(forest.trees?.trees, 30)
    assert.equal(forest.trees.nodes, 3020)
    // A binary tree has one leaf more than inner nodes.
    assert.equal(forest.trees.leaves, (3020 + 30) / 2)
    assert.equal(forest.trees.features, 10)
    assert.deepEqual(forest.nodes, { 'ai.onnx.ml.TreeEnsembleRegressor': 1 })
  })

  it('gives inputs, outputs, operator sets and weights', () => {
    const mlp = inspect(read('mlp.onnx'))
    assert.deepEqual(mlp.inputs, [{ name: 'X', type: 'float', shape: ['?', 8] }])
    assert.deepEqual(mlp.outputs[0], { name: 'label', type: 'int64', shape: ['?'] })
    assert.equal(mlp.opsets['ai.onnx'], 18)
    assert.equal(mlp.producer, 'skl2onnx 1.20.0')
    // 8 x 16 + 16 x 8 + 8 weights and 16 + 8 + 1 biases are 289 floats; two numbers of the graph come on top.
    assert.equal(mlp.initializers.largest[0]!.sizeBytes, 8 * 16 * 4)
    assert.ok(mlp.initializers.sizeBytes >= 289 * 4)
    assert.equal(mlp.trees, undefined)
  })
})
