import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { InferenceSession, Tensor } from 'onnxruntime-node'
import { type Table, table } from '../base/table.ts'
import { random } from '../numeric/random.ts'
import { checkFile } from '../onnx/check.ts'
import { inspect } from '../onnx/inspect.ts'
import { readBoosted } from '../trees/boosted.ts'
import { encode } from '../trees/encoder.ts'
import { rawScores } from '../trees/predict.ts'
import type { FittedModel, Task } from './fitted.ts'
import type { RecipeOptions } from './parameters.ts'
import { fitRecipe } from './recipe.ts'

/** Numbers of different size, missing and infinite ones, a category with few and one with many levels. */
function rowsOf(count: number, seed: string): Table {
  const draw = random(seed)
  const column = (make: () => number) => Float64Array.from({ length: count }, make)
  return table([
    { name: 'plain', kind: 'number', values: column(() => draw.normal()) },
    { name: 'large offset', kind: 'number', values: column(() => 2000 + 7 * draw.normal()) },
    { name: 'gaps', kind: 'number', values: column(() => (draw.next() < 0.3 ? Number.NaN : draw.normal() ** 3)) },
    {
      name: 'infinite',
      kind: 'number',
      values: column(() => (draw.next() < 0.02 ? Number.POSITIVE_INFINITY : draw.next())),
    },
    { name: 'flag', kind: 'boolean', values: column(() => draw.below(2)) },
    { name: 'when', kind: 'time', values: column(() => 1.36e12 + 864e5 * draw.below(300)) },
    { name: 'empty', kind: 'number', values: column(() => Number.NaN) },
    {
      name: 'few',
      kind: 'text',
      values: Array.from({ length: count }, () => (draw.next() < 0.1 ? null : 'äöü€'[draw.below(4)]!)),
    },
    { name: 'many', kind: 'text', values: Array.from({ length: count }, () => `k${draw.below(80)}`) },
    { name: 'blank', kind: 'text', values: Array.from({ length: count }, () => null) },
  ])
}

const scoreOf = (rows: Table) => {
  const [plain, offset, gaps] = rows.columns.map(column => column.values as Float64Array)
  const few = rows.columns[7]!.values as readonly (string | null)[]
  return plain!.map(
    (x, i) => x + 0.1 * (offset![i]! - 2000) * (Number.isNaN(gaps![i]!) ? 1 : -1) + (few[i] === 'ö' ? 2 : 0),
  )
}

async function fit(recipe: RecipeOptions, task: Task): Promise<FittedModel> {
  const rows = rowsOf(2500, 'train')
  const score = scoreOf(rows)
  const draw = random('label')
  const label = score.map(s => (task === 'binary' ? (s + draw.normal() > 0 ? 1 : 0) : 100 * s + draw.normal()))
  return fitRecipe(recipe, rows, label, { task }, random(0))
}

/** Raw rows through ONNX Runtime: one input [N, 1] a column. */
async function serve(model: FittedModel, rows: Table): Promise<Float32Array> {
  const session = await InferenceSession.create(model.toOnnx())
  assert.deepEqual(session.inputNames.toSorted(), rows.columns.map(column => column.name).toSorted())
  const feeds = rows.columns.map(column => {
    const tensor =
      column.kind === 'text'
        ? new Tensor(
            'string',
            column.values.map(text => text ?? ''),
            [rows.rows, 1],
          )
        : new Tensor('float32', Float32Array.from(column.values), [rows.rows, 1])
    return [column.name, tensor] as const
  })
  const output = (await session.run(Object.fromEntries(feeds)))[model.task === 'binary' ? 'probability' : 'prediction']!
  assert.deepEqual(output.dims, [rows.rows, 1])
  return output.data as Float32Array
}

/** New rows with categories that training never saw. */
function unseenRows(): Table {
  const rows = rowsOf(800, 'served')
  return table(
    rows.columns.map(column =>
      column.kind === 'text'
        ? { ...column, values: column.values.map((text, i) => (i % 7 === 0 ? 'unseen' : text)) }
        : column,
    ),
  )
}

const cases: readonly (readonly [RecipeOptions, Task])[] = [
  [{ kind: 'boost', iterations: 60 }, 'binary'],
  [{ kind: 'boost', iterations: 60 }, 'regression'],
  [{ kind: 'logistic' }, 'binary'],
  [{ kind: 'linear' }, 'regression'],
  [{ kind: 'constant' }, 'binary'],
  [{ kind: 'constant' }, 'regression'],
]

describe('the file of a trained model', () => {
  for (const [recipe, task] of cases) {
    it(`gives in ONNX Runtime what the trainer predicts (${recipe.kind}, ${task})`, async () => {
      const model = await fit(recipe, task)
      const rows = unseenRows()
      const wanted = model.predict(rows)
      const served = await serve(model, rows)
      for (let i = 0; i < wanted.length; i++) {
        const error = Math.abs(served[i]! - wanted[i]!) / Math.max(1, Math.abs(wanted[i]!))
        assert.ok(error < 1e-5, `row ${i}: ${served[i]} served, ${wanted[i]} predicted`)
      }
      const { findings, model: read } = checkFile(model.toOnnx())
      assert.deepEqual(findings, [])
      assert.equal(inspect(read!).inputs.length, rows.columns.length)
    })
  }

  it('holds all of a boosted model: trees, covers, encoders, recipe', async () => {
    const model = await fit({ kind: 'boost', iterations: 20 }, 'binary')
    const file = readBoosted(model.toOnnx())
    assert.deepEqual(file.ensemble, model.trees)
    assert.deepEqual(file.encoders, model.encoders)
    assert.deepEqual(file.recipe, model.recipe)
    const rows = unseenRows()
    assert.deepEqual(
      rawScores(file.ensemble, encode(rows, file.encoders), rows.rows),
      rawScores(model.trees!, encode(rows, model.encoders), rows.rows),
    )
  })

  it('is the same, byte for byte, for the same rows and seed', async () => {
    const one = await fit({ kind: 'boost', iterations: 5 }, 'binary')
    const two = await fit({ kind: 'boost', iterations: 5 }, 'binary')
    assert.deepEqual(one.toOnnx(), two.toOnnx())
  })

  it('cannot have a column with the name of its output', async () => {
    const rows = table([{ name: 'probability', kind: 'number', values: Float64Array.of(1, 2, 3, 4) }])
    const model = await fitRecipe(
      { kind: 'constant' },
      rows,
      Float64Array.of(0, 1, 0, 1),
      { task: 'binary' },
      random(0),
    )
    assert.throws(() => model.toOnnx(), /The column probability has a name that the model itself uses/)
  })

  it('names the column that is absent or of another type when rows do not fit the model', async () => {
    const model = await fit({ kind: 'boost', iterations: 2 }, 'binary')
    const rows = rowsOf(3, 'fit')
    const without = table(rows.columns.filter(column => column.name !== 'gaps'))
    assert.throws(() => model.predict(without), /needs the column gaps, which is absent/)
    const wrong = table(
      rows.columns.map(c => (c.name === 'few' ? { name: 'few', kind: 'number', values: new Float64Array(3) } : c)),
    )
    assert.throws(() => model.predict(wrong), /needs few as text, it is number/)
  })
})
