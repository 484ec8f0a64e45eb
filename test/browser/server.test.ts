/** The pages on the real server: a small project is served, and what the ring did is read in Chromium. */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import type { RunningServer } from '../../src/cli/tools.ts'
import { serve } from '../../src/platform.ts'
import { begin, csv, query, visits, yaml } from '../support/shop.ts'
import { launch, missing } from './chromium.ts'

const root = join(import.meta.dirname, '../..')
const folder = mkdtempSync(join(tmpdir(), 'falconer-pages-'))
const home = '/projects/shop'
const P = '/v1/projects/shop'
const hour = 3_600_000

describe('the pages on the real server', { skip: missing, timeout: 180_000 }, () => {
  let server: RunningServer
  let browser: Browser
  let context: BrowserContext
  let page: Page
  const errors: string[] = []

  async function call(method: string, path: string, body: unknown, type = 'application/json'): Promise<void> {
    const answer = await fetch(server.url + path, {
      method,
      headers: { authorization: `Bearer ${server.adminKey}`, ...(body !== undefined && { 'content-type': type }) },
      ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    })
    assert.ok(answer.ok, `${method} ${path}: ${await answer.text()}`)
  }
  const clockTo = (at: number) => call('POST', '/v1/clock', { to: new Date(at).toISOString() })

  before(async () => {
    execFileSync(process.execPath, [join(root, 'tools/pages.ts')], { cwd: root, stdio: 'ignore' })
    server = await serve({
      data: join(folder, 'data'),
      host: '127.0.0.1',
      port: 0,
      hostNames: [],
      clock: 'replay',
      insecureLocal: false,
      logLevel: 'silent',
      version: '0.0.0-test',
      program: [process.execPath, join(root, 'bin', 'falconer.js')],
      pages: join(root, 'dist', 'web'),
    })
    browser = await launch()
    context = await browser.newContext({ locale: 'en-US', viewport: { width: 1280, height: 900 } })
    page = await context.newPage()
    page.on('console', message => {
      if (message.type() === 'error') errors.push(message.text())
    })
    page.on('pageerror', error => errors.push(String(error)))
  })
  after(async () => {
    await browser?.close()
    await server?.close()
    rmSync(folder, { recursive: true, force: true })
  })

  const heading = (name: string | RegExp) => page.getByRole('heading', { level: 1, name }).waitFor()

  test('the one-time link signs in and shows what to do first', async () => {
    await page.goto(server.signInLink)
    await heading('No project yet')
    assert.equal(new URL(page.url()).pathname, '/')
  })

  test('a project appears without a reload, and its first training as it goes', async () => {
    await call('PUT', P, { yaml, query })
    await heading('returned has no version that answers yet')
    await clockTo(begin)
    await call('POST', `${P}/datasets/visits/versions?name=visits.csv`, csv(visits()), 'text/csv')
    await call('POST', `${P}/models/returned/train`, undefined)
    await clockTo(begin + 2 * hour)
    await heading(/returned 1\.0\.0 is live/)
    assert.match((await page.locator('main').textContent()) ?? '', /1\.0\.0 answers all/)
  })

  test('a prediction with a missing number is explained too', async () => {
    await call('POST', `${P}/endpoints/returned/predict`, { records: [{ id: 'a/b 50%', pages: null, country: 'NO' }] })
    await call('POST', `${P}/endpoints/returned/outcomes`, { outcomes: [{ id: 'a/b 50%', value: 1 }] })
    await page.goto(`${server.url}${home}/endpoints/returned`)
    await page.getByRole('link', { name: 'a/b 50%' }).click()
    await heading('a/b 50%')
    await page.locator('.chart svg').waitFor()
    const picture = (await page.locator('.chart svg').textContent()) ?? ''
    assert.match(picture, /mean of all rows/)
    assert.match(picture, /country/)
    await page.reload()
    await heading('a/b 50%')
  })

  test('every page opens by its address', async () => {
    const pages: Readonly<Record<string, string | RegExp>> = {
      '/timeline': 'Timeline',
      '/datasets': /./,
      '/datasets/visits': 'visits',
      '/models/returned': 'returned',
      '/models/returned/versions/1.0.0': 'returned 1.0.0',
      '/models/returned/versions/1.0.0/card': 'Model card of returned 1.0.0',
      '/endpoints/returned': 'returned',
      '/monitors': /monitor/,
      '/drift': /column/,
      '/alarms': /alarm/,
      '/actions': '1 action',
      '/audit': /Everything that was changed/,
    }
    for (const [path, name] of Object.entries(pages)) {
      await page.goto(server.url + home + path)
      await heading(name)
    }
    await page.getByRole('button', { name: 'Check the whole chain' }).click()
    await page.getByText(/The chain holds over/).waitFor()
  })

  test('files come compressed, are kept for a year, and nothing offended the content policy', async () => {
    const asked = await fetch(server.url)
    const script = /src="\.?([^"]+\.js)"/.exec(await asked.text())?.[1] ?? assert.fail('the page names no script')
    const answer = await fetch(server.url + script, { headers: { 'accept-encoding': 'br' } })
    assert.equal(answer.headers.get('content-encoding'), 'br')
    assert.match(answer.headers.get('cache-control') ?? '', /immutable/)
    assert.match(asked.headers.get('content-security-policy') ?? '', /script-src 'self'/)
    assert.deepEqual(errors, [])
  })
})
