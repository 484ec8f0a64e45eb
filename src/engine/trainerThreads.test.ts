import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { table } from '../base/table.ts'
import { fitBoost } from '../learn/boost.ts'
import { random } from '../numeric/random.ts'
import { trainerThreads } from './trainerThreads.ts'

describe('trainer threads', () => {
  it('give the same file, bit for bit, as one thread', async () => {
    const rows = 40_000
    const draw = random('threads')
    const numbers = (missing: number) =>
      Float64Array.from({ length: rows }, () => (draw.next() < missing ? Number.NaN : draw.normal()))
    const columns = Array.from({ length: 9 }, (_, c) => ({
      name: `x${c}`,
      kind: 'number' as const,
      values: numbers(c / 20),
    }))
    const text = Array.from({ length: rows }, () => `city ${draw.below(40)}`)
    const label = columns[1]!.values.map((x, i) =>
      Math.sin(2 * x) + (text[i]!.length % 3) + draw.normal() > 1.5 ? 1 : 0,
    )
    const weights = label.map(() => 0.5 + draw.next())
    const data = table([...columns, { name: 'city', kind: 'text', values: text }])
    const fit = async (threads: number) => {
      const context = { task: 'binary' as const, weights, parallel: trainerThreads(threads) }
      const model = await fitBoost(data, label, { iterations: 12 }, context, random(1))
      return Buffer.from(model.toOnnx())
    }
    const one = await fit(1)
    assert.ok(one.equals(await fit(2)), 'two threads')
    assert.ok(one.equals(await fit(3)), 'three threads')
  })
})
