/**
 * Tells people. What is to be told is derived from the audit log, so that no stage has to think of it: entries after a
 * project's cursor become notices, in one commit with the cursor and a timer each. A timer sends its notice and tries
 * again with growing pauses; what cannot be delivered is a record that everybody sees.
 */
import { asFalconerError, FalconerError } from '../base/errors.ts'
import type { AuditEntry, Clock, Put, Stored } from '../base/ports.ts'
import { formatDuration } from '../base/time.ts'
import { messageOf, noticesOf, type Subject } from '../loop/notification.ts'
import type { ChannelConfig, ProjectConfig } from '../loop/project.ts'
import { type Alarm, type LoopRecords, type Notice, stamp, type Timer } from '../loop/records.ts'
import type { Messenger } from '../loop/steps.ts'

export interface Notices {
  readonly handlers: Readonly<Record<string, (timer: Stored<Timer>) => Promise<void>>>
  /** From now on what is written into the audit log is told; what was written before a crash as well. */
  start(): Promise<void>
  stop(): Promise<void>
  /** Sends a message that says it is a test, at once. Errors: `not-found`, and those of the messenger. */
  test(project: string, channel: string, actor: string): Promise<void>
  /** Tries a failed notice again. Errors: `not-found`, `conflict` where it has not failed. */
  retry(id: string, actor: string): Promise<Stored<Notice>>
}

const noticeHandler = 'act.notice'
const second = 1000
const minute = 60 * second
const hour = 60 * minute
/** Pauses between the attempts; after the last one a notice has failed. */
const pauses = [10 * second, minute, 5 * minute, 30 * minute, 2 * hour, 6 * hour, 12 * hour]
const entriesAtOnce = 500

