import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { openPredictionLog } from '../../src/store/predictionLog.ts'
import { temporaryFolder } from '../contract/temporaryFolder.ts'

const program = fileURLToPath(new URL('./answering.ts', import.meta.url))
const kills = 6

test('whatever was answered before a kill -9 is in the log, once, with the answer that was given', async t => {
  const folder = temporaryFolder(t)
  const answered = new Map<string, number>()
  for (let kill = 0; kill < kills; kill++) await runAndKill(folder, answered, 30 + 40 * kill)
  assert.ok(answered.size > 100, `${answered.size} answers`)

  const log = openPredictionLog(join(folder, 'log.sqlite'), { now: Date.now })
  const keys = [...answered.keys()]
  const stored = await log.find('flights/late', keys)
  assert.equal(stored.length, keys.length)
  for (const { key, output } of stored) assert.equal(output, answered.get(key), key)
  const { predictions } = await log.counts('flights/late')
  assert.ok(predictions >= keys.length)
  await log.close()
})

/** Kills the program some milliseconds after its first answer. */
function runAndKill(folder: string, answered: Map<string, number>, afterMs: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [program, folder], { stdio: ['ignore', 'pipe', 'inherit'] })
    let text = ''
    child.stdout.on('data', (chunk: Buffer) => {
      if (text === '') setTimeout(() => child.kill('SIGKILL'), afterMs)
      text += chunk
    })
    child.on('error', reject)
    child.on('close', (_code, signal) => {
      // The last line may be cut in the middle.
      for (const line of text.split('\n').slice(0, -1)) {
        const [key, output] = line.split('\t')
        answered.set(key!, Number(output))
      }
      if (signal === 'SIGKILL') resolve()
      else reject(new Error(`the program ended by itself after ${text.length} characters`))
    })
  })
}
