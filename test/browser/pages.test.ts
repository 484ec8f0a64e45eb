/** The pages in a real Chromium over fixtures: accessible, by keyboard, by address, in two languages, within budget. */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { gzipSync } from 'node:zlib'
import axe from 'axe-core'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { launch, missing } from './chromium.ts'
import { type FixtureServer, serveFixtures } from './fixtureServer.ts'
import { fixtures, type Scenario } from './fixtures.ts'

const root = join(import.meta.dirname, '../..')
const e = encodeURIComponent
const home = '/projects/flights'
const known = fixtures('retraining')

const pages: Readonly<Record<string, string>> = {
  overview: '/',
  timeline: `${home}/timeline`,
  datasets: `${home}/datasets`,
  'one dataset': `${home}/datasets/weather`,
  model: `${home}/models/late-arrival`,
  version: `${home}/models/late-arrival/versions/1.1.0`,
  'model card': `${home}/models/late-arrival/versions/1.1.0/card`,
  comparison: `${home}/models/late-arrival/compare?a=1.0.0&b=1.1.0`,
  endpoint: `${home}/endpoints/late-arrival`,
  prediction: `${home}/endpoints/late-arrival/predictions/${e(known.predictions[40]!.key)}`,
  monitors: `${home}/monitors`,
  'one monitor': `${home}/monitors/${e('observed - expected')}`,
  drift: `${home}/drift`,
  alarms: `${home}/alarms`,
  'one alarm': `${home}/alarms/${e(known.alarms[0]!.id)}`,
  actions: `${home}/actions`,
  'one action': `${home}/actions/${e(known.actions[1]!.id)}`,
  audit: `${home}/audit`,
  'missing page': '/nowhere',
}

/** What is asked inside the page, as its own language: the tests themselves have no window. */
const inPage = {
  loaded: `!/Loading…|正在加载…/.test(document.querySelector('main')?.textContent ?? '')`,
  tooWide: 'document.documentElement.scrollWidth - innerWidth',
  violations: `axe
    .run({ runOnly: { type: 'tag', values: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'] } })
    .then(found => found.passes.length < 5 ? ['axe looked at nothing'] : found.violations.map(v => v.id + ': ' + v.nodes[0].html.slice(0, 160) + ' ' + v.nodes[0].failureSummary))`,
  reachable: `[...document.querySelectorAll('a[href], button, select, summary')].filter(x => x.checkVisibility()).length`,
  focused: `(() => {
    const active = document.activeElement
    if (!active || active === document.body) return null
    const style = getComputedStyle(active)
    return {
      index: [...document.querySelectorAll('a[href], button, select, summary')].indexOf(active),
      ring: style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2,
      text: active.textContent.trim(),
    }
  })()`,
} as const

