/** Sends a message the way its channel wants it. */
import type { ChannelConfig } from '../loop/project.ts'
import type { Messenger } from '../loop/steps.ts'
import { createMailer } from './mail.ts'
import { secretOf } from './secret.ts'
import { postSlack } from './slack.ts'
import { postWebhook } from './webhook.ts'

export interface MessengerOptions {
  /** Where secrets are looked up. */
  readonly environment: Readonly<Record<string, string | undefined>>
  /** Real time, for signatures. */
  readonly now: () => number
  /** How long the other side is waited for. */
  readonly timeoutMs?: number
}

export function createMessenger({ environment, now, timeoutMs = 10_000 }: MessengerOptions): Messenger {
  const mail = createMailer({ timeoutMs })
  return {
    async send(channel: ChannelConfig, message, id) {
      const { to } = channel
      const letter = { id, message, ...(channel.link !== undefined && { link: `${channel.link}${message.path}` }) }
      switch (to.kind) {
        case 'webhook': {
          const url = typeof to.url === 'string' ? to.url : secretOf(to.url, environment)
          const secret = to.secret && secretOf(to.secret, environment)
          return postWebhook({ url, letter, at: now(), timeoutMs, ...(secret !== undefined && { secret }) })
        }
        case 'slack':
          return postSlack({ url: secretOf(to.url, environment), letter, timeoutMs })
        case 'email':
          return mail({ smtp: secretOf(to.smtp, environment), from: to.from, to: to.to, letter })
      }
    },
  }
}
