import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { numbers } from '../src/base/table.ts'
import { freePort } from '../src/cli/replay/server.ts'
import type { Summary } from '../src/cli/replay/summary.ts'
import { duckTables } from '../src/tables/duckTables.ts'

const root = join(import.meta.dirname, '..')
const folder = mkdtempSync(join(tmpdir(), 'falconer-demo-test-'))
after(() => rmSync(folder, { recursive: true, force: true }))

/** Seven weeks: a first version, an alarm, a retraining, its gate, canary, promotion and verification. */
const lastDay = '2013-04-19'
const minutes = 60_000

interface Replay {
  readonly process: ChildProcess
  readonly data: string
  readonly ended: Promise<{ code: number | null; stdout: string; stderr: string }>
}

function replay(name: string, port: number): Replay {
  const data = join(folder, name)
  const argv = ['demo', '--until', lastDay, '--exit', '--json', '--data', data, '--port', String(port)]
  const child = spawn(process.execPath, [join(root, 'bin', 'falconer.js'), ...argv], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let stdout = ''
  let stderr = ''
  child.stdout.on('data', chunk => {
    stdout += chunk
  })
  child.stderr.on('data', chunk => {
    stderr += chunk
  })
  const ended = new Promise<{ code: number | null; stdout: string; stderr: string }>(resolve => {
    child.on('close', code => resolve({ code, stdout, stderr }))
  })
  return { process: child, data, ended }
}

/** What must not depend on having been killed. */
function lasting({ seconds: _, stages: __, ...rest }: Summary): Omit<Summary, 'seconds' | 'stages'> {
  return rest
}

let undisturbed: Summary

before(
  async () => {
    const { code, stdout, stderr } = await replay('undisturbed', 7810).ended
    assert.equal(code, 0, stderr)
    undisturbed = JSON.parse(stdout) as Summary
  },
  { timeout: 8 * minutes },
)

describe('the demo, shortened in time and not in stages', () => {
  it('predicts every flight once and hears of every outcome', async () => {
    const tables = await duckTables()
    const file = join(root, 'examples', 'flights', 'flights.parquet')
    const counts = await tables.query(
      `select count(*)::double as flights, count(arr_delay)::double as landed
       from '${file}' where make_date(year, month, day) between date '2013-03-01' and cast($until as date)`,
      { until: lastDay },
    )
    await tables.close()
    const [flights, landed] = [numbers(counts, 'flights')[0]!, numbers(counts, 'landed')[0]!]
    assert.equal(undisturbed.predictions, flights)
    assert.equal(undisturbed.outcomes, landed)
    assert.equal(undisturbed.voids, flights - landed)
    assert.equal(
      undisturbed.months.reduce((sum, { n }) => sum + n, 0),
      landed,
    )
  })

  it('goes once round the ring: alarm, retraining, promotion', () => {
    assert.ok(undisturbed.alarms >= 1)
    assert.ok(undisturbed.retrainings >= 1)
    assert.ok(undisturbed.promotions >= 1)
    assert.deepEqual(
      undisturbed.versions.slice(0, 2).map(({ semver }) => semver),
      ['1.0.0', '1.1.0'],
    )
    assert.equal(undisturbed.audit.valid, true)
  })

  it('a month before the first promotion is a tie with the frozen version', () => {
    const [march] = undisturbed.months
    assert.equal(march!.month, '2013-03')
    assert.ok(march!.frozen.auc! > 0.65)
    assert.ok(Math.abs(march!.frozen.auc! - march!.loop.auc!) < 0.01)
  })

  it('says where the time went', () => {
    for (const stage of ['import', 'firstTraining', 'clock', 'predict', 'outcomes', 'train']) {
      assert.ok(undisturbed.stages[stage]! > 0, stage)
    }
    // Beside its training, where a second core is there.
    assert.ok(undisturbed.stages.refit! >= 0)
  })
})

describe('the port of the demo', () => {
  it('is the next free one where it is taken', async () => {
    const taken = createServer()
    await new Promise<void>(resolve => taken.listen(0, '127.0.0.1', resolve))
    const { port } = taken.address() as AddressInfo
    const chosen = await freePort(port)
    taken.close()
    assert.ok(chosen > port && chosen < port + 100)
  })
})

describe('a replay whose program is killed', () => {
  it('goes on to the same end when it is called again, its server gone with it', { timeout: 8 * minutes }, async () => {
    const first = replay('stopped', 7850)
    await until(() => existsSync(join(first.data, 'replay-key')))
    await new Promise(resolve => setTimeout(resolve, 25_000))
    first.process.kill('SIGKILL')
    await first.ended
    // The server ends with the program that started it.
    await until(() => !isRunning(serverPid(first.data)))
    const { code, stdout, stderr } = await replay('stopped', 7850).ended
    assert.equal(code, 0, stderr)
    assert.match(stderr, /Going on from/)
    assert.deepEqual(lasting(JSON.parse(stdout)), lasting(undisturbed))
  })
})

function serverPid(data: string): number {
  return (JSON.parse(readFileSync(join(data, 'lock.json'), 'utf8')) as { pid: number }).pid
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

async function until(holds: () => boolean): Promise<void> {
  for (let i = 0; i < 600; i++) {
    if (holds()) return
    await new Promise(resolve => setTimeout(resolve, 100))
  }
  throw new Error('it did not happen within a minute')
}
