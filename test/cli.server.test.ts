import assert from 'node:assert/strict'
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { after, before, describe, it } from 'node:test'
import { createClient } from '../src/cli/client.ts'
import { begin, visits, writeShop } from './support/shop.ts'

const bin = join(import.meta.dirname, '..', 'bin', 'falconer.js')
const folder = mkdtempSync(join(tmpdir(), 'falconer-cli-server-'))
const hour = 3_600_000
let server: ChildProcess
let ready: { url: string; signInLink: string; adminKey: string }

before(async () => {
  writeShop(join(folder, 'shop'))
  const argv = ['serve', '--clock', 'replay', '--data', join(folder, 'data'), '--port', '0', '--json']
  server = spawn(process.execPath, [bin, ...argv, '--log-level', 'silent'], { stdio: ['ignore', 'pipe', 'inherit'] })
  const line = await new Promise<string>(resolve => createInterface({ input: server.stdout! }).once('line', resolve))
  ready = JSON.parse(line)
})
after(() => {
  server.kill('SIGKILL')
  rmSync(folder, { recursive: true, force: true })
})

function falconer(...argv: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [bin, ...argv], {
    encoding: 'utf8',
    cwd: folder,
    env: { ...process.env, FALCONER_URL: ready.url, FALCONER_KEY: ready.adminKey, XDG_CONFIG_HOME: folder },
  })
  return { status, stdout, stderr, json: () => JSON.parse(stdout) }
}

async function clockTo(at: number): Promise<void> {
  const client = createClient({ url: ready.url, key: ready.adminKey })
  await client.post('/v1/clock', { to: new Date(at).toISOString() })
  client.close()
}

