import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { InferenceSession, Tensor } from 'onnxruntime-node'
import { node, tensorValue } from '../onnx/build.ts'
import { readModel, writeModel } from '../onnx/codec.ts'
import type { Model } from '../onnx/model.ts'
import { countCovers } from './covers.ts'
import type { TreeEnsemble } from './ensemble.ts'
import { treeNode, treesOf } from './node.ts'
import { linked, rawScores } from './predict.ts'

interface Golden {
  readonly background: readonly (readonly number[])[]
  readonly rows: readonly (readonly number[])[]
  readonly proba?: readonly number[]
  readonly onnx_semantics: { readonly margin: readonly number[]; readonly covers: readonly (readonly number[])[] }
}

const folder = join(import.meta.dirname, '../../test/golden')
const model = (name: string) => readModel(readFileSync(join(folder, `${name}.onnx`)))
const golden = (name: string) => JSON.parse(readFileSync(join(folder, `${name}.json`), 'utf8')) as Golden

const columnsOf = (rows: readonly (readonly number[])[]) =>
  rows[0]!.map((_, c) => Float32Array.from(rows, row => row[c]!))

/** A model of just these trees: x [N, features] to y [N, 1]. */
function alone(trees: TreeEnsemble): Model {
  return {
    irVersion: 10,
    opsetImport: [
      { domain: '', version: 21 },
      { domain: 'ai.onnx.ml', version: 3 },
    ],
    graph: {
      node: [treeNode(trees, 'x', 's'), node('Identity', ['s'], ['y'])],
      name: 'trees',
      initializer: [],
      input: [tensorValue('x', 'float', ['N', trees.features.length])],
      output: [tensorValue('y', 'float', ['N', 1])],
      valueInfo: [],
      metadataProps: [],
    },
    metadataProps: [],
  }
}

async function run(trees: TreeEnsemble, rows: readonly (readonly number[])[]): Promise<Float32Array> {
  const session = await InferenceSession.create(writeModel(alone(trees)))
  const x = new Tensor('float32', Float32Array.from(rows.flat()), [rows.length, rows[0]!.length])
  return (await session.run({ x })).y!.data as Float32Array
}

describe('trees of an ONNX file', () => {
  // LightGBM 4.7 and XGBoost 3.2 by onnxmltools 1.16, scikit-learn 1.9 by skl2onnx 1.20; margins walked by shap 0.51.
  for (const name of ['lightgbm', 'xgboost', 'forest_regressor']) {
    it(`give the margins of ${name} as its maker gives them`, () => {
      const { rows, background, onnx_semantics: wanted } = golden(name)
      const trees = treesOf(
        model(name),
        rows[0]!.map((_, c) => `x${c}`),
      )
      const margins = rawScores(trees, columnsOf(rows), rows.length)
      wanted.margin.forEach((margin, i) => {
        assert.ok(Math.abs(margins[i]! - margin) < 1e-9 * Math.max(1, Math.abs(margin)), `row ${i}`)
      })
      const counted = countCovers(trees, columnsOf(background))
      assert.deepEqual(Array.from(counted.cover), wanted.covers.flat())
    })

    it(`of ${name} score alike in ONNX Runtime when written again`, async () => {
      const { rows } = golden(name)
      const trees = treesOf(
        model(name),
        rows[0]!.map((_, c) => `x${c}`),
      )
      const scores = rawScores(trees, columnsOf(rows), rows.length)
      const served = await run(trees, rows)
      scores.forEach((score, i) => {
        assert.ok(Math.abs(served[i]! - score) < 1e-5 * Math.max(1, Math.abs(score)), `row ${i}`)
      })
      const again = treesOf(readModel(writeModel(alone(trees))), trees.features)
      assert.deepEqual(again.threshold, trees.threshold)
      assert.deepEqual([again.left, again.right, again.feature], [trees.left, trees.right, trees.feature])
    })
  }

  it('give probabilities through the link', () => {
    const { rows, proba } = golden('lightgbm')
    const trees = treesOf(
      model('lightgbm'),
      rows[0]!.map((_, c) => `x${c}`),
    )
    assert.equal(trees.link, 'logistic')
    linked(trees.link, rawScores(trees, columnsOf(rows), rows.length)).forEach((p, i) => {
      assert.ok(Math.abs(p - proba![i]!) < 1e-6)
    })
  })

  it('send missing values the way the node says, also past a threshold of infinity', async () => {
    const stump: TreeEnsemble = {
      features: ['a', 'b'],
      link: 'identity',
      base: 10,
      roots: Int32Array.of(0, 3),
      feature: Int32Array.of(0, -1, -1, 1, -1, -1),
      threshold: Float64Array.of(Number.POSITIVE_INFINITY, 0, 0, 0.5, 0, 0),
      left: Int32Array.of(1, 0, 0, 4, 0, 0),
      right: Int32Array.of(2, 0, 0, 5, 0, 0),
      missingLeft: Uint8Array.of(0, 0, 0, 1, 0, 0),
      value: Float64Array.of(0, 1, 2, 0, 100, 200),
      cover: new Float64Array(6),
    }
    const rows = [
      [1, 0.5],
      [Number.NaN, 0.6],
      [Number.POSITIVE_INFINITY, Number.NaN],
      [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY],
    ]
    const wanted = [111, 212, 111, 211]
    assert.deepEqual(Array.from(rawScores(stump, columnsOf(rows), 4)), wanted)
    assert.deepEqual(Array.from(await run(stump, rows)), wanted)
  })

  it('are refused with the reason where they cannot be read', () => {
    assert.throws(() => treesOf(model('mlp')), /it has 0 tree ensembles/)
    const broken = model('forest_regressor')
    const changed = broken.graph!.node.map(n => ({
      ...n,
      attribute: n.attribute.map(a => (a.name === 'nodes_truenodeids' ? { ...a, ints: a.ints.map(() => 1) } : a)),
    }))
    assert.throws(() => treesOf({ ...broken, graph: { ...broken.graph!, node: changed } }), /has two parents/)
  })
})
