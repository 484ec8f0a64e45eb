import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { floatTensor, node, tensorValue } from './build.ts'
import { checkFile, checkModel } from './check.ts'
import { writeModel } from './codec.ts'
import type { Graph, Model } from './model.ts'

const golden = (name: string) => readFileSync(join(import.meta.dirname, '../../test/golden', name))

function modelOf(graph: Partial<Graph>): Model {
  return {
    irVersion: 10,
    opsetImport: [{ domain: '', version: 21 }],
    graph: {
      node: [node('Relu', ['x'], ['y'])],
      initializer: [],
      input: [tensorValue('x', 'float', ['N'])],
      output: [tensorValue('y', 'float', ['N'])],
      valueInfo: [],
      metadataProps: [],
      ...graph,
    },
    metadataProps: [],
  }
}

const textsFor = (graph: Partial<Graph>) => checkModel(modelOf(graph)).map(({ at, text }) => `${at}: ${text}`)

describe('the check of a model file', () => {
  it('finds nothing in files of skl2onnx and onnxmltools', () => {
    for (const name of ['forest_regressor', 'lightgbm', 'xgboost', 'logistic', 'mlp']) {
      const { model, findings } = checkFile(golden(`${name}.onnx`))
      assert.deepEqual(findings, [], name)
      assert.ok(model)
    }
  })

  it('reports a file that cannot be read as a finding with its place', () => {
    const { model, findings } = checkFile(golden('logistic.onnx').subarray(0, 300))
    assert.equal(model, undefined)
    assert.match(findings[0]!.at, /^byte \d+$/)
    assert.match(findings[0]!.text, /truncated/)
  })

  it('refuses weights in another file', () => {
    const outside = { ...floatTensor('w', [1], [1]), rawData: undefined, dataLocation: 1 }
    const [finding] = checkModel(modelOf({ initializer: [outside as never] }))
    assert.match(finding!.text, /lie in another file/)
  })

  it('names a node that uses what is not there, and one that makes what is already there', () => {
    assert.deepEqual(textsFor({ node: [node('Relu', ['z'], ['y'])] }), [
      'graph/node/y (Relu): its input z is not there, or comes later',
    ])
    assert.deepEqual(textsFor({ node: [node('Relu', ['x'], ['y']), node('Abs', ['x'], ['y'])] }), [
      'graph/node/y (Abs): its output y is already there',
    ])
    assert.deepEqual(textsFor({ node: [node('Relu', ['x'], ['z'])] }), ['graph/output/y: nothing makes this output'])
  })

  it('names an operator set without a version', () => {
    assert.deepEqual(textsFor({ node: [node('Relu', ['x'], ['y'], {}, 'com.example')] }), [
      'graph/node/y (Relu): no version is imported for the operator set com.example',
    ])
  })

  it('compares the values of a tensor with its shape', () => {
    assert.deepEqual(textsFor({ initializer: [floatTensor('w', [2, 3], [1, 2])] }), [
      'graph/initializer/w: 8 bytes for 6 of float, wanted 24',
    ])
    assert.deepEqual(textsFor({ initializer: [floatTensor('w', [-1], [])] }), [
      'graph/initializer/w: its shape [-1] is impossible',
    ])
    const typed = { ...floatTensor('w', [3], []), rawData: undefined, floatData: Float32Array.of(1) }
    assert.deepEqual(textsFor({ initializer: [typed as never] }), [
      'graph/initializer/w: it holds 1 values, its shape wants 3',
    ])
  })

  it('looks into inner graphs, which see the names around them', () => {
    const inner = modelOf({ input: [], node: [node('Relu', ['x'], ['y'])] }).graph!
    const outer = node('If', ['c'], ['z'])
    const withInner = {
      ...outer,
      attribute: [
        { name: 'then_branch', g: inner, floats: new Float32Array(0), ints: [], strings: [], tensors: [], graphs: [] },
      ],
    }
    const graph = { node: [withInner], output: [tensorValue('z', 'float', ['N'])] }
    const inputs = [tensorValue('x', 'float', ['N']), tensorValue('c', 'bool', [])]
    assert.deepEqual(textsFor({ ...graph, input: inputs }), [])
    assert.deepEqual(textsFor({ ...graph, input: inputs.slice(1) }), [
      'graph/node/z (If)/then_branch/node/y (Relu): its input x is not there, or comes later',
    ])
  })

  it('refuses what is larger than the limits', () => {
    const bytes = writeModel(modelOf({}))
    assert.match(checkFile(bytes, { sizeBytes: 10, nodes: 10 }).findings[0]!.text, /bytes, the limit is 10/)
    assert.match(checkFile(bytes, { sizeBytes: 1e6, nodes: 0 }).findings[0]!.text, /1 nodes, the limit is 0/)
  })
})
