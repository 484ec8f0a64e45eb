/** Tells on the terminal what happens in the loop, as it happens, and where the replay stands. */
import type { JobStatus } from '../../base/ports.ts'
import type { Client } from '../client.ts'
import { colours, say } from '../terminal.ts'
import type { Progress } from './play.ts'

interface Entry {
  readonly at: string
  readonly type: string
  readonly subject: string
  readonly reason?: string
}

/** Kinds of audit entries that belong to the story, with their colour. */
const story: Readonly<Record<string, (text: string) => string>> = {
  alarm: colours.yellow,
  action: colours.cyan,
  version: colours.green,
  endpoint: colours.green,
  dataset: colours.dim,
}

export interface Narrator {
  progress(progress: Progress): void
  /** Waits until what has happened is told. */
  stop(): Promise<void>
}

export function narrate(client: Client, timezone: string, total: number): Narrator {
  const ended = new AbortController()
  const date = new Intl.DateTimeFormat('en-CA', {
    timeZone: timezone,
    dateStyle: 'short',
    timeStyle: 'short',
    hourCycle: 'h23',
  })
  const live = process.stderr.isTTY === true
  let status = ''
  const clear = (): void => {
    if (live && status !== '') process.stderr.write('\r\u001b[K')
  }
  const draw = (): void => {
    if (live && status !== '') process.stderr.write(status)
  }
  const show = (text: string): void => {
    status = text
    if (live) process.stderr.write(`\r\u001b[K${status}`)
  }
  const told = client.events((event, data) => {
    if (event === 'progress') {
      const { id, state, progress } = data as JobStatus
      const done = progress ? ` ${Math.round(100 * progress.share)} %, ${progress.text}` : ''
      if (state === 'running') show(`${id.split('/').at(-1)}${done}`)
    }
    if (event !== 'audit') return
    const { at, type, subject, reason } = data as Entry
    const colour = story[type.split('.')[0]!]
    if (!colour || type === 'action.step') return
    clear()
    say(`${date.format(new Date(at)).replace(',', '')}  ${colour(type.padEnd(20))} ${reason ?? subject}`)
    draw()
  }, ended.signal)
  let drawn = 0
  return {
    progress({ at, predictions }) {
      const now = performance.now()
      if (now - drawn < 100) return
      drawn = now
      show(`${date.format(new Date(at)).replace(',', '')}  ${predictions} of ${total} flights predicted`)
    },
    async stop() {
      clear()
      status = ''
      await new Promise(resolve => setTimeout(resolve, 300))
      ended.abort()
      await told
    },
  }
}
