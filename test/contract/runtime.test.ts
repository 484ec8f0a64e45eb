import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { type Table, table } from '../../src/base/table.ts'
import { onnxRuntime } from '../../src/runtime/onnxRuntime.ts'
import { columnsByHand, flights, modelFile, near, refusal, runtimeContract } from './runtime.ts'

runtimeContract('ONNX Runtime in worker threads', () => onnxRuntime())

const turns = (n: number): Table => table([{ name: 'turns', kind: 'number', values: Float64Array.of(n) }])
/** About a second of work for spin.onnx. */
const forLong = 20_000

test('an operator set that the runtime does not know is refused in words', async t => {
  const runtime = onnxRuntime()
  t.after(() => runtime.close())
  await assert.rejects(runtime.load(modelFile('opset27')), refusal('bad-model', /operator set 27.*up to 26/))
})

test('inputs and outputs that rows cannot be mapped to are refused with their shapes', async t => {
  const runtime = onnxRuntime()
  t.after(() => runtime.close())
  await assert.rejects(runtime.load(modelFile('image')), refusal('bad-model', /pixels.*3, 8, 8/))
  await assert.rejects(runtime.load(modelFile('two')), refusal('bad-model', /first.*second/))
})

test('the thread that asks is not blocked while a model runs', async t => {
  const runtime = onnxRuntime()
  t.after(() => runtime.close())
  const model = await runtime.load(modelFile('spin'))
  let ticks = 0
  const ticking = setInterval(() => ticks++, 5)
  await model.predict(turns(5_000))
  clearInterval(ticking)
  assert.ok(ticks >= 10, `${ticks} turns of the loop during a run of some hundred milliseconds`)
})

test('a run past its deadline is answered in time, its thread replaced, other models go on', async t => {
  const runtime = onnxRuntime()
  t.after(() => runtime.close())
  const slow = await runtime.load(modelFile('spin'), { deadlineMs: 200 })
  const other = await runtime.load(modelFile('columns'))
  const order: string[] = []
  const late = assert.rejects(slow.predict(turns(forLong)), refusal('timeout', /200 ms/)).then(() => order.push('late'))
  near(await other.predict(flights(['UA'], [1])), [columnsByHand('UA', 1)])
  order.push('other')
  await late
  assert.deepEqual(order, ['other', 'late'])
  near(await slow.predict(turns(3), { deadlineMs: 5_000 }), [3])
})

test('models on the thread of a lost run answer from the fresh one', async t => {
  const runtime = onnxRuntime({ threads: 1 })
  t.after(() => runtime.close())
  const slow = await runtime.load(modelFile('spin'), { deadlineMs: 200 })
  const other = await runtime.load(modelFile('columns'), { deadlineMs: 5_000 })
  const late = assert.rejects(slow.predict(turns(forLong)), refusal('timeout', /200 ms/))
  near(await other.predict(flights(['AA'], [3])), [columnsByHand('AA', 3)])
  await late
})

test('a short deadline of one request costs nobody a thread', async t => {
  const runtime = onnxRuntime()
  t.after(() => runtime.close())
  const model = await runtime.load(modelFile('spin'))
  await assert.rejects(model.predict(turns(2_000), { deadlineMs: 10 }), refusal('timeout', /10 ms/))
  near(await model.predict(turns(2), { deadlineMs: 5_000 }), [2])
})

test('one request more than the queue holds is refused, with when to try again', async t => {
  const runtime = onnxRuntime()
  t.after(() => runtime.close())
  const model = await runtime.load(modelFile('spin'), { queue: 4 })
  const asked = Array.from({ length: 5 }, () => model.predict(turns(500)))
  await assert.rejects(asked[4]!, (error: { retryAfterSeconds?: number }) => {
    assert.equal(error.retryAfterSeconds, 1)
    return refusal('too-busy', /4 requests/)(error)
  })
  for (const answer of asked.slice(0, 4)) near(await answer, [500])
})

test('closing answers what still waits with unavailable', async t => {
  const runtime = onnxRuntime()
  t.after(() => runtime.close())
  const model = await runtime.load(modelFile('spin'))
  const waiting = model.predict(turns(forLong))
  await runtime.close()
  await assert.rejects(waiting, refusal('unavailable', /closing/))
})

// Peers' models with one matrix input: the columns in their order. Values from scikit-learn 1.9, LightGBM 4.7, XGBoost 3.2.
for (const name of ['logistic', 'lightgbm', 'xgboost', 'mlp', 'forest_regressor']) {
  test(`a model with one matrix input takes the columns in order: ${name}`, async t => {
    const golden = new URL('../golden/', import.meta.url)
    const reference = JSON.parse(readFileSync(new URL(`${name}.json`, golden), 'utf8'))
    const runtime = onnxRuntime()
    t.after(() => runtime.close())
    const model = await runtime.load(readFileSync(new URL(`${name}.onnx`, golden)))
    const rows: number[][] = reference.rows
    const wanted: number[] = reference.proba ?? reference.predict
    const columns = rows[0]!.map((_, j) => ({
      name: `f${j}`,
      kind: 'number' as const,
      values: Float64Array.from(rows, row => row[j]!),
    }))
    near(await model.predict(table(columns)), wanted, reference.proba ? 1e-6 : 1e-4)
    await assert.rejects(
      model.predict(table(columns.slice(1))),
      refusal('bad-input', /columns were given; the model takes/),
    )
  })
}
