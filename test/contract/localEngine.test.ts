import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { sha256 } from '../../src/base/hash.ts'
import type { Blobs } from '../../src/base/ports.ts'
import { fileBlobs } from '../../src/blobs/fileBlobs.ts'
import { localEngine } from '../../src/engine/localEngine.ts'
import { isRunning, processName } from '../../src/engine/processes.ts'
import { temporaryFolder } from './temporaryFolder.ts'

/** Blobs that hold an empty input for jobs that read none. */
async function blobsIn(dir: string): Promise<Blobs & { readonly input: string }> {
  const blobs = fileBlobs(dir)
  return { ...blobs, input: await blobs.put(new Uint8Array()) }
}

const node = (program: string) => [process.execPath, '-e', program, '--']
const writeResult = `require('node:fs').writeFileSync(process.argv[process.argv.indexOf('--result') + 1], 'result')`

test('a program is run as a job and its result is a blob (README)', async t => {
  const blobs = await blobsIn(temporaryFolder(t))
  const engine = localEngine({ dir: temporaryFolder(t), blobs, cpus: 1, now: Date.now })
  t.after(() => engine.close())
  await engine.submit({ id: 'flights/train/1', argv: node(writeResult), input: blobs.input })
  const { state, result } = await engine.wait('flights/train/1')
  assert.equal(state, 'succeeded')
  assert.equal(Buffer.from(await blobs.get(result!)).toString(), 'result')
})

test('after the platform was killed, the orphan of a job is ended and the job is run again as the next attempt', async t => {
  const dir = temporaryFolder(t)
  const blobDir = temporaryFolder(t)
  const trace = join(temporaryFolder(t), 'trace')
  const job = `
    const fs = require('node:fs')
    fs.appendFileSync(${JSON.stringify(trace)}, process.env.FALCONER_ATTEMPT + ' ' + process.pid + '\\n')
    if (process.env.FALCONER_ATTEMPT === '1') {
      process.on('SIGPIPE', () => {})
      setInterval(() => {}, 1000)
    } else ${writeResult}`
  const platform = `
    const { localEngine } = await import(${JSON.stringify(new URL('../../src/engine/localEngine.ts', import.meta.url).href)})
    const blobs = { has: async () => true, file: async digest => digest }
    const engine = localEngine({ dir: ${JSON.stringify(dir)}, blobs, cpus: 1, now: Date.now, heartbeatMs: 20 })
    await engine.submit({ id: 'j', argv: ${JSON.stringify(node(job))}, input: ${JSON.stringify(sha256(''))}, attempts: 1 })`
  const child = spawn(process.execPath, ['--input-type=module', '-e', platform], {
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  while (!existsSync(trace) || !readFileSync(trace, 'utf8').endsWith('\n')) await pause(20)
  await pause(100)
  child.kill('SIGKILL')
  await once(child, 'exit')
  const orphan = processName(Number(readFileSync(trace, 'utf8').trim().split(' ')[1]))
  assert.ok(orphan, 'the job should have outlived the platform')

  const blobs = await blobsIn(blobDir)
  const engine = localEngine({ dir, blobs, cpus: 1, now: Date.now })
  t.after(() => engine.close())
  const status = await engine.wait('j')
  assert.deepEqual([status.state, status.attempt], ['succeeded', 2])
  assert.ok(!isRunning(orphan))
  assert.deepEqual(readFileSync(trace, 'utf8').match(/^\d/gm), ['1', '2'])
  const left = readdirSync(dir).flatMap(name => readdirSync(join(dir, name)))
  assert.deepEqual(left.toSorted(), ['spec.json', 'state.json'])
})

test('a clock that is set back in the middle of a job neither ends it nor keeps it from its deadline', async t => {
  const blobs = await blobsIn(temporaryFolder(t))
  let now = 1_700_000_000_000
  const engine = localEngine({ dir: temporaryFolder(t), blobs, cpus: 2, now: () => now, heartbeatMs: 10, graceMs: 100 })
  t.after(() => engine.close())
  const short = `setTimeout(() => { ${writeResult} }, 150)`
  await engine.submit({ id: 'short', argv: node(short), input: blobs.input, resources: { seconds: 30 } })
  const long = node('setInterval(() => {}, 1000)')
  await engine.submit({ id: 'long', argv: long, input: blobs.input, resources: { seconds: 0.3 } })
  now -= 86_400_000
  assert.equal((await engine.wait('short')).state, 'succeeded')
  assert.equal((await engine.wait('long')).state, 'failed')
})

test('a job that uses more memory than it may is ended and said so', async t => {
  if (process.platform !== 'linux') return t.skip('memory is watched on Linux')
  const blobs = await blobsIn(temporaryFolder(t))
  const engine = localEngine({ dir: temporaryFolder(t), blobs, cpus: 1, now: Date.now, graceMs: 100 })
  t.after(() => engine.close())
  const hungry = node('globalThis.x = Buffer.alloc(200e6, 1); setInterval(() => {}, 1000)')
  await engine.submit({ id: 'hungry', argv: hungry, input: blobs.input, resources: { memoryMb: 150 } })
  assert.match((await engine.wait('hungry')).error!, /of memory; it may use 150 MB/)
})

test('a job sees its own environment and none of the keys of the platform', async t => {
  const blobs = await blobsIn(temporaryFolder(t))
  process.env.FALCONER_KEY = 'secret'
  t.after(() => delete process.env.FALCONER_KEY)
  const engine = localEngine({ dir: temporaryFolder(t), blobs, cpus: 1, now: Date.now })
  t.after(() => engine.close())
  const argv = node(`console.log(process.env.FALCONER_KEY, process.env.FALCONER_BLOBS); ${writeResult}`)
  await engine.submit({ id: 'j', argv, input: blobs.input, environment: { FALCONER_BLOBS: 'there' } })
  await engine.wait('j')
  assert.equal(await engine.log('j'), 'undefined there\n')
})

test('the log is asked for by its last whole lines', async t => {
  const blobs = await blobsIn(temporaryFolder(t))
  const engine = localEngine({ dir: temporaryFolder(t), blobs, cpus: 1, now: Date.now })
  t.after(() => engine.close())
  const argv = node(`for (let i = 0; i < 100; i++) console.log('line', i); ${writeResult}`)
  await engine.submit({ id: 'j', argv, input: blobs.input })
  await engine.wait('j')
  assert.equal(await engine.log('j', 20), 'line 98\nline 99\n')
})

test('a job whose input does not exist is refused at once', async t => {
  const engine = localEngine({ dir: temporaryFolder(t), blobs: fileBlobs(temporaryFolder(t)), cpus: 1, now: Date.now })
  t.after(() => engine.close())
  await assert.rejects(engine.submit({ id: 'j', argv: ['true'], input: '0'.repeat(64) }), { code: 'not-found' })
  await assert.rejects(engine.submit({ id: 'j', argv: [], input: '' }), RangeError)
})
