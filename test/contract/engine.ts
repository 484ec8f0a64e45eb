/** What every implementation of Engine promises. Jobs are small programs run by this Node. */
import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import type { Blobs, Engine, JobSpec, JobStatus } from '../../src/base/ports.ts'
import { temporaryFolder } from './temporaryFolder.ts'

/** An engine that can be closed and opened again on the same jobs. */
export interface EngineUnderTest {
  readonly blobs: Blobs
  /** Opens it with this many processors; closed when the test ends. */
  open(cpus?: number): Engine
}

export function engineContract(name: string, make: (t: TestContext) => EngineUnderTest): void {
  const bytes = (text: string) => new TextEncoder().encode(text)
  const head = `
    const fs = require('node:fs')
    const path = flag => process.argv[process.argv.indexOf(flag) + 1]
    const input = fs.readFileSync(path('--input'), 'utf8')
    const answer = text => fs.writeFileSync(path('--result'), text)
    const progress = (progress, text) => console.log(JSON.stringify({ progress, text }));`
  async function job(under: EngineUnderTest, id: string, program: string, more: Partial<JobSpec> = {}) {
    const input = await under.blobs.put(bytes('input'))
    return { id, argv: [process.execPath, '-e', head + program, '--'], input, ...more }
  }
  const result = async (under: EngineUnderTest, status: JobStatus) =>
    Buffer.from(await under.blobs.get(status.result!)).toString()

  test(`${name}: a job reads its input, says how far it is, and its result and log are kept`, async t => {
    const under = make(t)
    const engine = under.open()
    const heard: JobStatus[] = []
    engine.follow(status => heard.push(status))
    const program = `
      progress(0.25, 'reading'); console.log('a line'); console.error('another'); progress(1, 'done')
      answer(input + ' ' + process.env.WORD + ' ' + process.env.FALCONER_ATTEMPT)`
    await engine.submit(await job(under, 'flights/train/1', program, { environment: { WORD: 'seen' } }))
    const status = await engine.wait('flights/train/1')
    assert.equal(status.state, 'succeeded')
    assert.equal(status.exit, 0)
    assert.equal(status.attempt, 1)
    assert.equal(await result(under, status), 'input seen 1')
    assert.deepEqual(status.progress, { share: 1, text: 'done' })
    assert.ok(status.startedAt! <= status.finishedAt!)
    assert.deepEqual((await engine.log('flights/train/1')).split('\n').toSorted(), ['', 'a line', 'another'])
    assert.equal(Buffer.from(await under.blobs.get(status.log!)).toString(), await engine.log('flights/train/1'))
    assert.deepEqual([...new Set(heard.map(status => status.state))], ['waiting', 'running', 'succeeded'])
    assert.ok(heard.some(({ state, progress }) => state === 'running' && progress?.text === 'reading'))
    assert.equal(heard.at(-1)?.result, status.result)
  })

  test(`${name}: submitting the same id again attaches to the job that is there`, async t => {
    const under = make(t)
    const engine = under.open()
    const spec = await job(under, 'once', `fs.appendFileSync(process.env.TRACE, 'x'); answer('first')`, {
      environment: { TRACE: join(temporaryFolder(t), 'trace') },
    })
    await Promise.all([engine.submit(spec), engine.submit(spec)])
    await engine.submit({ ...spec, argv: ['/bin/false'] })
    assert.equal(await result(under, await engine.wait('once')), 'first')
    await engine.submit(spec)
    assert.equal((await engine.wait('once')).attempt, 1)
    assert.equal(readFileSync(spec.environment!.TRACE!, 'utf8'), 'x')
  })

  test(`${name}: a job that crashes is run again, and one that says it failed is not`, async t => {
    const under = make(t)
    const engine = under.open()
    const twice = `if (process.env.FALCONER_ATTEMPT < 3) process.kill(process.pid, 'SIGKILL'); answer(process.env.FALCONER_ATTEMPT)`
    await engine.submit(await job(under, 'twice', twice))
    await engine.submit(await job(under, 'always', `process.kill(process.pid, 'SIGKILL')`, { attempts: 2 }))
    await engine.submit(
      await job(under, 'no', `console.log(JSON.stringify({ error: 'no label' })); process.exitCode = 1`),
    )
    await engine.submit(await job(under, 'silent', ''))
    await engine.submit({ ...(await job(under, 'absent', '')), argv: ['/no/such/program'] })
    assert.equal(await result(under, await engine.wait('twice')), '3')
    const always = await engine.wait('always')
    assert.deepEqual([always.state, always.attempt], ['failed', 2])
    assert.match(always.error!, /SIGKILL/)
    const no = await engine.wait('no')
    assert.deepEqual([no.state, no.attempt, no.exit, no.error], ['failed', 1, 1, 'no label'])
    assert.match((await engine.wait('silent')).error!, /no result/)
    assert.match((await engine.wait('absent')).error!, /ENOENT/)
  })

  test(`${name}: a job that is cancelled ends with its children, and stays cancelled`, async t => {
    const under = make(t)
    const engine = under.open(1)
    const alive = join(temporaryFolder(t), 'alive')
    const child = `setInterval(() => require('node:fs').appendFileSync(${JSON.stringify(alive)}, 'x'), 20)`
    const program = `
      process.on('SIGTERM', () => {})
      require('node:child_process').spawn(process.execPath, ['-e', ${JSON.stringify(child)}])
      setInterval(() => {}, 1000)`
    await engine.submit(await job(under, 'parent', program))
    await engine.submit(await job(under, 'behind', `answer('')`))
    while (!existsSync(alive)) await pause(20)
    await Promise.all([engine.cancel('behind'), engine.cancel('parent')])
    const size = readFileSync(alive).length
    await pause(150)
    assert.equal(readFileSync(alive).length, size, 'the child of the job goes on')
    for (const id of ['parent', 'behind']) assert.equal((await engine.wait(id)).state, 'cancelled')
    await engine.cancel('parent')
    await assert.rejects(engine.cancel('nobody'), { code: 'not-found' })
    await assert.rejects(engine.wait('nobody'), { code: 'not-found' })
    assert.equal(await engine.status('nobody'), undefined)
  })

  test(`${name}: a job that takes too long is ended and said so`, async t => {
    const under = make(t)
    const engine = under.open()
    await engine.submit(await job(under, 'long', 'setInterval(() => {}, 1000)', { resources: { seconds: 0.2 } }))
    const status = await engine.wait('long')
    assert.deepEqual([status.state, status.attempt], ['failed', 1])
    assert.match(status.error!, /longer than the 0.2 s/)
  })

  test(`${name}: no more runs at once than there are processors, first come first served`, async t => {
    const under = make(t)
    const engine = under.open(2)
    let running = 0
    let most = 0
    const order: string[] = []
    const before = new Map<string, string>()
    engine.follow(({ id, state }) => {
      if (state === before.get(id)) return
      before.set(id, state)
      if (state === 'running') order.push(id)
      running += state === 'running' ? 1 : state === 'succeeded' ? -1 : 0
      most = Math.max(most, running)
    })
    const ids = ['a', 'b', 'c', 'd']
    for (const id of ids) await engine.submit(await job(under, id, `answer('')`))
    await engine.submit(await job(under, 'wide', `answer('')`, { resources: { cpus: 64 } }))
    for (const id of [...ids, 'wide']) assert.equal((await engine.wait(id)).state, 'succeeded')
    assert.deepEqual(order, [...ids, 'wide'])
    assert.equal(most, 2)
  })

  test(`${name}: jobs outlive the engine: what ended stays, what ran or waited is run when it opens again`, async t => {
    const under = make(t)
    const first = under.open(1)
    const marker = join(temporaryFolder(t), 'second-time')
    const program = `
      if (fs.existsSync(process.env.MARKER)) answer('again')
      else { fs.writeFileSync(process.env.MARKER, ''); setInterval(() => {}, 1000) }`
    await first.submit(await job(under, 'done', `answer('kept')`))
    const done = await first.wait('done')
    await first.submit(await job(under, 'running', program, { environment: { MARKER: marker }, attempts: 1 }))
    await first.submit(await job(under, 'waiting', `answer('later')`))
    while (!existsSync(marker)) await pause(20)
    const waiting = [first.wait('running'), first.wait('running'), first.wait('waiting')]
    const refused = Promise.all(waiting.map(wait => assert.rejects(wait, { code: 'unavailable' })))
    await first.close()
    await refused
    await assert.rejects(first.submit(await job(under, 'too late', '')), { code: 'unavailable' })

    const second = under.open(1)
    assert.deepEqual(JSON.parse(JSON.stringify(await second.wait('done'))), JSON.parse(JSON.stringify(done)))
    assert.equal(await result(under, await second.wait('running')), 'again')
    assert.equal(await result(under, await second.wait('waiting')), 'later')
  })
}