describe('falconer with a server', () => {
  it('says what to do before there is a project', () => {
    const { status, stderr } = falconer('status')
    assert.equal(status, 1)
    assert.match(stderr, /falconer init FILE/)
  })

  it('applies a folder, and again without a change', async () => {
    await clockTo(begin)
    const first = falconer('apply', 'shop', '--json')
    assert.equal(first.status, 0, first.stderr)
    assert.equal(first.json().project, 'shop')
    assert.equal(first.json().datasets[0].version, 1)
    const again = falconer('apply', 'shop')
    assert.equal(again.status, 0, again.stderr)
    assert.match(again.stdout, /nothing to change/)
    assert.match(again.stdout, /visits version 1: 3600 rows/)
  })

  it('refuses a yaml with an unknown key: line, column and the nearest key, exit code 2', () => {
    const wrong = join(folder, 'wrong')
    mkdirSync(wrong, { recursive: true })
    const yaml = readFileSync(join(folder, 'shop', 'falconer.yaml'), 'utf8')
    writeFileSync(join(wrong, 'falconer.yaml'), yaml.replace('  label: returned', '  lable: returned'))
    writeFileSync(join(wrong, 'features.sql'), readFileSync(join(folder, 'shop', 'features.sql'), 'utf8'))
    const { status, stderr } = falconer('apply', 'wrong')
    assert.equal(status, 2)
    assert.match(stderr, /falconer\.yaml:\d+:\d+/)
    assert.match(stderr, /lable/)
    assert.match(stderr, /label/)
  })

  it('trains a first version, and status says what is live', { timeout: 120_000 }, async () => {
    const started = falconer('train', '--json')
    assert.equal(started.status, 0, started.stderr)
    assert.equal(started.json().kind, 'first training')
    await clockTo(begin + 2 * hour)
    const { status, stderr, json } = falconer('status', '--json')
    assert.equal(status, 0, stderr)
    assert.equal(json().live, '1.0.0')
    assert.equal(json().project, 'shop')
    assert.match(falconer('status').stdout, /returned 1\.0\.0 is live/)
  })

  it('predicts by id and from records, tells outcomes, and explains', () => {
    const [first, second] = visits().filter(({ began }) => began >= begin)
    const predicted = falconer('predict', first!.id, second!.id, '--json')
    assert.equal(predicted.status, 0, predicted.stderr)
    assert.deepEqual(
      predicted.json().predictions.map(({ id }: { id: string }) => id),
      [first!.id, second!.id],
    )
    const records = join(folder, 'records.jsonl')
    writeFileSync(records, '{"id": "x1", "pages": 4, "country": "NO"}\n')
    const fromFile = falconer('predict', '--records', records)
    assert.equal(fromFile.status, 0, fromFile.stderr)
    assert.match(fromFile.stdout, /^id\toutput\tversion\troute\nx1\t0\.\d+\t1\.0\.0\tlive\n$/)
    const told = falconer('outcomes', `${first!.id}=1`, 'x1=void', '--json')
    assert.deepEqual(
      told.json().receipts.map(({ status }: { status: string }) => status),
      ['joined', 'joined'],
    )
    const explained = falconer('explain', 'x1', '--json')
    assert.equal(explained.status, 0, explained.stderr)
    assert.deepEqual(
      explained
        .json()
        .contributions.map(({ feature }: { feature: string }) => feature)
        .sort(),
      ['country', 'pages'],
    )
  })

  it('asks before it moves traffic, and says what cannot be done', () => {
    const asked = falconer('rollback', '--reason', 'a test')
    assert.equal(asked.status, 2)
    assert.match(asked.stderr, /--yes/)
    const nothing = falconer('rollback', '--reason', 'a test', '--yes')
    assert.equal(nothing.status, 1)
    assert.match(nothing.stderr, /first version/)
  })

  it('checks the audit chain on the server', () => {
    const { status, json } = falconer('audit', 'verify', '--json')
    assert.equal(status, 0)
    assert.equal(json().valid, true)
    assert.match(falconer('audit', 'list', '--limit', '3').stdout, /^sequence\tat\tactor/)
  })

  it('takes address and key from the configuration file where neither flag nor environment has them', () => {
    const config = join(folder, 'config')
    mkdirSync(join(config, 'falconer'), { recursive: true })
    writeFileSync(join(config, 'falconer', 'config.json'), JSON.stringify({ url: ready.url, key: ready.adminKey }))
    const { FALCONER_URL: _, FALCONER_KEY: __, ...rest } = process.env
    const environment = { ...rest, XDG_CONFIG_HOME: config }
    const run = (...argv: string[]) =>
      spawnSync(process.execPath, [bin, ...argv], { encoding: 'utf8', env: environment, cwd: folder })
    assert.equal(run('status').status, 0)
    const wrong = run('status', '--key', 'fk_wrong')
    assert.equal(wrong.status, 1)
    assert.match(wrong.stderr, /unknown, expired or revoked/)
    assert.ok(!wrong.stderr.includes('fk_wrong'))
  })

  it('a second server on the same data is refused, with the owner named', () => {
    const { status, stderr } = falconer('serve', '--data', join(folder, 'data'), '--port', '0')
    assert.equal(status, 1)
    assert.match(stderr, new RegExp(String(server.pid)))
    assert.match(stderr, /fix: /)
  })

  it('a port that is taken is said, and nothing is left behind', () => {
    const { port } = new URL(ready.url)
    const { status, stderr } = falconer('serve', '--data', join(folder, 'other'), '--port', port)
    assert.equal(status, 1)
    assert.match(stderr, new RegExp(`Port ${port} is in use`))
  })

  it('ends cleanly on a signal, and its audit log can be checked without it', async () => {
    const ended = new Promise<number | null>(resolve => server.once('exit', code => resolve(code)))
    server.kill('SIGTERM')
    assert.equal(await ended, 0)
    const { status, stdout, stderr } = falconer('audit', 'verify', '--data', join(folder, 'data'))
    assert.equal(status, 0, stderr)
    assert.match(stdout, /the chain is whole/)
  })
})
