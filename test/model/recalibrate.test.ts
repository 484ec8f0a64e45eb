/** The calibrated file through the runtime that serves it, held against the curve in float64. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { type TestContext, test } from 'node:test'
import { type Table, table } from '../../src/base/table.ts'
import { fitBoost } from '../../src/learn/boost.ts'
import { type Calibration, calibrated, withCalibration } from '../../src/learn/recalibrate.ts'
import { fitRecipe } from '../../src/learn/recipe.ts'
import { random } from '../../src/numeric/random.ts'
import { onnxRuntime } from '../../src/runtime/onnxRuntime.ts'
import { readBoosted } from '../../src/trees/boosted.ts'

const curves: readonly Calibration[] = [
  { kind: 'platt', slope: 0.6, intercept: -0.8 },
  { kind: 'isotonic', x: [0.1, 0.1000001, 0.4, 0.9], y: [0.02, 0.3, 0.31, 0.97] },
  { kind: 'isotonic', x: [0.5], y: [0.25] },
]

function rows(): { readonly features: Table; readonly label: Float64Array } {
  const rng = random('rows')
  const a = Float64Array.from({ length: 2000 }, () => rng.normal())
  const b = Array.from({ length: 2000 }, () => ['x', 'y', 'z'][rng.below(3)]!)
  const label = a.map((value, row) => (rng.next() < 1 / (1 + Math.exp(-2 * value - (b[row] === 'x' ? 1 : 0))) ? 1 : 0))
  return {
    features: table([
      { name: 'a', kind: 'number', values: a },
      { name: 'b', kind: 'text', values: b },
    ]),
    label,
  }
}

async function holds(t: TestContext, file: Uint8Array, features: Table): Promise<void> {
  const runtime = onnxRuntime()
  t.after(() => runtime.close())
  const before = await (await runtime.load(file)).predict(features)
  for (const curve of curves) {
    const model = await runtime.load(withCalibration(file, curve))
    const after = await model.predict(features)
    const wanted = calibrated(curve, before)
    for (const [row, value] of after.entries()) {
      assert.ok(Math.abs(value - wanted[row]!) < 2e-6, `${curve.kind}, row ${row}: ${value}, wanted ${wanted[row]}`)
    }
  }
}

test('boosted trees are served with the curve, and are still read for explanations', async t => {
  const { features, label } = rows()
  const file = (await fitBoost(features, label, { iterations: 20 }, { task: 'binary' }, random('fit'))).toOnnx()
  await holds(t, file, features)
  const { ensemble } = readBoosted(withCalibration(file, curves[0]!))
  assert.deepEqual(ensemble, readBoosted(file).ensemble)
})

test('a logistic model is served with the curve, also with one curve upon another', async t => {
  const { features, label } = rows()
  const fitted = await fitRecipe({ kind: 'logistic' }, features, label, { task: 'binary' }, random('fit'))
  await holds(t, fitted.toOnnx(), features)
  await holds(t, withCalibration(fitted.toOnnx(), curves[0]!), features)
})

test('a classifier of scikit-learn with two columns of probabilities is served with the curve', async t => {
  const golden = JSON.parse(readFileSync(new URL('../golden/logistic.json', import.meta.url), 'utf8'))
  const file = new Uint8Array(readFileSync(new URL('../golden/logistic.onnx', import.meta.url)))
  const matrix = golden.rows as number[][]
  const features = table(
    matrix[0]!.map((_, c) => ({
      name: `c${c}`,
      kind: 'number' as const,
      values: Float64Array.from(matrix, row => row[c]!),
    })),
  )
  await holds(t, file, features)
})

test('a model with two outputs is refused in words', () => {
  const file = new Uint8Array(readFileSync(new URL('../golden/serving/two.onnx', import.meta.url)))
  assert.throws(() => withCalibration(file, curves[0]!), /Only one output of probabilities can be calibrated/)
})
