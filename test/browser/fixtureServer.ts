/**
 * Serves the built pages with the answers of the HTTP API over fixtures, so that the pages can be looked at without a
 * year of flights:  node test/browser/fixtureServer.ts --scenario retraining --port 7701
 */
import { createReadStream, existsSync, readFileSync, statSync } from 'node:fs'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { extname, join } from 'node:path'
import { parseArgs } from 'node:util'
import type { FalconerError } from '../../src/base/errors.ts'
import { isPage, securityHeaders } from '../../src/http/pages.ts'
import { present } from '../../src/http/present.ts'
import { problem as problemOf } from '../../src/http/problem.ts'
import { monitorEntry, monitorOf } from '../../src/loop/monitorEntry.ts'
import { nextActions } from '../../src/loop/nextActions.ts'
import { chartsOf, signalNames, signalOf } from '../../src/loop/signals.ts'
import type { MonitorOptions } from '../../src/watch/desk.ts'
import { type Fixtures, fixtures, type Scenario } from './fixtures.ts'

const pages = join(import.meta.dirname, '../../dist/web')
const types: Readonly<Record<string, string>> = {
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
  '.html': 'text/html; charset=utf-8',
}

export interface FixtureServer {
  readonly url: string
  /** Whether requests carry a valid cookie. */
  signedIn: boolean
  /** Body of every change that was asked for. */
  readonly changes: { readonly path: string; readonly body: unknown; readonly headers: IncomingMessage['headers'] }[]
  /** Sends an event to every page that listens. */
  push(event: string, data: unknown): void
  close(): Promise<void>
}

