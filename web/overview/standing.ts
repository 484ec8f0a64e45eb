/**
 * How a model stands, in one sentence: what its state is, why, since when, and what comes next. Made from the same
 * records that the tables show; the worst fact decides.
 */
import type { State } from '../../src/charts/options.ts'
import {
  type Action,
  type Alarm,
  type Endpoint,
  type Instant,
  instant,
  type Model,
  type Monitor,
  type Project,
} from '../api/wire.ts'
import { actionStateKey, isRunning, monitorKey } from '../language/vocabulary.ts'
import type { Key, Text } from '../language/words.ts'
import { paths } from '../paths.ts'

export interface Facts {
  readonly project: Project
  readonly model: Model | undefined
  readonly endpoint: Endpoint | undefined
  readonly monitors: readonly Monitor[]
  /** Newest first. */
  readonly alarms: readonly Alarm[]
  /** Newest first. */
  readonly actions: readonly Action[]
}

/** Words that are themselves texts are given as keys and are said in the page's language. */
export interface Sentence {
  readonly key: Key
  readonly values: Readonly<Record<string, string | number | { readonly text: Text } | { readonly day: Instant }>>
  /** English words of the server that belong to it. */
  readonly said?: string
}

export interface Standing {
  readonly state: State
  readonly what: Sentence
  readonly why?: Sentence
  readonly since?: Instant
  readonly next: Sentence
  readonly href: string
}

export function standing(facts: Facts): Standing {
  return (
    stopped(facts) ??
    blocked(facts) ??
    wanted(facts) ??
    running(facts) ??
    unserved(facts) ??
    alarmed(facts) ??
    well(facts)
  )
}

/** The running action, else undefined. */
export function runningAction(actions: readonly Action[]): Action | undefined {
  return actions.find(isRunning)
}

/** Open or acknowledged, the most severe and then the oldest first. */
export function openAlarms(alarms: readonly Alarm[]): readonly Alarm[] {
  const rank = (alarm: Alarm) => (alarm.severity === 'critical' ? 0 : 1)
  return alarms
    .filter(alarm => alarm.state !== 'resolved')
    .sort((a, b) => rank(a) - rank(b) || instant(a.openedAt) - instant(b.openedAt))
}

/** The version that answers. */
export function liveVersion(endpoint: Endpoint | undefined): string | undefined {
  return endpoint?.routes.find(route => route.mode === 'live')?.semver
}

const nameOf = (facts: Facts) => facts.project.config.model

function stopped(facts: Facts): Standing | undefined {
  const { killSwitch } = facts.project
  if (!killSwitch?.on) return undefined
  return {
    state: 'attention',
    what: { key: 'standing.stopped', values: { model: nameOf(facts) } },
    why: { key: 'standing.because', values: { who: killSwitch.by }, said: killSwitch.reason },
    next: { key: 'standing.stopped.next', values: {} },
    href: paths.actions(facts.project.name),
  }
}

function blocked(facts: Facts): Standing | undefined {
  const newest = facts.actions[0]
  if (newest?.state !== 'blocked' || openAlarms(facts.alarms).length === 0) return undefined
  return {
    state: 'broken',
    what: { key: 'standing.blocked', values: { model: nameOf(facts) } },
    why: { key: 'standing.reason', values: {}, said: newest.outcome ?? newest.diagnosis?.reasons[0] ?? '' },
    since: newest.startedAt,
    next: { key: 'standing.blocked.next', values: {} },
    href: paths.action(facts.project.name, newest.id),
  }
}

function wanted(facts: Facts): Standing | undefined {
  const action = facts.actions.find(a => a.state === 'waiting for approval')
  if (!action) return undefined
  return {
    state: 'attention',
    what:
      action.candidate === undefined
        ? { key: 'standing.waitingStart', values: { model: nameOf(facts) } }
        : { key: 'standing.waiting', values: { model: nameOf(facts), version: action.candidate } },
    since: action.steps.at(-1)?.startedAt ?? action.startedAt,
    next: { key: 'standing.waiting.next', values: {} },
    href: paths.action(facts.project.name, action.id),
  }
}