describe('the pages in Chromium', { skip: missing }, () => {
  let browser: Browser
  let server: FixtureServer

  before(async () => {
    execFileSync(process.execPath, [join(root, 'tools/pages.ts')], { cwd: root, stdio: 'ignore' })
    browser = await launch()
    server = await serveFixtures('retraining')
  })
  after(async () => {
    await browser?.close()
    await server?.close()
  })

  /** A fresh browser profile that fails on console errors and on requests elsewhere. */
  async function visit(
    work: (page: Page, context: BrowserContext) => Promise<void>,
    { url = server.url, width = 1280, quiet = true } = {},
  ): Promise<void> {
    const context = await browser.newContext({
      viewport: { width, height: 900 },
      locale: 'en-US',
      reducedMotion: 'reduce',
    })
    const page = await context.newPage()
    const errors: string[] = []
    page.on('console', message => {
      if (message.type() === 'error' || message.type() === 'warning') errors.push(message.text())
    })
    page.on('pageerror', error => errors.push(String(error)))
    page.on('request', request => {
      if (!request.url().startsWith(url) && !request.url().startsWith('data:')) errors.push(`asked ${request.url()}`)
    })
    try {
      await work(page, context)
      if (quiet) assert.deepEqual(errors, [])
    } finally {
      await context.close()
    }
  }

  async function open(page: Page, path: string, url = server.url): Promise<void> {
    await page.goto(url + path)
    await page.locator('h1').waitFor()
    // Data come after the heading of some pages; nothing may be on its way any more.
    await page.waitForFunction(inPage.loaded)
  }

  async function violations(page: Page): Promise<string[]> {
    await page.evaluate(axe.source)
    return page.evaluate<string[]>(inPage.violations)
  }

  const withQuery = (path: string, query: string) => `${path}${path.includes('?') ? '&' : '?'}${query}`

  for (const [name, path] of Object.entries(pages)) {
    test(`${name}: no accessibility violation, one heading, a title of its own, no error, no call elsewhere`, async () => {
      await visit(async page => {
        await open(page, withQuery(path, 'theme=light&lang=en'))
        assert.deepEqual(await violations(page), [])
        assert.equal(await page.locator('h1').count(), 1)
        assert.match(await page.title(), /^.{4,} · Falconer$/)
      })
    })
  }

  for (const name of ['overview', 'timeline', 'one alarm', 'prediction', 'version', 'datasets'] as const) {
    test(`${name}: accessible in the dark and in Chinese, and not wider than a phone`, async () => {
      await visit(
        async page => {
          await open(page, withQuery(pages[name]!, 'theme=dark&lang=zh-CN'))
          assert.equal(await page.locator('html').getAttribute('lang'), 'zh-CN')
          assert.deepEqual(await violations(page), [])
          assert.match((await page.locator('main').textContent()) ?? '', /\p{Script=Han}/u)
          const over = await page.evaluate<number>(inPage.tooWide)
          assert.ok(over <= 0, `${over} pixels too wide`)
        },
        { width: 375 },
      )
    })
  }

  const scenes: Readonly<Record<Exclude<Scenario, 'retraining'>, RegExp>> = {
    well: /late-arrival 1\.1\.0 is live and inside its limits/,
    blocked: /late-arrival is out of limits and retraining is blocked/,
    waiting: /late-arrival 1\.2\.0 passed its gate and waits for your approval/,
    'first day': /late-arrival has no version that answers yet/,
    'no project': /No project yet/,
  }
  for (const [scenario, heading] of Object.entries(scenes)) {
    test(`the overview says at the first glance: ${heading.source.replaceAll('\\', '')}`, async () => {
      const other = await serveFixtures(scenario as Scenario)
      try {
        await visit(
          async page => {
            await open(page, '/?lang=en', other.url)
            await page.getByRole('heading', { level: 1, name: heading }).waitFor()
            assert.deepEqual(await violations(page), [])
          },
          { url: other.url },
        )
      } finally {
        await other.close()
      }
    })
  }

  test('an empty page tells the command that fills it', async () => {
    const other = await serveFixtures('first day')
    try {
      await visit(
        async page => {
          for (const [path, command] of [
            ['datasets', 'falconer apply'],
            ['models/late-arrival', 'falconer train'],
            ['actions', 'falconer train'],
          ] as const) {
            await open(page, `${home}/${path}?lang=en`, other.url)
            assert.match((await page.locator('main pre').textContent()) ?? '', new RegExp(command))
            assert.deepEqual(await violations(page), [])
          }
        },
        { url: other.url },
      )
    } finally {
      await other.close()
    }
  })

  test('the keyboard reaches every action, in order, with a ring around it', async () => {
    await visit(async page => {
      await open(page, '/?lang=en&theme=light')
      const reachable = await page.evaluate<number>(inPage.reachable)
      const seen = new Set<string>()
      let first = ''
      for (let i = 0; i < reachable + 10; i++) {
        await page.keyboard.press('Tab')
        const at = await page.evaluate<{ index: number; ring: boolean; text: string } | null>(inPage.focused)
        if (at === null) continue
        if (i === 0) first = at.text
        assert.ok(at.ring, `no focus ring on “${at.text.slice(0, 40)}”`)
        if (at.index >= 0) seen.add(String(at.index))
      }
      assert.equal(first, 'Skip to the content')
      assert.equal(seen.size, reachable)
    })
  })

  test('the skip link leads past the navigation', async () => {
    await visit(async page => {
      await open(page, '/?lang=en')
      await page.keyboard.press('Tab')
      await page.keyboard.press('Enter')
      assert.equal(await page.evaluate<string>('document.activeElement.id'), 'content')
    })
  })

  test('? shows the keys, Esc closes them and gives the focus back, g and a letter goes there', async () => {
    await visit(async page => {
      await open(page, '/?lang=en')
      const button = page.getByRole('button', { name: 'Keyboard shortcuts' })
      await button.focus()
      await page.keyboard.press('?')
      await page.getByRole('dialog', { name: 'Keyboard shortcuts' }).waitFor()
      assert.deepEqual(await violations(page), [])
      await page.keyboard.press('Escape')
      await page.getByRole('dialog').waitFor({ state: 'detached' })
      assert.match(await page.evaluate<string>('document.activeElement.textContent'), /Keyboard shortcuts/)
      await page.keyboard.press('g')
      await page.keyboard.press('t')
      await page.getByRole('heading', { level: 1, name: 'Timeline' }).waitFor()
      assert.equal(new URL(page.url()).pathname, `${home}/timeline`)
    })
  })

  test('an address opens the same page again, also after a reload and with going back', async () => {
    await visit(async page => {
      await open(page, `${pages['one alarm']}?lang=en`)
      const heading = (await page.locator('h1').textContent()) ?? ''
      await page.reload()
      await page.getByRole('heading', { level: 1, name: heading }).waitFor()
      await page.getByRole('link', { name: 'Retraining: rolling out' }).click()
      await page.getByRole('heading', { level: 1, name: 'Retraining of late-arrival' }).waitFor()
      await page.goBack()
      await page.getByRole('heading', { level: 1, name: heading }).waitFor()
    })
  })

  test('a mark in a chart leads to what it stands for', async () => {
    await visit(async page => {
      await open(page, `${home}/timeline?lang=en`)
      await page.locator('.chart svg a[href*="/alarms/"]').last().click()
      await page.waitForURL(/\/alarms\//)
    })
  })

  test('theme and language in the address win over the choice kept in the browser', async () => {
    await visit(async page => {
      await open(page, '/?lang=en&theme=light')
      await page.getByLabel('Language').selectOption('zh-CN')
      await page.getByLabel('主题').selectOption('dark')
      await open(page, '/')
      assert.equal(await page.locator('html').getAttribute('lang'), 'zh-CN')
      assert.equal(await page.locator('html').getAttribute('data-theme'), 'dark')
      await open(page, '/?lang=en&theme=light')
      assert.equal(await page.locator('html').getAttribute('lang'), 'en')
      assert.equal(await page.locator('html').getAttribute('data-theme'), 'light')
      await open(page, '/?lang=tlh&theme=plaid')
      assert.equal(await page.locator('html').getAttribute('lang'), 'en')
    })
  })

  test('who is not signed in gets the form, and after the code the page that was asked for', async () => {
    server.signedIn = false
    try {
      await visit(
        async page => {
          await page.goto(`${server.url}${home}/timeline?lang=en`)
          await page.getByRole('heading', { name: 'Sign in' }).waitFor()
          assert.deepEqual(await violations(page), [])
          await page.getByLabel('One-time code or link').fill(`${server.url}/sign-in?code=abc`)
          await page.getByRole('button', { name: 'Sign in' }).click()
          await page.getByRole('heading', { level: 1, name: 'Timeline' }).waitFor()
        },
        { quiet: false },
      )
    } finally {
      server.signedIn = true
    }
  })

  test('a rollback shows its effect, wants a reason, and names the state it was decided on', async () => {
    await visit(async page => {
      await open(page, `${pages.endpoint}?lang=en`)
      await page.getByRole('button', { name: 'Back to 1.0.0' }).click()
      const dialog = page.getByRole('dialog', { name: 'Back to version 1.0.0' })
      assert.match((await dialog.textContent()) ?? '', /1\.0\.0 answers instead of 1\.1\.0/)
      const confirm = dialog.getByRole('button', { name: 'Back to 1.0.0' })
      assert.ok(await confirm.isDisabled())
      await dialog.getByLabel('Reason').fill('too many late flights missed')
      assert.deepEqual(await violations(page), [])
      const before = server.changes.length
      await confirm.click()
      await dialog.waitFor({ state: 'detached' })
      const change = server.changes[before]!
      assert.equal(change.path, '/v1/projects/flights/endpoints/late-arrival/rollback')
      assert.deepEqual(change.body, { reason: 'too many late flights missed' })
      assert.equal(change.headers['if-match'], '"7"')
    })
  })

  test('the pages follow the server: the replay clock moves without a reload', async () => {
    await visit(async page => {
      await open(page, '/?lang=en')
      await page.getByText('Jun 18, 2013').first().waitFor()
      server.push('clock', { now: '2013-07-04T12:00:00.000Z' })
      await page.getByText('Jul 4, 2013').first().waitFor()
    })
  })

  test('when the server goes, what was known stays, with its time', async () => {
    const other = await serveFixtures('well')
    await visit(
      async page => {
        await open(page, '/?lang=en', other.url)
        await page.getByRole('heading', { level: 1, name: /is live/ }).waitFor()
        await other.close()
        await page.getByText(/The server does not answer\. What you see is what was known at/).waitFor()
        await page.getByRole('heading', { level: 1, name: /is live/ }).waitFor()
      },
      { url: other.url, quiet: false },
    )
  })

  test('the first page needs at most 200 KiB of compressed script and few requests', async () => {
    await visit(async page => {
      const asked: string[] = []
      page.on('request', request => asked.push(new URL(request.url()).pathname))
      await open(page, '/')
      const scripts = [...new Set(asked.filter(path => path.endsWith('.js')))]
      assert.ok(scripts.length > 0)
      const bytes = scripts.reduce(
        (sum, path) => sum + gzipSync(readFileSync(join(root, 'dist/web', path)), { level: 9 }).length,
        0,
      )
      assert.ok(bytes <= 200 * 1024, `${(bytes / 1024).toFixed(1)} KiB`)
      assert.ok(asked.length <= 18, `${asked.length} requests: ${asked.join(' ')}`)
    })
  })
})
