/**
 * Messages to people: what an audit entry means to somebody who is not looking at the pages, and which channels of the
 * project hear of it. Pure: the same entry and records give the same messages.
 */
import type { AuditEntry } from '../base/ports.ts'
import type { ChannelConfig, NoticeGroup } from './project.ts'
import { type Action, type Alarm, type Cause, type Notice, stamp } from './records.ts'

export interface Message {
  /** As in the audit log: `alarm.opened`. */
  readonly event: string
  readonly group: NoticeGroup
  readonly severity: 'critical' | 'warning' | 'info'
  readonly project: string
  /** Id of the record it is about. */
  readonly subject: string
  readonly at: number
  /** One line that says what happened. */
  readonly title: string
  readonly text: string
  readonly facts: readonly { readonly name: string; readonly value: string }[]
  /** Of the page that shows it. */
  readonly path: string
}

/** What the entry is about, as it is now. */
export type Subject = { readonly alarm?: Alarm; readonly action?: Action }

/** Undefined for what nobody needs to be told. */
export function messageOf(entry: AuditEntry, { alarm, action }: Subject): Message | undefined {
  if (alarm && entry.type.startsWith('alarm.')) return alarmMessage(entry, alarm)
  if (alarm && entry.type === 'action.refused') {
    return message(entry, 'action', 'warning', `Nothing was started in ${entry.project}`, {
      text: `${entry.reason ?? ''} The alarm is: ${alarm.headline}.`,
      page: 'alarms',
    })
  }
  if (action && entry.type.startsWith('action.')) return actionMessage(entry, action)
  if (entry.type === 'timer.failed' || entry.type === 'notice.failed') {
    const title = entry.type === 'timer.failed' ? 'Something does not get done' : 'A message could not be delivered'
    return message(entry, 'trouble', 'critical', `${title} in ${entry.project}`, { text: entry.reason ?? '' })
  }
  return undefined
}

/** Least severity first. */
const severities = ['info', 'warning', 'critical']

/** The notices of a message, one for each channel that is to hear it; `until` is the end of a snooze. */
export function noticesOf(
  { sequence }: Pick<AuditEntry, 'sequence'>,
  of: Message,
  channels: readonly ChannelConfig[],
  until?: number,
): { readonly id: string; readonly body: Notice }[] {
  return channels
    .filter(channel => hears(channel, of))
    .map(channel => ({
      id: `${of.project}/${String(sequence).padStart(12, '0')}/${channel.name}`,
      body: {
        project: of.project,
        channel: channel.name,
        message: of,
        ...timing(of, channel, until),
        state: 'waiting',
        attempts: 0,
        createdAt: of.at,
      },
    }))
}

function hears({ on, severity, afterMs }: ChannelConfig, of: Message): boolean {
  if (!on.includes(of.group)) return false
  if (of.group !== 'alarm') return true
  // Who is told only of what nobody takes up has not heard of it when it ends.
  if (of.event === 'alarm.resolved' && afterMs > 0) return false
  return severities.indexOf(of.severity) >= severities.indexOf(severity)
}

function timing(of: Message, { afterMs }: ChannelConfig, until: number | undefined): Pick<Notice, 'due' | 'unless'> {
  if (of.event === 'alarm.snoozed') return { due: until ?? of.at, unless: 'resolved' }
  if (of.event === 'alarm.opened' && afterMs > 0) return { due: of.at + afterMs, unless: 'acknowledged' }
  return { due: of.at }
}

function alarmMessage(entry: AuditEntry, alarm: Alarm): Message | undefined {
  const { headline, severity, cause } = alarm
  const facts = [
    { name: 'Monitor', value: alarm.monitor },
    { name: 'Version', value: alarm.semver },
    { name: 'Since', value: stamp(alarm.openedAt) },
  ]
  switch (entry.type) {
    case 'alarm.opened':
      return message(entry, 'alarm', severity, `Alarm in ${entry.project}: ${headline}`, {
        text: cause ? causeText(cause) : '',
        facts,
        page: 'alarms',
      })
    case 'alarm.snoozed':
      return message(entry, 'alarm', severity, `Still open in ${entry.project}: ${headline}`, {
        text: `The alarm was snoozed by ${entry.actor}${entry.reason ? `: ${entry.reason}` : ''}. That time is over.`,
        facts,
        page: 'alarms',
      })
    case 'alarm.resolved':
      return message(entry, 'alarm', severity, `Resolved in ${entry.project}: ${headline}`, {
        text: entry.reason ?? '',
        facts,
        page: 'alarms',
      })
    default:
      return undefined
  }
}

const ends: Readonly<Record<string, Message['severity']>> = {
  promoted: 'info',
  kept: 'info',
  returned: 'warning',
  refused: 'warning',
  blocked: 'critical',
  failed: 'critical',
}

function actionMessage(entry: AuditEntry, action: Action): Message | undefined {
  const verb = entry.type.slice('action.'.length)
  const about = `${action.model}${action.candidate ? ` ${action.candidate}` : ''}`
  if (action.state === 'waiting for approval' && (verb === 'registered' || verb === 'asked')) {
    return message(entry, 'approval', 'warning', `${about} in ${entry.project} waits for a decision`, {
      text: entry.reason ?? '',
      page: 'actions',
    })
  }
  const severity = ends[verb]
  if (!severity) return undefined
  return message(entry, 'action', severity, `${about} in ${entry.project}: the ${action.kind} was ${verb}`, {
    text: entry.reason ?? '',
    facts: action.diagnosis ? [{ name: 'Diagnosis', value: action.diagnosis.verdict }] : [],
    page: 'actions',
  })
}

function message(
  { type, project, subject, at }: AuditEntry,
  group: NoticeGroup,
  severity: Message['severity'],
  title: string,
  { text, facts = [], page }: { text: string; facts?: Message['facts']; page?: 'alarms' | 'actions' },
): Message {
  const short = subject.split('/').slice(-2).join('~')
  const path = `/projects/${encodeURIComponent(project)}${page ? `/${page}/${encodeURIComponent(short)}` : ''}`
  return { event: type, group, severity, project, subject, at, title, text, facts, path }
}

function causeText({ movedFeatures, segments }: Cause): string {
  const moved = movedFeatures.slice(0, 3).map(({ feature }) => feature)
  const [segment] = segments
  return [
    moved.length > 0 ? `What moved the predictions: ${moved.join(', ')}.` : '',
    segment ? `The loss grew most where ${segment.column} is ${segment.value} (${segment.rows} rows).` : '',
  ]
    .filter(text => text !== '')
    .join(' ')
}