export function createNotices({
  records,
  clock,
  messenger,
  onError,
}: {
  readonly records: LoopRecords
  readonly clock: Clock
  readonly messenger: Messenger
  readonly onError: (error: FalconerError) => void
}): Notices {
  /** Entries looked at by this process that led to no notice: they need not be read again. */
  const looked = new Map<string, number>()
  const waiting = new Set<string>()
  let telling: Promise<void> | undefined
  let unfollow: (() => void) | undefined

  function wake(projects: Iterable<string>): void {
    for (const project of projects) if (project !== '') waiting.add(project)
    telling ??= tellAll().finally(() => {
      telling = undefined
      // Woken after the last look.
      if (waiting.size > 0 && unfollow) wake([])
    })
  }

  async function tellAll(): Promise<void> {
    for (const project of waiting) {
      waiting.delete(project)
      try {
        while (await tell(project)) {
          // Until nothing is left.
        }
      } catch (error) {
        onError(asFalconerError(error))
      }
    }
  }

  /** Makes notices of the next entries; whether there may be more. */
  async function tell(project: string): Promise<boolean> {
    const declared = await records.get('project', project)
    const channels = declared?.body.config.notify ?? []
    if (channels.length === 0) return false
    const cursor = await records.get('cursor', project)
    if (!cursor) {
      // Channels hear of what happens from now on, not of the years before they were declared.
      const [newest] = await records.audit({ project, descending: true, limit: 1 })
      const put = { kind: 'cursor', id: project, body: { sequence: newest?.sequence ?? 0 }, expect: 'absent' } as const
      await records.commit({ at: clock.now(), actor: 'falconer', puts: [put] })
      return false
    }
    const after = Math.max(cursor.body.sequence, looked.get(project) ?? 0)
    const entries = await records.audit({ project, after, limit: entriesAtOnce })
    const last = entries.at(-1)
    if (!last) return false
    const notices = (await Promise.all(entries.map(entry => noticesAbout(entry, channels)))).flat()
    looked.set(project, last.sequence)
    if (notices.length > 0) {
      await records.commit({
        at: clock.now(),
        actor: 'falconer',
        once: `notices/${project}/${last.sequence}`,
        puts: [
          { kind: 'cursor', id: project, body: { sequence: last.sequence }, expect: cursor.revision },
          ...notices.map(({ id, body }) => ({ kind: 'notice' as const, id, body, expect: 'absent' as const })),
          ...notices.map(({ id, body }) => noticeTimer(id, body, body.due)),
        ],
      })
    }
    return entries.length === entriesAtOnce
  }

  async function noticesAbout(entry: AuditEntry, channels: readonly ChannelConfig[]) {
    const message = messageOf(entry, await subjectOf(entry))
    const until = (entry.data as { until?: number } | undefined)?.until
    return message ? noticesOf(entry, message, channels, until) : []
  }

  async function subjectOf({ type, subject }: AuditEntry): Promise<Subject> {
    if (type.startsWith('alarm.') || type.startsWith('action.')) {
      const [alarm, action] = await Promise.all([records.get('alarm', subject), records.get('action', subject)])
      return { ...(alarm && { alarm: alarm.body }), ...(action && { action: action.body }) }
    }
    return {}
  }

  async function deliver(timer: Stored<Timer>): Promise<void> {
    const removes = [{ kind: 'timer' as const, id: timer.id }]
    const notice = await records.get('notice', String(timer.body.payload.notice))
    const at = clock.now()
    if (notice?.body.state !== 'waiting') {
      await records.commit({ at, actor: 'falconer', removes })
      return
    }
    const next = await attempt(notice, at)
    const { state, lastError } = next.body
    await records.commit({
      at,
      actor: 'falconer',
      puts: [
        { kind: 'notice', id: notice.id, body: next.body, expect: notice.revision },
        ...(next.again === undefined ? [] : [noticeTimer(notice.id, next.body, next.again)]),
      ],
      removes,
      ...(state === 'failed' && {
        audit: [
          {
            type: 'notice.failed',
            project: notice.body.project,
            subject: notice.id,
            reason: `${notice.body.channel} has not taken "${notice.body.message.title}": ${lastError}`,
          },
        ],
      }),
    })
  }

  /** The notice after trying to send it, and when to try again. */
  async function attempt({ id, body }: Stored<Notice>, at: number): Promise<{ body: Notice; again?: number }> {
    const alarm = body.unless && (await records.get('alarm', body.message.subject))?.body
    if (alarm && overtaken(alarm, body)) return { body: { ...body, state: 'withdrawn', endedAt: at } }
    // Snoozed again in the meantime: it is told when that is over.
    if (alarm?.snoozed && alarm.snoozed.until > at) {
      return body.message.event === 'alarm.snoozed'
        ? { body: { ...body, state: 'withdrawn', endedAt: at } }
        : { body: { ...body, due: alarm.snoozed.until }, again: alarm.snoozed.until }
    }
    const attempts = body.attempts + 1
    try {
      await messenger.send(await channelOf(body.project, body.channel), body.message, id)
      return { body: { ...withoutError(body), attempts, state: 'delivered', endedAt: at } }
    } catch (thrown) {
      const { code, message: lastError } = asFalconerError(thrown)
      const pause = pauses[body.attempts]
      const never = code === 'bad-config' || code === 'not-found' || pause === undefined
      if (never) return { body: { ...body, attempts, lastError, state: 'failed', endedAt: at } }
      return {
        body: { ...body, attempts, lastError: `${lastError} Tried again in ${formatDuration(pause)}.` },
        again: at + pause,
      }
    }
  }

  async function channelOf(project: string, name: string): Promise<ChannelConfig> {
    const config: ProjectConfig | undefined = (await records.get('project', project))?.body.config
    const channel = config?.notify?.find(candidate => candidate.name === name)
    if (channel) return channel
    const known = config?.notify?.map(candidate => candidate.name).join(', ')
    throw new FalconerError('not-found', `Project ${project} has no channel ${name}; it has ${known || 'none'}.`, {
      fix: 'Declare it under notify in falconer.yaml.',
    })
  }

  return {
    handlers: { [noticeHandler]: deliver },

    async start() {
      unfollow = records.follow(entries => wake(new Set(entries.map(({ project }) => project))))
      const { items } = await records.list('project', { limit: 10_000 })
      wake(items.map(({ id }) => id))
    },

    async stop() {
      unfollow?.()
      unfollow = undefined
      await telling
    },

    async test(project, name, actor) {
      const channel = await channelOf(project, name)
      const at = clock.now()
      const text = `${actor} asked for this message. Messages of ${project} will arrive here.`
      await messenger.send(
        channel,
        {
          event: 'notice.test',
          group: 'trouble',
          severity: 'info',
          project,
          subject: project,
          at,
          title: `Test from Falconer (${project})`,
          text,
          facts: [],
          path: `/projects/${encodeURIComponent(project)}`,
        },
        `${project}/test/${stamp(at)}/${name}`,
      )
    },

    async retry(id, actor) {
      const stored = await records.get('notice', id)
      if (!stored) throw new FalconerError('not-found', `There is no notice ${id}.`)
      if (stored.body.state !== 'failed') {
        throw new FalconerError(
          'conflict',
          `The notice ${id} is ${stored.body.state}; only a failed one can be tried again.`,
        )
      }
      const { endedAt: _, ...failed } = stored.body
      const body: Notice = { ...failed, state: 'waiting', attempts: 0, due: clock.now() }
      await records.commit({
        at: clock.now(),
        actor,
        puts: [{ kind: 'notice', id, body, expect: stored.revision }, noticeTimer(id, body, body.due)],
        audit: [{ type: 'notice.retried', project: body.project, subject: id, reason: body.message.title }],
      })
      return (await records.get('notice', id))!
    },
  }
}

function overtaken({ state }: Alarm, { unless }: Notice): boolean {
  return state === 'resolved' || (unless === 'acknowledged' && state === 'acknowledged')
}

function withoutError({ lastError: _, ...body }: Notice): Notice {
  return body
}

/** Messages of one channel go out one after another; a slow channel holds up no other. */
function noticeTimer(id: string, { project, channel }: Notice, due: number): Put<'timer', Timer> {
  return {
    kind: 'timer',
    id: `${stamp(due)}/${noticeHandler}/${id}`,
    body: { due, handler: noticeHandler, lane: `${project}/notices/${channel}`, payload: { project, notice: id } },
  }
}
