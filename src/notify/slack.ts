/** A message for an incoming webhook of Slack, or of what takes the same JSON (Mattermost, Rocket.Chat, Discord's /slack). */
import type { Letter } from './letter.ts'
import { post } from './post.ts'

export async function postSlack({
  url,
  letter,
  timeoutMs,
}: {
  readonly url: string
  readonly letter: Letter
  readonly timeoutMs: number
}): Promise<void> {
  const headers = { 'content-type': 'application/json; charset=utf-8' }
  await post(url, headers, JSON.stringify(slackMessage(letter)), timeoutMs)
}

const signs = { critical: '🔴', warning: '🟠', info: '⚪' }
/** A section holds 3,000 characters, a field 2,000, a message ten fields. */
const sectionLength = 2900
const fieldLength = 1900
const mostFields = 10

export function slackMessage({ message: { title, text, severity, facts }, link }: Letter) {
  const heading = `${signs[severity]} *${escaped(title, sectionLength)}*`
  return {
    // What a notification shows, and clients without blocks.
    text: `${signs[severity]} ${escaped(title, sectionLength)}`,
    blocks: [
      section(link ? `${heading}\n<${link}|Open in Falconer>` : heading),
      ...(text === '' ? [] : [section(escaped(text, sectionLength))]),
      ...(facts.length === 0
        ? []
        : [
            {
              type: 'section',
              fields: facts.slice(0, mostFields).map(({ name, value }) => ({
                type: 'mrkdwn',
                text: `*${escaped(name, 90)}*\n${escaped(value, fieldLength)}`,
              })),
            },
          ]),
    ],
  }
}

function section(text: string) {
  return { type: 'section', text: { type: 'mrkdwn', text } }
}

/** Slack's three control characters as entities, so that no text becomes a mention or a link. */
function escaped(text: string, length: number): string {
  const short = text.length > length ? `${text.slice(0, length - 1)}…` : text
  return short.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}
