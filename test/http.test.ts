import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { request as httpRequest } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { createClient } from '../src/cli/client.ts'
import type { RunningServer } from '../src/cli/tools.ts'
import { serve } from '../src/platform.ts'
import { begin, csv, query, visits, yaml } from './support/shop.ts'

const root = join(import.meta.dirname, '..')
const folder = mkdtempSync(join(tmpdir(), 'falconer-http-'))
const P = '/v1/projects/shop'
const E = `${P}/endpoints/returned`
const hour = 3_600_000
const options = {
  data: join(folder, 'data'),
  host: '127.0.0.1',
  port: 0,
  hostNames: [],
  clock: 'replay' as const,
  insecureLocal: false,
  logLevel: 'silent',
  version: '0.0.0-test',
  program: [process.execPath, join(root, 'bin', 'falconer.js')],
  pages: join(root, 'dist', 'web'),
}
let server: RunningServer
let admin: string

interface Answer {
  readonly status: number
  readonly headers: Headers
  // biome-ignore lint/suspicious/noExplicitAny: answers of many shapes, each checked where it is used
  readonly body: any
}

async function call(
  method: string,
  path: string,
  body?: unknown,
  { key = admin, headers = {} }: { key?: string | null; headers?: Record<string, string> } = {},
): Promise<Answer> {
  const isText = typeof body === 'string'
  const answer = await fetch(server.url + path, {
    method,
    redirect: 'manual',
    headers: {
      ...(key !== null && { authorization: `Bearer ${key}` }),
      ...(body !== undefined && !isText && { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(body !== undefined && { body: isText ? body : JSON.stringify(body) }),
  })
  const text = await answer.text()
  const isJson = answer.headers.get('content-type')?.includes('json')
  return { status: answer.status, headers: answer.headers, body: isJson ? JSON.parse(text) : text }
}

async function newKey(role: string, projects = ['*']): Promise<string> {
  const { status, body } = await call('POST', '/v1/keys', { name: role, role, projects })
  assert.equal(status, 201)
  return body.key
}

/** Fetch sets Host and Origin itself; these are sent as given. */
function raw(headers: Record<string, string>, method = 'GET', path = '/v1/me'): Promise<number> {
  const { port } = new URL(server.url)
  return new Promise((resolve, reject) => {
    const sent = httpRequest({ host: '127.0.0.1', port, path, method, headers }, answer => {
      answer.resume()
      resolve(answer.statusCode ?? 0)
    })
    sent.on('error', reject)
    sent.end()
  })
}

const upload = (text: string) =>
  call('POST', `${P}/datasets/visits/versions?name=visits.csv`, text, { headers: { 'content-type': 'text/csv' } })

const clockTo = (at: number) => call('POST', '/v1/clock', { to: new Date(at).toISOString() })

before(async () => {
  server = await serve(options)
  admin = server.adminKey!
})
after(async () => {
  await server.close()
  rmSync(folder, { recursive: true, force: true })
})

describe('who may what', () => {
  it('without a key only health and the pages answer', async () => {
    assert.deepEqual((await call('GET', '/health', undefined, { key: null })).body, {
      status: 'ok',
      version: '0.0.0-test',
    })
    assert.equal((await call('GET', '/', undefined, { key: null })).status, 200)
    const { body } = await call('GET', '/v1/openapi.json')
    for (const [path, methods] of Object.entries<Record<string, { security?: unknown }>>(body.paths)) {
      for (const [method, { security }] of Object.entries(methods)) {
        if (security) continue
        const answer = await call(method.toUpperCase(), path.replaceAll(/[{}]/g, ''), undefined, { key: null })
        assert.equal(answer.status, 401, `${method} ${path}`)
        assert.equal(answer.body.type, 'https://falconer.dev/errors/not-signed-in')
      }
    }
  })

  it('a key does what its role allows and is refused the rest', async () => {
    const rank = ['reader', 'client', 'editor', 'admin']
    const { body } = await call('GET', '/v1/openapi.json')
    for (const role of rank.slice(0, 3)) {
      const key = await newKey(role)
      for (const [path, methods] of Object.entries<Record<string, { description?: string }>>(body.paths)) {
        for (const [method, { description = '' }] of Object.entries(methods)) {
          const needed = /role (\w+)/.exec(description)?.[1]
          if (!needed) continue
          const { status } = await call(method.toUpperCase(), path.replaceAll(/[{}]/g, ''), undefined, { key })
          const refused = rank.indexOf(needed) > rank.indexOf(role)
          assert.equal(status === 403, refused, `${role}: ${method} ${path} answered ${status}`)
        }
      }
    }
  })

  it('a key for one project may not touch another', async () => {
    const key = await newKey('editor', ['other'])
    assert.equal((await call('GET', P, undefined, { key })).status, 403)
    assert.equal((await call('PUT', P, { yaml, query }, { key })).status, 403)
    const admin = await newKey('admin', ['other'])
    assert.equal((await call('POST', '/v1/keys', { name: 'more', role: 'admin' }, { key: admin })).status, 403)
  })

  it('a revoked key is refused at once, a wrong one always', async () => {
    const { body } = await call('POST', '/v1/keys', { name: 'short', role: 'reader' })
    assert.equal((await call('GET', '/v1/me', undefined, { key: body.key })).status, 200)
    assert.equal((await call('DELETE', `/v1/keys/${body.id}`)).status, 204)
    assert.equal((await call('GET', '/v1/me', undefined, { key: body.key })).status, 401)
    assert.equal((await call('GET', '/v1/me', undefined, { key: 'fk_made_up' })).status, 401)
  })

  it('a sign-in link works once and gives a browser a cookie of its own', async () => {
    const link = new URL(server.signInLink)
    const first = await call('GET', link.pathname + link.search, undefined, { key: null })
    assert.equal(first.status, 303)
    const cookie = first.headers.get('set-cookie')!
    assert.match(cookie, /HttpOnly; SameSite=Strict/)
    const headers = { cookie: cookie.split(';')[0]! }
    const { body } = await call('GET', '/v1/me', undefined, { key: null, headers })
    assert.deepEqual([body.name, body.role], ['browser', 'admin'])
    assert.equal((await call('GET', link.pathname + link.search, undefined, { key: null })).status, 401)
  })

  it('keys are never shown again', async () => {
    const { body } = await call('GET', '/v1/keys')
    assert.ok(body.items.length > 0)
    assert.ok(!JSON.stringify(body).includes(admin.slice(-20)))
    assert.ok(body.items.every((item: object) => !('hash' in item)))
  })

  it('a request must name this server, and a change must not come from a page of another', async () => {
    const authorization = `Bearer ${admin}`
    const { host } = new URL(server.url)
    assert.equal(await raw({ host, authorization }), 200)
    assert.equal(await raw({ host: 'localhost:1', authorization }), 200)
    assert.equal(await raw({ host: 'rebound.example', authorization }), 403)
    assert.equal(await raw({ host, authorization, origin: 'http://evil.example' }, 'POST', '/v1/sign-in-links'), 403)
    assert.equal(await raw({ host, authorization, origin: `http://${host}` }, 'POST', '/v1/sign-in-links'), 200)
  })
})

describe('errors', () => {
  it('are problem documents with a remedy and the places that are wrong', async () => {
    const { status, headers, body } = await call('POST', '/v1/clock', { too: '2024', to: 3 })
    assert.equal(status, 400)
    assert.match(headers.get('content-type')!, /^application\/problem\+json/)
    assert.equal(body.type, 'https://falconer.dev/errors/bad-input')
    assert.ok(body.fix.length > 0)
    assert.equal(body.instance, headers.get('x-request-id'))
    assert.deepEqual(body.errors.map(({ at }: { at: string }) => at).sort(), ['/to', '/too'])
  })

  it('broken JSON, a wrong content type and an unknown call are said as such', async () => {
    const json = { 'content-type': 'application/json' }
    assert.equal((await call('POST', '/v1/clock', '{"to":', { headers: json })).status, 400)
    assert.equal((await call('POST', '/v1/clock', 'a,b', { headers: { 'content-type': 'text/csv' } })).status, 400)
    assert.equal((await call('GET', '/v1/nothing')).body.type, 'https://falconer.dev/errors/not-found')
    assert.equal((await call('GET', '/v1/projects?limit=0')).status, 400)
  })
})

describe('the contract', () => {
  it('docs/http-api.md and the OpenAPI document name the same calls', async () => {
    const { body } = await call('GET', '/v1/openapi.json')
    assert.equal(body.openapi, '3.1.0')
    const written = Object.entries<object>(body.paths)
      .flatMap(([path, methods]) => Object.keys(methods).map(method => `${method.toUpperCase()} ${path}`))
      .sort()
    assert.deepEqual(documented(), written)
  })
})

describe('a project through the API', () => {
  it('is applied, and a key that does not exist is named with its line and the nearest one', async () => {
    const wrong = await call('PUT', P, { yaml: yaml.replace('recipe:', 'recipy:'), query })
    assert.equal(wrong.status, 400)
    assert.match(JSON.stringify(wrong.body), /recipy/)
    assert.match(JSON.stringify(wrong.body), /recipe/)
    assert.match(JSON.stringify(wrong.body.errors), /falconer\.yaml:\d+:\d+/)
    const { status, body } = await call('PUT', P, { yaml, query })
    assert.equal(status, 200, JSON.stringify(body))
    assert.ok(body.changes.length > 0)
    assert.deepEqual((await call('PUT', P, { yaml, query })).body, { changes: [] })
    assert.equal((await call('GET', P)).body.yaml, yaml)
  })

  it('the same data twice is one dataset version, with its contract checked', async () => {
    await clockTo(begin)
    const rows = visits().map((visit, i) => (i === 5 ? { ...visit, pages: 5000 } : visit))
    const first = await upload(csv(rows))
    assert.equal(first.status, 201, JSON.stringify(first.body))
    assert.equal(first.body.blankedCells, 1)
    assert.equal((await upload(csv(rows))).body.version, first.body.version)
    const { body } = await call('GET', `${P}/datasets/visits/versions/1?profile=1`)
    assert.equal(body.rows, rows.length)
    assert.ok(body.columns.some(({ column }: { column: string }) => column === 'pages'))
    assert.equal((await call('GET', `${P}/datasets/visits/versions/7`)).status, 404)
    assert.equal((await upload('visit_id,began\nx\n')).status, 422)
    assert.equal((await call('GET', `${P}/datasets/visits/versions`)).body.items.length, 1)
  })

  it('features are those known at the instant, and nobody may look ahead', async () => {
    const [visit] = visits().filter(({ began }) => began === begin)
    const { status, body } = await call('POST', `${P}/features`, { ids: [visit!.id] })
    assert.equal(status, 200, JSON.stringify(body))
    const row = Object.fromEntries(body.columns.map((name: string, i: number) => [name, body.rows[0][i]]))
    assert.deepEqual(row, { visit_id: visit!.id, pages: visit!.pages, country: visit!.country })
    const at = new Date(begin + hour).toISOString()
    assert.equal((await call('POST', `${P}/features`, { ids: [visit!.id], at })).status, 400)
  })

  it('is trained and deployed as the clock goes on', { timeout: 120_000 }, async () => {
    assert.equal((await call('POST', `${E}/predict`, { entities: ['v1'] })).status, 404)
    const started = await call('POST', `${P}/models/returned/train`)
    assert.equal(started.status, 202, JSON.stringify(started.body))
    assert.equal((await call('GET', started.headers.get('location')!)).body.kind, 'first training')
    const { body } = await clockTo(begin + 2 * hour)
    assert.equal(body.now, new Date(begin + 2 * hour).toISOString())
    const { body: endpoint } = await call('GET', E)
    assert.deepEqual(
      endpoint.routes.map(({ mode, semver }: { mode: string; semver: string }) => [mode, semver]),
      [['live', '1.0.0']],
    )
    const version = await call('GET', `${P}/models/returned/versions/1.0.0`)
    assert.ok(version.body.metrics.roc_auc > 0.6)
    const card = await call('GET', `${P}/models/returned/versions/1.0.0/card`)
    assert.match(card.headers.get('content-type')!, /^text\/markdown/)
    assert.match(card.body, /returned 1\.0\.0/)
    const file = await fetch(`${server.url}${P}/models/returned/versions/1.0.0/file`, {
      headers: { authorization: `Bearer ${admin}` },
    })
    assert.equal((await file.arrayBuffer()).byteLength, version.body.sizeBytes)
    assert.equal((await clockTo(begin)).status, 409)
  })

  it('what cannot be started by hand says what is missing', async () => {
    const start = (body: object) => call('POST', `${P}/models/returned/actions`, { reason: 'too many yeses', ...body })
    const threshold = await start({ kind: 'threshold' })
    assert.equal(threshold.status, 409)
    assert.match(JSON.stringify(threshold.body), /does not say what mistakes cost.*deploy\.decision/)
    const window = await start({ kind: 'threshold', window: '90 days' })
    assert.equal(window.status, 400)
    assert.match(JSON.stringify(window.body), /window belongs to retrain/)
  })

  it('a key predicted again gets the stored answer, whatever is sent with it', async () => {
    const first = await call('POST', `${E}/predict`, { records: [{ id: 'r1', pages: 3, country: 'NO' }] })
    assert.equal(first.status, 200, JSON.stringify(first.body))
    const again = await call('POST', `${E}/predict`, { records: [{ id: 'r1', pages: 19, country: 'FI' }] })
    assert.deepEqual(again.body, first.body)
    const stored = await call('GET', `${E}/predictions/r1`)
    assert.equal(stored.body.output, first.body.predictions[0].output)
    assert.equal(stored.body.features.pages, 3)
  })

  it('rows asked for by id are answered in the order asked', async () => {
    const ids = visits()
      .filter(({ began }) => began >= begin && began <= begin + 2 * hour)
      .map(({ id }) => id)
    const { status, body } = await call('POST', `${E}/predict`, { entities: ids.toReversed() })
    assert.equal(status, 200, JSON.stringify(body))
    assert.deepEqual(
      body.predictions.map(({ id }: { id: string }) => id),
      ids.toReversed(),
    )
  })

  it('a row that cannot be used refuses the whole request and names row and column', async () => {
    const cases: [object, RegExp][] = [
      [{ id: 'b1', pages: 3 }, /country/],
      [{ id: 'b1', pages: 'three', country: 'NO' }, /pages/],
      [{ id: 'b1', pages: 3, country: 'NO', colour: 'red' }, /colour/],
    ]
    for (const [record, text] of cases) {
      const good = { id: 'b0', pages: 1, country: 'NO' }
      const { status, body } = await call('POST', `${E}/predict`, { records: [good, record] })
      assert.equal(status, 400)
      assert.match(JSON.stringify(body), text)
      assert.match(JSON.stringify(body), /1/)
    }
    assert.equal((await call('GET', `${E}/predictions/b0`)).status, 404)
    const unseen = await call('POST', `${E}/predict`, { records: [{ id: 'u1', pages: 3, country: 'XX' }] })
    assert.equal(unseen.status, 200)
  })

  it('outcomes are joined, repeated, corrected, kept for later or rejected', async () => {
    const tell = async (id: string, value: unknown) =>
      (await call('POST', `${E}/outcomes`, { outcomes: [{ id, value }] })).body.receipts[0].status
    assert.equal(await tell('r1', 1), 'joined')
    assert.equal(await tell('r1', 1), 'duplicate')
    assert.equal(await tell('r1', 0), 'corrected')
    assert.equal(await tell('never seen', 1), 'pending')
    assert.equal(await tell('u1', 7), 'rejected')
    assert.equal(await tell('u1', 'void'), 'joined')
    assert.equal((await call('POST', `${E}/outcomes`, { outcomes: [{ id: 'r1', value: 'maybe' }] })).status, 400)
  })

  it('a prediction is explained by the version that answered', async () => {
    const { status, body } = await call('GET', `${E}/predictions/r1/explanation`)
    assert.equal(status, 200, JSON.stringify(body))
    const sum = body.contributions.reduce((s: number, c: { contribution: number }) => s + c.contribution, body.base)
    assert.ok(Math.abs(1 / (1 + Math.exp(-sum)) - body.output) < 1e-5)
  })

  it('a list is read page by page, each item once', async () => {
    const seen: string[] = []
    for (let after = ''; ; ) {
      const { body } = await call('GET', `${E}/predictions?limit=2${after}`)
      seen.push(...body.items.map(({ key }: { key: string }) => key))
      if (!body.next) break
      after = `&after=${encodeURIComponent(body.next)}`
    }
    const { body } = await call('GET', E)
    assert.equal(seen.length, body.counts.predictions)
    assert.equal(new Set(seen).size, seen.length)
  })

  it('a rollback needs the ETag that it was decided on', async () => {
    const { headers } = await call('GET', E)
    const body = { reason: 'a test' }
    assert.equal((await call('POST', `${E}/rollback`, body)).status, 428)
    assert.equal((await call('POST', `${E}/rollback`, body, { headers: { 'if-match': '"999"' } })).status, 412)
    const etag = headers.get('etag')!
    // There is nothing before the first version.
    assert.equal((await call('POST', `${E}/rollback`, body, { headers: { 'if-match': etag } })).status, 409)
    assert.equal((await call('GET', E, undefined, { headers: { 'if-none-match': etag } })).status, 304)
  })

  it('the timeline tells it all, and the audit chain holds', async () => {
    const { body } = await call('GET', `${P}/timeline`)
    const kinds = new Set(body.items.map(({ kind }: { kind: string }) => kind))
    for (const kind of ['dataset', 'action', 'train', 'version', 'endpoint']) assert.ok(kinds.has(kind), kind)
    const times = body.items.map(({ at }: { at: string }) => at)
    assert.deepEqual(times, times.toSorted())
    const verified = await call('GET', '/v1/audit/verify')
    assert.equal(verified.body.valid, true)
    assert.ok(verified.body.entries > 5)
  })

  it('metrics count what happened', async () => {
    const { body } = await call('GET', '/metrics')
    assert.match(
      body,
      /falconer_predictions_total\{project="shop",endpoint="returned",version="1\.0\.0",route="live"\} \d+/,
    )
    for (const [, name] of readFileSync(join(root, 'docs', 'metrics.md'), 'utf8').matchAll(/^\| `(falconer_\w+)`/gm)) {
      assert.ok(body.includes(name!), name)
    }
  })
})

describe('monitors', () => {
  const M = `${P}/monitors`

  it('what can be watched is listed, and a monitor is tried on the past without being set up', async () => {
    const options = (await call('GET', `${M}/options`)).body
    assert.ok(options.signals.some(({ of }: { of: string }) => of === 'auc'))
    assert.deepEqual(
      options.columns.map(({ name }: { name: string }) => name),
      ['pages', 'country'],
    )
    const { status, body } = await call('POST', `${M}/preview`, { monitor: { of: 'rows', above: 1 } })
    assert.equal(status, 200, JSON.stringify(body))
    assert.equal(body.monitor.name, 'rows')
    assert.deepEqual(body.limits[0].upper, 1)
    const wrong = await call('POST', `${M}/preview`, { monitor: { of: 'row' } })
    assert.equal(wrong.status, 400)
    assert.match(wrong.body.detail, /wanted probably rows/)
    const span = {
      monitor: { of: 'rows' },
      from: new Date(begin + hour).toISOString(),
      to: new Date(begin).toISOString(),
    }
    assert.match((await call('POST', `${M}/preview`, span)).body.detail, /The span ends at .* before or when it begins/)
  })

  it("a monitor is added to the project's file, changed and taken out; its other lines stay, and it holds at once", async () => {
    const yamlNow = async () => (await call('GET', P)).body.yaml as string
    const before = await yamlNow()
    const reason = 'nobody saw the missing pages'
    const put = (name: string, monitor: object) => call('PUT', `${M}/${encodeURIComponent(name)}`, { monitor, reason })
    const added = await put('missing pages', { of: 'missing share', column: 'pages' })
    assert.equal(added.status, 200, JSON.stringify(added.body))
    assert.ok((await yamlNow()).startsWith(before))
    assert.match(await yamlNow(), /- {of: missing share, column: pages, name: missing pages}/)
    const { body } = await call('GET', `${M}/missing%20pages`)
    assert.deepEqual([body.monitor.limits, body.limits.length], [1, 1])
    assert.deepEqual(body.monitor.entry, { chart: 'p', of: 'missing share', column: 'pages', name: 'missing pages' })
    const changed = await put('missing pages', { of: 'missing share', column: 'pages', above: '5 %' })
    assert.equal(changed.status, 200, JSON.stringify(changed.body))
    assert.equal((await call('GET', `${M}/missing%20pages`)).body.limits.at(-1).upper, 0.05)
    // Its audit entry says why.
    const audit = (await call('GET', '/v1/audit?order=descending&limit=20')).body.items
    assert.ok(audit.some((entry: { reason?: string }) => entry.reason?.startsWith(reason)))
    // The file had no watch: the monitors that it stood for are written down now.
    assert.match(await yamlNow(), /- {chart: ewma, of: auc}/)
    const gone = await call('DELETE', `${M}/missing%20pages`, { reason: 'it was a test' })
    assert.equal(gone.status, 200, JSON.stringify(gone.body))
    assert.equal((await call('GET', `${M}/missing%20pages`)).status, 404)
    assert.equal((await call('DELETE', `${M}/missing%20pages`, { reason: 'again' })).status, 404)
    assert.equal((await put('x', { of: 'requests', every: '7 minutes' })).status, 400)
  })

  it('limits are given by hand, and past windows are measured', async () => {
    const limits = { from: new Date(begin).toISOString(), to: new Date(begin + hour).toISOString(), reason: 'a target' }
    const given = await call('POST', `${M}/brier/limits`, { ...limits, centre: 0.2, sd: 0.05 })
    assert.equal(given.status, 200, JSON.stringify(given.body))
    assert.deepEqual([given.body.version, given.body.source, given.body.centre], [2, 'given', 0.2])
    const none = await call('POST', `${M}/auc/limits`, limits)
    assert.equal(none.status, 400)
    assert.match(none.body.detail, /0 reference points, 5 are needed/)
    const measured = await call('POST', `${M}/auc/evaluate`, { from: limits.from, to: limits.to })
    assert.deepEqual(measured.body, { measurements: [] })
  })
})

describe('events', () => {
  it('a client that comes back with the last id it has misses none and gets none twice', async () => {
    const client = createClient({ url: server.url, key: admin })
    const { body } = await call('GET', '/v1/audit?order=descending&limit=1')
    const newest: number = body.items[0].sequence
    const read = async (after: number, upTo: number) => {
      const ended = new AbortController()
      const ids: number[] = []
      await client.events(
        (event, data) => {
          if (event === 'audit') ids.push((data as { sequence: number }).sequence)
          if (ids.at(-1) === upTo) ended.abort()
        },
        ended.signal,
        after,
      )
      return ids
    }
    const first = await read(0, 3)
    const rest = await read(3, newest)
    client.close()
    assert.deepEqual(
      [...first, ...rest],
      Array.from({ length: newest }, (_, i) => i + 1),
    )
  })

  it('what happens while a client listens is told at once', async () => {
    const client = createClient({ url: server.url, key: admin })
    const ended = new AbortController()
    const heard = new Promise<string>(resolve => {
      void client.events((event, data) => {
        if (event === 'audit') resolve((data as { type: string }).type)
      }, ended.signal)
    })
    await new Promise(resolve => setTimeout(resolve, 100))
    await newKey('reader')
    assert.equal(await heard, 'key.created')
    ended.abort()
    client.close()
  })
})

describe('the server', () => {
  it('serves the pages compressed, for good where the name is a hash, and any address of the app as the page', async () => {
    assert.ok(existsSync(join(options.pages, 'index.html')), 'build the pages first: npm run pages')
    const page = await call('GET', '/projects/shop/models/returned/versions/1.0.0', undefined, { key: null })
    assert.equal(page.headers.get('cache-control'), 'no-cache')
    assert.match(page.headers.get('content-security-policy')!, /script-src 'self'/)
    const script = /src="(\/assets\/[^"]+\.js)"/.exec(page.body)![1]!
    const file = await fetch(server.url + script, { headers: { 'accept-encoding': 'br' } })
    assert.equal(file.headers.get('content-encoding'), 'br')
    assert.match(file.headers.get('cache-control')!, /max-age=31536000.*immutable/)
    await file.arrayBuffer()
    assert.equal((await call('GET', '/assets/nothing.js', undefined, { key: null })).status, 404)
  })

  it('a second one on the same data is refused', async () => {
    await assert.rejects(serve(options), { code: 'locked' })
  })

  it('listens without keys on this machine only', async () => {
    const open = { ...options, data: join(folder, 'open'), insecureLocal: true }
    await assert.rejects(serve({ ...open, host: '0.0.0.0' }), { code: 'bad-input' })
    const local = await serve(open)
    const me = await fetch(`${local.url}/v1/me`)
    assert.equal(((await me.json()) as { role: string }).role, 'admin')
    const foreign = await fetch(`${local.url}/v1/sign-in-links`, {
      method: 'POST',
      headers: { origin: 'http://evil.example' },
    })
    assert.equal(foreign.status, 403)
    await local.close()
  })

  it('goes on where it stood after a restart', { timeout: 60_000 }, async () => {
    await server.close()
    server = await serve(options)
    assert.equal(server.adminKey, undefined)
    const { body } = await call('GET', '/v1/clock')
    assert.equal(body.now, new Date(begin + 2 * hour).toISOString())
    const again = await call('POST', `${E}/predict`, { records: [{ id: 'r1', pages: 1, country: 'SE' }] })
    assert.equal(again.body.predictions[0].id, 'r1')
    assert.equal((await call('GET', `${E}/predictions/r1`)).body.features.pages, 3)
  })
})

/** The calls of the table in docs/http-api.md, but for those that are no JSON. */
function documented(): string[] {
  const rows = readFileSync(join(root, 'docs', 'http-api.md'), 'utf8')
    .split('\n')
    .filter(line => line.startsWith('| `'))
  return rows
    .flatMap(row => [...row.split(' | ', 1)[0]!.matchAll(/`(GET|POST|PUT|DELETE) ([^\s`?]+)/g)])
    .map(([, method, path]) => `${method} ${path!.replace(/^P/, '/v1/projects/{project}')}`)
    .filter(name => !/ \/v2\/| \/v1\/(events|openapi\.json)$/.test(name))
    .sort()
}
