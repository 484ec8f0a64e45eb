import assert from 'node:assert/strict'
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { describe, it, type TestContext } from 'node:test'
import { SMTPServer } from 'smtp-server'
import { Webhook } from 'standardwebhooks'
import { FalconerError } from '../base/errors.ts'
import type { Message } from '../loop/notification.ts'
import type { ChannelConfig } from '../loop/project.ts'
import { createMessenger } from './messenger.ts'
import { slackMessage } from './slack.ts'
import { signature } from './webhook.ts'

const secret = 'whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD'
const message: Message = {
  event: 'alarm.opened',
  group: 'alarm',
  severity: 'critical',
  project: 'shop',
  subject: 'shop/returned/2024-03-05T00:00:00.000Z/auc',
  at: Date.parse('2024-03-05T00:00:00Z'),
  title: 'Alarm in shop: auc of 1.0.0 is at 0.61, below 0.66',
  text: 'What moved the predictions: price <b>&</b>, country.',
  facts: [{ name: 'Monitor', value: 'auc' }],
  path: '/projects/shop/alarms/2024-03-05T00%3A00%3A00.000Z~auc',
}
const id = 'shop/000000000042/oncall'

interface Received {
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

/** A receiver that answers with `status`, or never. */
async function receiver(t: TestContext, status: number | 'never') {
  const received: Received[] = []
  const server: Server = createServer(async (request, response) => {
    received.push({ headers: request.headers, body: await text(request) })
    if (status !== 'never') response.writeHead(status, { location: '/elsewhere' }).end()
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  t.after(() => {
    server.closeAllConnections()
    server.close()
  })
  return { received, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook` }
}

function channel(to: ChannelConfig['to']): ChannelConfig {
  return {
    name: 'oncall',
    to,
    on: ['alarm'],
    severity: 'warning',
    afterMs: 0,
    link: 'https://falconer.example.com',
  }
}

const send = (to: ChannelConfig['to'], environment: Record<string, string> = {}, timeoutMs = 2000) =>
  createMessenger({ environment, now: Date.now, timeoutMs }).send(channel(to), message, id)

const refusal = (code: string, text: RegExp) => (error: unknown) =>
  error instanceof FalconerError && error.code === code && text.test(error.message)

describe('webhooks', () => {
  it('are CloudEvents that a Standard Webhooks receiver verifies', async t => {
    const { received, url } = await receiver(t, 204)
    await send({ kind: 'webhook', url, secret: { env: 'FALCONER_SECRET_HOOK' } }, { FALCONER_SECRET_HOOK: secret })
    const [{ headers, body }] = received as [Received]
    const event = new Webhook(secret).verify(body, headers as Record<string, string>) as Record<string, unknown>
    assert.equal(headers['content-type'], 'application/cloudevents+json; charset=utf-8')
    assert.equal(headers['webhook-id'], id)
    assert.deepEqual(
      { ...event, data: undefined },
      {
        specversion: '1.0',
        id,
        source: '/v1/projects/shop',
        type: 'dev.falconer.alarm.opened',
        subject: message.subject,
        time: '2024-03-05T00:00:00.000Z',
        datacontenttype: 'application/json',
        data: undefined,
      },
    )
    assert.equal((event.data as { link: string }).link, `https://falconer.example.com${message.path}`)
  })

  it('are signed as in the published example', () => {
    const of = ['whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw', 'msg_p5jXN8AQM9LWM0D4loKWxJek', 1_614_265_330] as const
    assert.equal(signature(...of, '{"test": 2432232314}'), 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=')
  })

  it('signed with another secret are not verified', async t => {
    const { received, url } = await receiver(t, 200)
    const other = `whsec_${Buffer.alloc(32, 7).toString('base64')}`
    await send({ kind: 'webhook', url, secret: { env: 'FALCONER_SECRET_HOOK' } }, { FALCONER_SECRET_HOOK: other })
    const [{ headers, body }] = received as [Received]
    assert.throws(() => new Webhook(secret).verify(body, headers as Record<string, string>))
  })

  it('are tried again where the other side fails, redirects, is slow or cannot be reached', async t => {
    for (const [status, said] of [
      [500, /answered 500/],
      [302, /302; redirects are not followed/],
      ['never', /has not answered within 0.2 s/],
    ] as const) {
      const { url } = await receiver(t, status)
      await assert.rejects(send({ kind: 'webhook', url }, {}, 200), refusal('unavailable', said))
    }
    await assert.rejects(
      send({ kind: 'webhook', url: 'http://127.0.0.1:9/' }),
      refusal('unavailable', /127\.0\.0\.1:9 cannot be reached/),
    )
  })

  it('are given up where they can never work', async t => {
    const gone = await receiver(t, 410)
    await assert.rejects(send({ kind: 'webhook', url: gone.url }), refusal('bad-config', /gone/))
    const to = { kind: 'webhook', url: { env: 'FALCONER_SECRET_URL' } } as const
    await assert.rejects(send(to), refusal('bad-config', /no environment variable FALCONER_SECRET_URL/))
    const { url } = await receiver(t, 200)
    await assert.rejects(
      send({ kind: 'webhook', url, secret: { env: 'FALCONER_SECRET_HOOK' } }, { FALCONER_SECRET_HOOK: 'short' }),
      refusal('bad-config', /signing secret has \d+ bytes/),
    )
  })

  it('never go to link-local addresses, where clouds keep credentials', async () => {
    for (const url of ['http://169.254.169.254/latest', 'http://[fe80::1]/', 'http://[::ffff:169.254.169.254]/']) {
      await assert.rejects(send({ kind: 'webhook', url }), refusal('bad-config', /link-local/), url)
    }
  })

  it('name the host in an error, never the address with its secret', async () => {
    const to = { kind: 'webhook', url: { env: 'FALCONER_SECRET_URL' } } as const
    const environment = { FALCONER_SECRET_URL: 'http://127.0.0.1:9/T000/B000/XXXXSECRET' }
    await assert.rejects(send(to, environment), (error: Error) => !error.message.includes('XXXXSECRET'))
  })
})

describe('Slack', () => {
  it('gets blocks with what happened, the facts and a link', async t => {
    const { received, url } = await receiver(t, 200)
    await send({ kind: 'slack', url: { env: 'FALCONER_SECRET_SLACK' } }, { FALCONER_SECRET_SLACK: url })
    const sent = JSON.parse(received[0]!.body)
    assert.match(sent.text, /Alarm in shop/)
    assert.match(
      sent.blocks[0].text.text,
      /<https:\/\/falconer\.example\.com\/projects\/shop\/alarms\/[^|]+\|Open in Falconer>/,
    )
    assert.equal(sent.blocks[2].fields[0].text, '*Monitor*\nauc')
  })

  it('shows text as text: no mention, no link, no more than a section holds', () => {
    const { blocks } = slackMessage({ id, message: { ...message, text: `<!channel> ${'long '.repeat(2000)}` } })
    const shown = (blocks[1] as { text: { text: string } }).text.text
    assert.ok(shown.startsWith('&lt;!channel&gt;'))
    assert.ok(shown.length < 3000)
  })
})

describe('mail', () => {
  interface Mail {
    readonly from: string
    readonly to: readonly string[]
    readonly text: string
    readonly user: string | undefined
  }

  /** A real SMTP server on this machine; it refuses who is not `refuse`d by code. */
  async function mailServer(t: TestContext, { refuse, password }: { refuse?: number; password?: string } = {}) {
    const mails: Mail[] = []
    const server = new SMTPServer({
      authOptional: password === undefined,
      onAuth: (auth, _session, done) =>
        auth.password === password ? done(null, { user: auth.username }) : done(new Error('wrong password')),
      async onData(stream, session, done) {
        const body = await text(stream)
        if (refuse) return done(Object.assign(new Error('not now'), { responseCode: refuse }))
        const { mailFrom, rcptTo } = session.envelope
        const from = mailFrom ? mailFrom.address : ''
        mails.push({ from, to: rcptTo.map(({ address }) => address), text: body, user: session.user })
        done()
      },
    })
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
    t.after(() => new Promise<void>(resolve => server.close(resolve)))
    return { mails, port: (server.server.address() as AddressInfo).port }
  }

  const to = {
    kind: 'email',
    to: ['ann@example.com', 'bob@example.com'],
    from: 'falconer@example.com',
    smtp: { env: 'FALCONER_SECRET_SMTP' },
  } as const

  it('arrives at a real server, signed in, at every address, with the same id each time', async t => {
    const { mails, port } = await mailServer(t, { password: 'p@ss word' })
    const environment = { FALCONER_SECRET_SMTP: `smtp://falconer:${encodeURIComponent('p@ss word')}@127.0.0.1:${port}` }
    await send(to, environment)
    await send(to, environment)
    const [first, second] = mails as [Mail, Mail]
    assert.deepEqual(first.to, ['ann@example.com', 'bob@example.com'])
    assert.equal(first.from, 'falconer@example.com')
    assert.equal(first.user, 'falconer')
    assert.match(first.text, /^Subject: Alarm in shop: auc of 1\.0\.0 is at 0\.61, below 0\.66\r$/m)
    assert.match(first.text, /Monitor: auc/)
    const idOf = ({ text }: Mail): string | undefined => /^Message-ID: (.+)\r$/im.exec(text)?.[1]
    assert.ok(idOf(first))
    assert.equal(idOf(first), idOf(second))
  })

  it('is tried again after a passing refusal, given up after one for good', async t => {
    const busy = await mailServer(t, { refuse: 451 })
    await assert.rejects(
      send(to, { FALCONER_SECRET_SMTP: `smtp://127.0.0.1:${busy.port}` }),
      refusal('unavailable', /not now/),
    )
    const never = await mailServer(t, { refuse: 554 })
    await assert.rejects(
      send(to, { FALCONER_SECRET_SMTP: `smtp://127.0.0.1:${never.port}` }),
      refusal('bad-config', /not now/),
    )
    const locked = await mailServer(t, { password: 'right' })
    await assert.rejects(
      send(to, { FALCONER_SECRET_SMTP: `smtp://falconer:wrong@127.0.0.1:${locked.port}` }),
      refusal('bad-config', /did not take it/),
    )
    await assert.rejects(send(to, { FALCONER_SECRET_SMTP: 'mail.example.com' }), refusal('bad-config', /smtp:\/\//))
  })

  it('cannot be given further headers by a title with line breaks', async t => {
    const { mails, port } = await mailServer(t)
    const messenger = createMessenger({
      environment: { FALCONER_SECRET_SMTP: `smtp://127.0.0.1:${port}` },
      now: Date.now,
    })
    await messenger.send(channel(to), { ...message, title: 'Alarm\r\nBcc: eve@example.com' }, id)
    const [mail] = mails as [Mail]
    assert.deepEqual(mail.to, ['ann@example.com', 'bob@example.com'])
    assert.doesNotMatch(mail.text.split('\r\n\r\n')[0]!, /^Bcc:/m)
  })
})
