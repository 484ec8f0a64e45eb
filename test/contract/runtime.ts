/** What every Runtime does, whatever stands behind it. The models are those of test/golden/serving. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { after, suite, test } from 'node:test'
import { FalconerError } from '../../src/base/errors.ts'
import type { Runtime } from '../../src/base/ports.ts'
import { type Table, table } from '../../src/base/table.ts'

export type ModelName = 'columns' | 'shifted' | 'logarithm' | 'mirrored' | 'opset27' | 'image' | 'two' | 'spin'

export function modelFile(name: ModelName): Uint8Array {
  return readFileSync(new URL(`../golden/serving/${name}.onnx`, import.meta.url))
}

export function flights(carrier: (string | null)[], distance: number[], temp?: number[]): Table {
  return table([
    { name: 'carrier', kind: 'text', values: carrier },
    { name: 'distance', kind: 'number', values: Float64Array.from(distance) },
    ...(temp ? [{ name: 'temp', kind: 'number' as const, values: Float64Array.from(temp) }] : []),
  ])
}

/** By hand: sigmoid(effect of the carrier + half the distance, 2 where missing). */
export function columnsByHand(carrier: string | null, distance: number): number {
  const effect = { AA: -1, UA: 0.5, '': 0.25 }[carrier ?? ''] ?? 0
  return 1 / (1 + Math.exp(-(effect + 0.5 * (Number.isNaN(distance) ? 2 : distance))))
}

export function near(given: ArrayLike<number>, wanted: ArrayLike<number>, tolerance = 1e-6): void {
  assert.equal(given.length, wanted.length)
  for (let i = 0; i < given.length; i++) {
    assert.ok(Math.abs(given[i]! - wanted[i]!) <= tolerance, `row ${i}: ${given[i]}, wanted ${wanted[i]}`)
  }
}

export function refusal(code: string, text: RegExp) {
  return (error: unknown) => {
    assert.ok(error instanceof FalconerError, `${error}`)
    assert.equal(error.code, code, error.message)
    assert.match(error.message, text)
    return true
  }
}

export function runtimeContract(name: string, make: () => Runtime): void {
  suite(name, () => {
    const runtime = make()
    after(() => runtime.close())

    test('a loaded model says what it takes and what it gives', async () => {
      const model = await runtime.load(modelFile('shifted'))
      assert.deepEqual(model.inputs, [
        { name: 'carrier', kind: 'text', width: 1 },
        { name: 'distance', kind: 'number', width: 1 },
        { name: 'temp', kind: 'number', width: 1 },
      ])
      assert.deepEqual(model.output, { name: 'probability', task: 'binary' })
      assert.ok(model.loadMs > 0)
      await model.unload()
    })

    test('raw columns go in, text and missing values and unseen categories among them', async () => {
      const model = await runtime.load(modelFile('columns'))
      const carriers = ['AA', 'UA', null, 'never seen']
      const distances = [1, Number.NaN, 3, -2]
      const wanted = carriers.map((carrier, i) => columnsByHand(carrier, distances[i]!))
      near(await model.predict(flights(carriers, distances)), wanted)
      await model.unload()
    })

    test('columns are matched by name, in any order, and others are left aside', async () => {
      const model = await runtime.load(modelFile('columns'))
      const rows = table([
        { name: 'remark', kind: 'text', values: ['x'] },
        { name: 'distance', kind: 'number', values: Float64Array.of(1) },
        { name: 'carrier', kind: 'text', values: ['UA'] },
      ])
      near(await model.predict(rows), [columnsByHand('UA', 1)])
      await model.unload()
    })

    test('no rows give no answers', async () => {
      const model = await runtime.load(modelFile('columns'))
      assert.equal((await model.predict(flights([], []))).length, 0)
      await model.unload()
    })

    test('a missing column is named, with what the model takes', async () => {
      const model = await runtime.load(modelFile('columns'))
      const rows = table([{ name: 'distance', kind: 'number', values: Float64Array.of(1) }])
      await assert.rejects(
        model.predict(rows),
        refusal('bad-input', /carrier.*missing.*carrier \(text\), distance \(number\)/),
      )
      await model.unload()
    })

    test('a column of the wrong kind is named, with what was given and wanted', async () => {
      const model = await runtime.load(modelFile('columns'))
      const rows = table([
        { name: 'carrier', kind: 'text', values: ['UA'] },
        { name: 'distance', kind: 'text', values: ['far'] },
      ])
      await assert.rejects(model.predict(rows), refusal('bad-input', /distance: given text, wanted number/))
      await model.unload()
    })

    test('an answer that is no number is an error that names the row', async () => {
      const model = await runtime.load(modelFile('logarithm'))
      const rows = (x: number[]) => table([{ name: 'x', kind: 'number', values: Float64Array.from(x) }])
      near(await model.predict(rows([1, Math.E])), [0, 1])
      await assert.rejects(model.predict(rows([1, -1])), refusal('bad-model', /NaN.*row 1/))
      await model.unload()
    })

    test('answers do not depend on what else is asked at the same time', async () => {
      const model = await runtime.load(modelFile('columns'))
      const distances = Array.from({ length: 64 }, (_, i) => i / 16 - 2)
      const answers = await Promise.all(distances.map(distance => model.predict(flights(['AA'], [distance]))))
      near(
        answers.map(answer => answer[0]!),
        distances.map(distance => columnsByHand('AA', distance)),
      )
      await model.unload()
    })

    test('one bad request does not spoil the others of its batch', async () => {
      const model = await runtime.load(modelFile('logarithm'))
      const ask = (x: number) => model.predict(table([{ name: 'x', kind: 'number', values: Float64Array.of(x) }]))
      const settled = await Promise.allSettled([ask(1), ask(-1), ask(1), ask(Math.E)])
      assert.deepEqual(
        settled.map(({ status }) => status),
        ['fulfilled', 'rejected', 'fulfilled', 'fulfilled'],
      )
      await model.unload()
    })

    test('the same rows go through several models in one turn, each with an answer of its own', async () => {
      const group = 'one endpoint'
      const first = await runtime.load(modelFile('columns'), { group })
      const second = await runtime.load(modelFile('shifted'), { group })
      const both = runtime.predictAll([first, second], flights(['UA', null], [1, 2], [4, Number.NaN]))
      near(await both[0]!, [columnsByHand('UA', 1), columnsByHand(null, 2)])
      near(await both[1]!, [1 / (1 + Math.exp(-3)), 1 / (1 + Math.exp(-2.25))])
      // A model that cannot take the rows does not keep the other from answering.
      const oneRefused = runtime.predictAll([first, second], flights(['UA'], [1]))
      near(await oneRefused[0]!, [columnsByHand('UA', 1)])
      await assert.rejects(oneRefused[1]!, refusal('bad-input', /temp/))
      await Promise.all([first.unload(), second.unload()])
    })

    test('an unloaded model answers what was asked before, and nothing after', async () => {
      const model = await runtime.load(modelFile('columns'))
      const before = model.predict(flights(['UA'], [1]))
      const unloaded = model.unload()
      await assert.rejects(model.predict(flights(['UA'], [1])), refusal('unavailable', /unloaded/))
      near(await before, [columnsByHand('UA', 1)])
      await unloaded
      await model.unload()
    })

    test('bytes that are no ONNX model are refused', async () => {
      await assert.rejects(
        runtime.load(new TextEncoder().encode('a,b\n1,2\n')),
        refusal('bad-model', /cannot be loaded/),
      )
    })
  })
}
