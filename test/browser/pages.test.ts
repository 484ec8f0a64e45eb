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
  'a new monitor': `${home}/new-monitor`,
  'a changed monitor': `${home}/monitors/auc/edit`,
  drift: `${home}/drift`,
  notifications: `${home}/notifications`,
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

  const small = [
    'overview',
    'timeline',
    'one alarm',
    'one monitor',
    'a new monitor',
    'drift',
    'notifications',
    'prediction',
    'version',
    'datasets',
  ]
  for (const name of small) {
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

  test('an alarm says what can be done, the best first, and why something cannot be done', async () => {
    await visit(async page => {
      await open(page, `${pages['one alarm']}?lang=en`)
      const steps = page.locator('.next-steps li')
      assert.match((await steps.first().textContent()) ?? '', /^Look at the action/)
      const retrain = steps.filter({ hasText: 'Retrain' })
      assert.ok(await retrain.getByRole('button').isDisabled())
      assert.match((await retrain.textContent()) ?? '', /a model has one at a time/)
      const described = await retrain.getByRole('button').getAttribute('aria-describedby')
      assert.equal(await page.locator(`[id="${described}"]`).count(), 1)
    })
  })

  test('an alarm is snoozed until nine the next morning of the project, or for as long as is chosen', async () => {
    await visit(async page => {
      await open(page, `${pages['one alarm']}?lang=en`)
      await page.getByRole('button', { name: 'Snooze' }).click()
      const dialog = page.getByRole('dialog', { name: 'Snooze the alarm' })
      assert.match((await dialog.textContent()) ?? '', /Tomorrow at 9:00 Jun 19, 2013, 09:00 EDT/)
      assert.deepEqual(await violations(page), [])
      await dialog.getByLabel('Reason').fill('the feed is being repaired')
      const before = server.changes.length
      await dialog.getByRole('button', { name: 'Snooze' }).click()
      await dialog.waitFor({ state: 'detached' })
      const change = server.changes[before]!
      assert.match(change.path, /\/alarms\/.*\/snooze$/)
      assert.deepEqual(change.body, { until: '2013-06-19T13:00:00.000Z', note: 'the feed is being repaired' })
    })
  })

  test('a monitor is tried on the past while it is written, and saved as an entry of falconer.yaml', async () => {
    await visit(
      async page => {
        await open(page, `${pages['a new monitor']}?lang=en`)
        await page.getByLabel('Signal').selectOption('missing share')
        await page.getByLabel('Column', { exact: true }).selectOption('temp')
        await page.getByLabel('Windows to a false alarm').fill('1000')
        await page.getByText('One false alarm in 1,000 days, on average.').waitFor()
        await page.locator('.finding', { hasText: /^Would have alarmed once in \d+ days\.$/ }).waitFor()
        await page.getByText(/one false alarm in 481 to 546 windows \(95 %\); designed for 1,000/).waitFor()
        await page.getByRole('button', { name: 'Save' }).click()
        const dialog = page.getByRole('dialog')
        await dialog.getByLabel('Reason').fill('temp failed twice')
        const before = server.changes.length
        await dialog.getByRole('button', { name: 'Save' }).click()
        await page.waitForURL(/\/monitors\/missing%20share%20of%20temp/)
        const change = server.changes[before]!
        assert.equal(change.path, '/v1/projects/flights/monitors/missing%20share%20of%20temp')
        assert.deepEqual(change.body, {
          monitor: { of: 'missing share', column: 'temp', chart: 'p', arl0: 1000 },
          reason: 'temp failed twice',
        })
      },
      { quiet: false },
    )
  })

  test('what cannot be used is said beside its field, and nothing typed is lost by a reload', async () => {
    await visit(
      async page => {
        await open(page, `${pages['a changed monitor']}?lang=en`)
        const field = page.getByLabel('Windows to a false alarm')
        await field.fill('1')
        const error = page.getByText(/^arl0 is 1, wanted/)
        await error.waitFor()
        assert.equal(await field.getAttribute('aria-invalid'), 'true')
        const described = (await field.getAttribute('aria-describedby')) ?? ''
        const named = page.locator(
          described
            .split(' ')
            .map(id => `[id="${id}"]`)
            .join(', '),
        )
        assert.equal(await named.filter({ hasText: /^arl0 is 1, wanted/ }).count(), 1)
        assert.deepEqual(await violations(page), [])
        assert.ok(await page.getByRole('button', { name: 'Save' }).isDisabled())
        await page.reload()
        await page.getByText('Your unsaved changes were kept.').waitFor()
        assert.equal(await field.inputValue(), '1')
        await page.getByRole('button', { name: 'Discard changes' }).click()
        assert.equal(await field.inputValue(), '500')
      },
      { quiet: false },
    )
  })

  test('a monitor that policy rules rest on says so before it is removed', async () => {
    await visit(async page => {
      await open(page, `${pages['a changed monitor']}?lang=en`)
      await page.getByRole('button', { name: 'Remove' }).click()
      const dialog = page.getByRole('dialog', { name: 'Remove AUC' })
      assert.match((await dialog.textContent()) ?? '', /1 policy rule acts on its alarms.*1 alarm of it is still open/)
    })
  })

  test('the points of a chart are read one by one with the arrow keys', async () => {
    await visit(async page => {
      await open(page, `${pages['one monitor']}?lang=en`)
      const reader = page.getByRole('slider', { name: 'Point' })
      await reader.focus()
      const last = await reader.getAttribute('aria-valuetext')
      await page.keyboard.press('Home')
      const first = await reader.getAttribute('aria-valuetext')
      assert.match(first ?? '', /^Mar 1, 2013 · .* · limits .* to .* · \d+ rows · 1\.0\.0$/)
      assert.notEqual(first, last)
    })
  })

  test('new limits leave out the windows that were out, if wanted', async () => {
    await visit(async page => {
      await open(page, `${home}/monitors/auc?lang=en`)
      await page.getByRole('button', { name: 'New limits' }).click()
      const dialog = page.getByRole('dialog', { name: 'New limits of AUC' })
      assert.deepEqual(await violations(page), [])
      await dialog.getByLabel('From').fill('2013-06-03')
      await dialog.getByText(/windows? in this span, \d+ of them out of limits/).waitFor()
      await dialog.getByLabel('Reason').fill('a stable month')
      const before = server.changes.length
      await dialog.getByRole('button', { name: 'New limits' }).click()
      await dialog.waitFor({ state: 'detached' })
      const { from, exclude, reason } = server.changes[before]!.body as Record<string, unknown>
      assert.equal(from, '2013-06-03T04:00:00.000Z')
      assert.ok(Array.isArray(exclude) && exclude.length > 0)
      assert.equal(reason, 'a stable month')
    })
  })

  test('a message that was not delivered is tried again, and a channel is tested', async () => {
    await visit(async page => {
      await open(page, `${pages.notifications}?lang=en`)
      await page.getByRole('heading', { level: 1, name: '1 message could not be delivered' }).waitFor()
      const before = server.changes.length
      await page.getByRole('button', { name: 'Send a test to on-call' }).click()
      await page.getByText('taken', { exact: true }).waitFor()
      await page.getByRole('button', { name: 'Try again' }).click()
      await page.getByRole('dialog').getByRole('button', { name: 'Try again' }).click()
      await page.getByRole('dialog').waitFor({ state: 'detached' })
      const [test, retry] = server.changes.slice(before)
      assert.deepEqual(test?.body, { channel: 'on-call' })
      assert.match(retry?.path ?? '', /\/notifications\/000000000900~on-call\/retry$/)
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

  test('the first page needs at most 170 KiB of compressed script and few requests', async () => {
    await visit(async page => {
      const asked: string[] = []
      page.on('request', request => {
        const { pathname, search } = new URL(request.url())
        // What is asked anew when events begin to come is not counted twice.
        if (!asked.includes(pathname + search)) asked.push(pathname + search)
      })
      await open(page, '/')
      const scripts = [...new Set(asked.filter(path => path.endsWith('.js')))]
      assert.ok(scripts.length > 0)
      const bytes = scripts.reduce(
        (sum, path) => sum + gzipSync(readFileSync(join(root, 'dist/web', path)), { level: 9 }).length,
        0,
      )
      assert.ok(bytes <= 170 * 1024, `${(bytes / 1024).toFixed(1)} KiB`)
      assert.ok(asked.length <= 18, `${asked.length} requests: ${asked.join(' ')}`)
    })
  })
})