function running(facts: Facts): Standing | undefined {
  const action = runningAction(facts.actions)
  if (!action) return undefined
  const alarm = facts.alarms.find(a => a.id === action.trigger.alarm?.split('/').slice(-2).join('~'))
  const key = action.kind === 'first training' ? 'standing.firstTraining' : 'standing.retraining'
  return {
    state: 'busy',
    what: { key, values: { model: nameOf(facts), step: { text: { key: actionStateKey[action.state] } } } },
    ...(alarm && { why: { key: 'standing.left', values: { monitor: monitorText(alarm.monitor) } } }),
    since: action.startedAt,
    next: { key: nextOf[action.state] ?? 'standing.next.diagnose', values: {} },
    href: paths.action(facts.project.name, action.id),
  }
}

const nextOf: Partial<Record<Action['state'], Key>> = {
  diagnosing: 'standing.next.diagnose',
  training: 'standing.next.train',
  gating: 'standing.next.gate',
  refitting: 'standing.next.refit',
  'rolling out': 'standing.next.rollOut',
  verifying: 'standing.next.verify',
}

function unserved(facts: Facts): Standing | undefined {
  if (liveVersion(facts.endpoint) !== undefined) return undefined
  return {
    state: 'idle',
    what: { key: 'standing.unserved', values: { model: nameOf(facts) } },
    next: { key: 'standing.unserved.next', values: {} },
    href: paths.model(facts.project.name, nameOf(facts)),
  }
}

function alarmed(facts: Facts): Standing | undefined {
  const [alarm, ...others] = openAlarms(facts.alarms)
  if (!alarm) return undefined
  const action = facts.actions.find(a => a.trigger.alarm?.split('/').slice(-2).join('~') === alarm.id)
  const rule = facts.project.config.act.find(r => r.on.includes(alarm.monitor))
  const next: Key =
    action?.state === 'refused'
      ? 'standing.alarm.refused'
      : rule?.do === 'retrain'
        ? 'standing.alarm.retrain'
        : 'standing.alarm.look'
  return {
    state: alarm.severity === 'critical' ? 'broken' : 'attention',
    what: { key: 'standing.alarm', values: { model: nameOf(facts), monitor: monitorText(alarm.monitor) } },
    why: {
      key: others.length === 0 ? 'standing.reason' : 'standing.others',
      values: others.length === 0 ? {} : { n: others.length },
      said: alarm.headline,
    },
    since: alarm.openedAt,
    next: { key: next, values: {} },
    href: paths.alarm(facts.project.name, alarm.id),
  }
}

function well(facts: Facts): Standing {
  const version = liveVersion(facts.endpoint) ?? ''
  const measured = facts.monitors.filter(m => m.newest !== undefined && m.newest.status !== 'not enough data')
  const next = facts.monitors
    .map(m => instant(m.measuredTo) + (m.config.window.kind === 'time' ? m.config.window.everyMs : Number.NaN))
    .filter(Number.isFinite)
  return {
    state: 'ok',
    what: {
      key: measured.length === 0 ? 'standing.unmeasured' : 'standing.well',
      values: { model: nameOf(facts), version, n: measured.length },
    },
    ...(facts.endpoint && { since: facts.endpoint.switchedAt }),
    next:
      next.length === 0
        ? { key: 'standing.well.next', values: {} }
        : { key: 'standing.well.window', values: { day: { day: new Date(Math.min(...next)).toISOString() } } },
    href: paths.monitors(facts.project.name),
  }
}

function monitorText(name: string): string | { readonly text: Text } {
  const key = monitorKey(name)
  return key === undefined ? name : { text: { key } }
}

const order: readonly State[] = ['broken', 'attention', 'busy', 'idle', 'ok']

/** Worst first. */
export function byUrgency(a: Standing, b: Standing): number {
  return order.indexOf(a.state) - order.indexOf(b.state)
}
