import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { type TestContext, test } from 'node:test'
import type { PredictionBatch } from '../base/ports.ts'
import { memoryPredictionLog, openPredictionLog } from './predictionLog.ts'

function folder(t: TestContext): string {
  const dir = mkdtempSync(join(tmpdir(), 'falconer-log-'))
  t.after(() => rmSync(dir, { recursive: true, force: true }))
  return dir
}

function batch(at: number, keys: readonly string[], payload = 'x'): PredictionBatch {
  return {
    endpoint: 'flights/late-arrival',
    request: `r${at}`,
    at,
    latencyMs: 1,
    keys,
    route: 'live',
    version: '1.0.0',
    features: { rows: keys.length, columns: [{ name: 'note', kind: 'text', values: keys.map(() => payload) }] },
    outputs: new Float64Array(keys.length),
    shadows: [],
  }
}

test('a prediction is logged, its outcome joined by key, and both are counted (README)', async () => {
  const log = memoryPredictionLog({ now: () => Date.now() })
  await log.append([batch(1000, ['2013-03-01 UA 1545 EWR'])])
  const [receipt] = await log.outcomes('flights/late-arrival', [
    { key: '2013-03-01 UA 1545 EWR', value: 1, knownAt: 2000 },
  ])
  assert.equal(receipt?.status, 'joined')
  assert.deepEqual(await log.counts('flights/late-arrival'), { predictions: 1, outcomes: 1, voids: 0, unmatched: 0 })
  await log.close()
})

test('after ten kills in the middle of writing, every acknowledged prediction and outcome is there exactly once', async t => {
  const path = join(folder(t), 'predictions.sqlite')
  const program = `
    import { writeSync } from 'node:fs'
    const { openPredictionLog } = await import(${JSON.stringify(new URL('./predictionLog.ts', import.meta.url).href)})
    const log = openPredictionLog(process.argv[1], { now: () => Date.now() })
    const run = process.argv[2]
    const endpoint = 'flights/late-arrival'
    await Promise.all(Array.from({ length: 8 }, async (_, client) => {
      for (let n = 0; ; n++) {
        const keys = [0, 1, 2, 3, 4].map(i => [run, client, n, i].join('/'))
        const features = { rows: 5, columns: [{ name: 'temp', kind: 'number', values: new Float64Array(5).fill(n) }] }
        const batch = { endpoint, request: keys[0], at: n, latencyMs: 1, keys, route: 'live', version: '1.0.0' }
        await log.append([{ ...batch, features, outputs: new Float64Array(5), shadows: [] }])
        writeSync(1, 'P ' + keys.join(' ') + '\\n')
        await log.outcomes(endpoint, keys.map(key => ({ key, value: 1, knownAt: n })))
        writeSync(1, 'O ' + keys.join(' ') + '\\n')
      }
    }))`
  const predicted = new Set<string>()
  const known = new Set<string>()
  for (let run = 0; run < 10; run++) {
    const args = ['--input-type=module', '-e', program, path, String(run)]
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
    t.after(() => child.kill('SIGKILL'))
    const exit = once(child, 'exit')
    let lines = 0
    for await (const line of createInterface({ input: child.stdout })) {
      const [what, ...keys] = line.split(' ')
      // The last line may be cut by the kill; a key has four parts.
      for (const key of keys) if (key.split('/').length === 4) (what === 'P' ? predicted : known).add(key)
      lines += 1
      if (lines === 20 + 7 * run) child.kill('SIGKILL')
    }
    await exit
  }
  assert.ok(predicted.size > 1000 && known.size > 500, `only ${predicted.size} and ${known.size} acknowledged`)

  const log = openPredictionLog(path, { now: () => 0 })
  t.after(() => log.close())
  const window = await log.window('flights/late-arrival', 0, 1e9)
  const at = new Map(window.keys.map((key, i) => [key, i]))
  assert.equal(at.size, window.rows)
  for (const key of predicted) assert.ok(at.has(key), `${key} was acknowledged and is lost`)
  for (const key of known) assert.equal(window.outcomes[at.get(key)!], 1, `the outcome of ${key} is lost`)
  const counts = await log.counts('flights/late-arrival')
  assert.equal(counts.predictions, window.rows)
  assert.equal(counts.outcomes, window.outcomes.filter(value => value === 1).length)
})

test('on a full disk a request is refused as a whole, the others stay, and writing goes on when there is space', async t => {
  const dir = folder(t)
  if (spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=2m', 'tmpfs', dir]).status !== 0) {
    return t.skip('needs the right to mount a small file system')
  }
  try {
    const log = openPredictionLog(join(dir, 'predictions.sqlite'), { now: () => 0 })
    let stored = 0
    const fill = async () => {
      for (; stored < 1000; stored++) await log.append([batch(stored, [`a${stored}`, `b${stored}`], 'x'.repeat(5000))])
    }
    await assert.rejects(fill(), { code: 'disk-full' })
    assert.ok(stored > 10)
    assert.equal((await log.window('flights/late-arrival', 0, 1e9)).rows, 2 * stored)
    assert.equal((await log.counts('flights/late-arrival')).predictions, 2 * stored)
    assert.equal(spawnSync('mount', ['-o', 'remount,size=8m', dir]).status, 0)
    await log.append([batch(stored, ['last'])])
    assert.equal((await log.counts('flights/late-arrival')).predictions, 2 * stored + 1)
    await log.close()
  } finally {
    spawnSync('umount', [dir])
  }
})

test('a log that was closed keeps its rows and refuses further ones', async t => {
  const path = join(folder(t), 'predictions.sqlite')
  const log = openPredictionLog(path, { now: () => 0 })
  await log.append([batch(1, ['a'])])
  await log.close()
  await assert.rejects(log.append([batch(2, ['b'])]), { code: 'unavailable' })
  const again = openPredictionLog(path, { now: () => 0 })
  assert.deepEqual((await again.append([batch(2, ['a', 'b'])])).repeated, ['a'])
  await again.close()
})

test('a writer that cannot work refuses the request instead of leaving it unanswered, and is tried again', async t => {
  const dir = folder(t)
  const log = openPredictionLog(join(dir, 'predictions.sqlite'), { now: () => 0 })
  t.after(() => log.close())
  rmSync(dir, { recursive: true })
  for (let i = 0; i < 2; i++) await assert.rejects(log.append([batch(1, ['a'])]), { code: 'unavailable' })
})
