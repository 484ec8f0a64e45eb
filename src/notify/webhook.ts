/** A message as a CloudEvent, signed as Standard Webhooks say (https://www.standardwebhooks.com). */
import { createHmac } from 'node:crypto'
import { FalconerError } from '../base/errors.ts'
import type { Letter } from './letter.ts'
import { post } from './post.ts'

export async function postWebhook({
  url,
  secret,
  letter,
  at,
  timeoutMs,
}: {
  readonly url: string
  /** `whsec_` and base64 of 24 to 64 bytes; without one the message is not signed. */
  readonly secret?: string
  readonly letter: Letter
  /** Real time: receivers refuse what was signed long ago. */
  readonly at: number
  readonly timeoutMs: number
}): Promise<void> {
  const body = JSON.stringify(cloudEvent(letter))
  const timestamp = Math.floor(at / 1000)
  await post(
    url,
    {
      'content-type': 'application/cloudevents+json; charset=utf-8',
      'webhook-id': letter.id,
      'webhook-timestamp': String(timestamp),
      ...(secret !== undefined && { 'webhook-signature': signature(secret, letter.id, timestamp, body) }),
    },
    body,
    timeoutMs,
  )
}

/** CloudEvents 1.0 in JSON. */
function cloudEvent({ id, message, link }: Letter) {
  const { event, project, subject, at, title, text, severity, facts } = message
  return {
    specversion: '1.0',
    id,
    source: `/v1/projects/${encodeURIComponent(project)}`,
    type: `dev.falconer.${event}`,
    subject,
    time: new Date(at).toISOString(),
    datacontenttype: 'application/json',
    data: {
      project,
      severity,
      title,
      text,
      facts: Object.fromEntries(facts.map(({ name, value }) => [name, value])),
      ...(link !== undefined && { link }),
    },
  }
}

/** `v1,` and base64 of HMAC-SHA256 over `id.timestamp.body`. */
export function signature(secret: string, id: string, timestamp: number, body: string): string {
  const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64')
  if (key.length < 24 || key.length > 64) {
    throw new FalconerError(
      'bad-config',
      `The signing secret has ${key.length} bytes; wanted are 24 to 64 in base64.`,
      {
        fix: 'Make one: echo "whsec_$(openssl rand -base64 32)"',
      },
    )
  }
  return `v1,${createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64')}`
}