export async function serveFixtures(scenario: Scenario, port = 0): Promise<FixtureServer> {
  const state = fixtures(scenario)
  const listeners = new Set<ServerResponse>()
  const fixture: { signedIn: boolean; changes: FixtureServer['changes'] } = { signedIn: true, changes: [] }

  const server: Server = createServer((request, response) => {
    for (const [name, value] of Object.entries(securityHeaders)) response.setHeader(name, value)
    const url = new URL(request.url ?? '/', 'http://localhost')
    const json = (status: number, body: unknown) => {
      response.writeHead(status, {
        'content-type': status < 400 ? 'application/json' : 'application/problem+json',
        etag: '"7"',
      })
      response.end(present(body))
    }
    const problem = (status: number, title: string, detail: string, fix: string) =>
      json(status, { type: 'https://falconer.dev/errors/x', title, status, detail, fix, instance: 'test' })

    if (url.pathname === '/v1/sessions') {
      fixture.signedIn = true
      response.writeHead(204, { 'set-cookie': 'falconer=test; HttpOnly; SameSite=Strict; Path=/' })
      response.end()
      return
    }
    if (url.pathname.startsWith('/v1/') && !fixture.signedIn) {
      problem(
        401,
        'No valid key was given',
        'This call needs a key.',
        'Open the one-time link that the server printed.',
      )
      return
    }
    if (url.pathname === '/v1/events') {
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      response.write('retry: 200\n\n')
      listeners.add(response)
      response.on('close', () => listeners.delete(response))
      return
    }
    if (request.method !== 'GET') {
      void readBody(request).then(body => {
        if (url.pathname.endsWith('/monitors/preview')) {
          try {
            json(200, previewOf(state, (body as { monitor: Record<string, unknown> }).monitor))
          } catch (error) {
            json(422, problemOf(error as FalconerError, 'test'))
          }
          return
        }
        fixture.changes.push({ path: url.pathname, body, headers: request.headers })
        json(200, {})
      })
      return
    }
    if (url.pathname.startsWith('/v1/')) {
      const found = answer(state, url)
      if (found === undefined) problem(404, 'Not found', `There is no ${url.pathname}.`, 'Check the name.')
      else if (typeof found === 'string') {
        response.writeHead(200, { 'content-type': 'text/markdown; charset=utf-8' })
        response.end(found)
      } else json(200, found)
      return
    }
    sendFile(url.pathname, response)
  })
  await new Promise<void>(resolve => server.listen(port, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    get signedIn() {
      return fixture.signedIn
    },
    set signedIn(value) {
      fixture.signedIn = value
    },
    changes: fixture.changes,
    push(event, data) {
      for (const listener of listeners) listener.write(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`)
    },
    close: () =>
      new Promise(resolve => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

async function readBody(request: IncomingMessage): Promise<unknown> {
  let text = ''
  for await (const chunk of request) text += String(chunk)
  return text === '' ? undefined : JSON.parse(text)
}

function sendFile(path: string, response: ServerResponse): void {
  const file = join(pages, path)
  const asked = file.startsWith(pages) && existsSync(file) && statSync(file).isFile()
  if (!asked && !isPage(path)) {
    response.writeHead(404)
    response.end()
    return
  }
  const sent = asked ? file : join(pages, 'index.html')
  response.writeHead(200, { 'content-type': types[extname(sent)] ?? 'application/octet-stream' })
  createReadStream(sent).pipe(response)
}

/** What the API answers; undefined where there is nothing. */
function answer(state: Fixtures, url: URL): unknown {
  const parts = url.pathname.split('/').slice(2).map(decodeURIComponent)
  const [head, name, what, id, ...rest] = parts
  if (head === 'me') return { id: 'k1', name: 'admin', role: 'admin', projects: ['*'] }
  if (head === 'clock') return { mode: 'replay', now: state.now }
  if (head === 'audit') {
    if (name === 'verify') return { valid: true, entries: state.audit.length }
    return { items: [...state.audit].reverse() }
  }
  if (head !== 'projects') return undefined
  if (name === undefined) return { items: state.projects }
  if (!state.projects.some(p => p.name === name)) return undefined
  switch (what) {
    case 'datasets':
      if (id === undefined) return { items: state.datasets }
      return rest.at(-1) === 'quarantine' ? { items: [] } : { items: state.datasets.filter(d => d.dataset === id) }
    case 'models':
      return modelAnswer(state, id!, rest, url)
    case 'endpoints':
      return endpointAnswer(state, id, rest, url)
    case 'monitors':
      return id === 'options' ? optionsOf(state) : monitorAnswer(state, id)
    case 'notifications':
      return { items: state.notices }
    case 'alarms':
      return id === undefined ? { items: state.alarms } : withMeasurement(state, id)
    case 'actions':
      if (id === undefined) return { items: state.actions }
      return withEvidence(state, id)
    case 'timeline':
      return { items: timelineItems(state) }
    default:
      return undefined
  }
}

function modelAnswer(state: Fixtures, model: string, rest: readonly string[], url: URL): unknown {
  const of = (semver: string | null | undefined) => state.versions.find(v => v.semver === semver)
  if (rest.length === 0) return { model, aliases: state.aliases, versions: state.versions }
  if (rest[0] === 'compare') {
    const [a, b] = [of(url.searchParams.get('a')), of(url.searchParams.get('b'))]
    if (!a || !b) return undefined
    const side = (v: typeof a) => ({
      ...v,
      importance: (state.evidence(v.semver).refit as { importance: unknown }).importance,
    })
    return { a: side(a), b: side(b) }
  }
  const version = of(rest[1])
  if (!version) return undefined
  if (rest[2] === 'evidence') return state.evidence(version.semver)
  if (rest[2] === 'card') return state.card(version.semver)
  return version
}

function endpointAnswer(state: Fixtures, id: string | undefined, rest: readonly string[], url: URL): unknown {
  const { endpoint } = state
  const view = endpoint && {
    ...endpoint,
    counts: { predictions: 100_312, outcomes: 97_008, voids: 2_912, unmatched: 0 },
    load: { requests: 4_211, perSecond: 212.4, latencyMs: { p50: 1.1, p95: 2.3, p99: 4.9 } },
  }
  if (id === undefined) return { items: view ? [view] : [] }
  if (!view || view.name !== id) return undefined
  if (rest[0] === 'performance') {
    const [from, to] = ['from', 'to'].map(name => Date.parse(url.searchParams.get(name) ?? ''))
    return state.performance.filter(span => span.from >= from! && span.from < to!)
  }
  if (rest[0] === 'predictions') {
    if (rest[1] === undefined) return { items: state.predictions }
    if (rest[2] === 'explanation') return state.explanation(rest[1])
    return state.predictions.find(p => p.key === rest[1])
  }
  return view
}

function monitorAnswer(state: Fixtures, id: string | undefined): unknown {
  if (id === undefined) {
    const items = state.monitors.map(m => ({
      ...m,
      newestLimits: state.limits.findLast(l => l.monitor === m.name),
      newest: state.measurements.findLast(l => l.monitor === m.name),
    }))
    return { items }
  }
  const monitor = state.monitors.find(m => m.name === id)
  return (
    monitor && {
      monitor: { ...monitor, entry: monitorEntry(monitor.config) },
      limits: state.limits.filter(l => l.monitor === id),
      measurements: state.measurements.filter(m => m.monitor === id),
    }
  )
}

function optionsOf(state: Fixtures): MonitorOptions {
  return {
    signals: signalNames
      .map(of => ({ of, kind: signalOf(of) }))
      .filter(({ kind }) => kind.task !== 'regression')
      .map(({ of, kind: { group, unit, about, column, decision, whole, fixed, side } }) => ({
        of,
        group,
        ...(unit && { unit }),
        about,
        column: column === true,
        decision: decision === true,
        segments: whole !== true,
        charts: fixed ? [] : chartsOf(of),
        side,
      })),
    columns: (state.versions[0]?.signature.inputs ?? []).map(({ name, kind }) => ({
      name,
      kind,
      ...(name === 'origin' && { values: ['EWR', 'JFK', 'LGA'] }),
    })),
    windows: ['1 hour', '1 day', '1 week', '1000 rows'],
    defaults: { chart: 'ewma', every: '1 day', arl0: 500 },
  }
}

/** The entry is read as the server reads it; what it would have said is that of a monitor of the fixtures. */
function previewOf(state: Fixtures, entry: Readonly<Record<string, unknown>>): object {
  const config = monitorOf(entry, 'binary')
  const like = config.kind === 'drift' ? 'drift' : 'observed - expected'
  const measurements = state.measurements.filter(m => m.monitor === like)
  const alarms = state.alarms.filter(a => a.monitor === like)
  return {
    monitor: { name: config.name, config },
    limits: state.limits.filter(l => l.monitor === like),
    measurements,
    alarms: alarms.map(({ openedAt, resolvedAt, headline }) => ({
      from: openedAt,
      ...(resolvedAt !== undefined && { to: resolvedAt }),
      headline,
    })),
    falseAlarms: config.kind === 'chart' ? { arl0: config.arl0, rate: 0.00195, low: 0.00183, high: 0.00208 } : {},
    days: measurements.length,
  }
}

function withMeasurement(state: Fixtures, id: string): unknown {
  const alarm = state.alarms.find(a => a.id === id)
  return (
    alarm && {
      ...alarm,
      next: nextActions({
        alarm,
        project: state.projects[0]!,
        endpoint: state.endpoint,
        answer: state.actions.find(a => alarm.action?.endsWith(a.id.replace('~', '/'))),
        actions: state.actions,
      }),
      lastMeasurement: state.measurements.findLast(m => m.monitor === alarm.monitor && m.status === 'out'),
    }
  )
}

function withEvidence(state: Fixtures, id: string): unknown {
  const action = state.actions.find(a => a.id === id)
  return (
    action && {
      ...action,
      steps: action.steps.map(s => (s.name === 'gate' ? { ...s, found: state.evidence('1.1.0').gate } : s)),
    }
  )
}

function timelineItems(state: Fixtures): unknown[] {
  const full = (id: string) => `flights/late-arrival/${id.replace('~', '/')}`
  return [
    ...state.alarms.map(a => ({
      at: a.openedAt,
      ...(a.resolvedAt !== undefined && { until: a.resolvedAt }),
      kind: 'alarm',
      title: a.headline,
      subject: full(a.id),
      state: a.state,
    })),
    ...state.actions.flatMap(a =>
      a.steps.map(s => ({
        at: s.startedAt,
        ...(s.finishedAt !== undefined && { until: s.finishedAt }),
        kind: s.name,
        title: s.summary,
        subject: `flights/${a.id.replace('~', '/')}`,
        state: s.state,
      })),
    ),
    ...state.audit
      .filter(e => /^(dataset|version|project)\./.test(e.type))
      .map(e => ({
        at: e.at,
        kind: e.type.split('.')[0],
        title: `${e.type}: ${e.reason}`,
        subject: e.subject,
        state: e.type.split('.')[1],
      })),
  ].sort((a, b) => a.at - b.at)
}

if (import.meta.main) {
  const { values } = parseArgs({
    options: { scenario: { type: 'string', default: 'retraining' }, port: { type: 'string', default: '7701' } },
  })
  if (!existsSync(join(pages, 'index.html'))) throw new Error('The pages are not built: run npm run pages.')
  readFileSync(join(pages, 'index.html'))
  const { url } = await serveFixtures(values.scenario as Scenario, Number(values.port))
  console.log(url)
}
