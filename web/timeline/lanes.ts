/** Puts everything that happened into lanes of the ring's order, and joins what belongs to one action. */
import type { State } from '../../src/charts/options.ts'
import type { TimelineEvent } from '../../src/charts/timeline.ts'
import type { ActionState, StepName, VersionState } from '../../src/loop/records.ts'
import { type Action, type Alarm, instant, shortId, type TimelineItem } from '../api/wire.ts'
import {
  actionMark,
  actionStateKey,
  alarmStateKey,
  monitorKey,
  stepKey,
  verdictKey,
  versionMark,
  versionStateKey,
} from '../language/vocabulary.ts'
import type { PlainKey, Words } from '../language/words.ts'
import { paths } from '../paths.ts'

export const laneKeys = [
  ['alarm', 'lane.alarm'],
  ['diagnose', 'lane.diagnose'],
  ['train', 'lane.train'],
  ['gate', 'lane.gate'],
  ['promote', 'lane.promote'],
  ['verify', 'lane.verify'],
  ['data', 'lane.data'],
] as const satisfies readonly (readonly [string, PlainKey])[]

const laneOfKind: Readonly<Record<string, string>> = {
  alarm: 'alarm',
  diagnose: 'diagnose',
  train: 'train',
  refit: 'train',
  register: 'train',
  gate: 'gate',
  approve: 'gate',
  shadow: 'promote',
  canary: 'promote',
  promote: 'promote',
  endpoint: 'promote',
  verify: 'verify',
  keep: 'verify',
  return: 'verify',
  dataset: 'data',
  project: 'data',
  'kill-switch': 'data',
}

const movingSteps: ReadonlySet<string> = new Set(['shadow', 'canary', 'promote', 'return'])

const stepMark = { running: 'busy', done: 'ok', failed: 'broken' } as const

export interface Happening extends TimelineEvent {
  /** In the language of the page. */
  readonly kindName: string
  readonly stateName: string
  /** State as the list shows it: what is over is at rest there. */
  readonly listed: State
  /** As the server said it. */
  readonly title: string
}

export function happenings(
  items: readonly TimelineItem[],
  alarms: readonly Alarm[],
  actions: readonly Action[],
  context: {
    readonly project: string
    readonly model: string
    readonly endpoint: string
    readonly words: Words
    readonly now: number
  },
): Happening[] {
  const actionOfAlarm = new Map(
    actions.flatMap(a => (a.trigger.alarm === undefined ? [] : [[shortId(a.trigger.alarm), a.id] as const])),
  )
  const alarmOf = new Map(alarms.map(a => [a.id, a]))
  const actionOf = new Map(actions.map(a => [a.id, a]))
  // A step that moved traffic says what the switch itself would say again.
  const moves = new Set([
    ...items.filter(item => movingSteps.has(item.kind)).map(item => item.at),
    ...actions.map(action => action.finishedAt),
  ])
  return items.flatMap((item): Happening[] => {
    if (item.kind === 'endpoint' && moves.has(item.at)) return []
    const lane = laneOfKind[item.kind]
    if (lane === undefined) return []
    const short = shortId(item.subject)
    const alarm = item.kind === 'alarm' ? alarmOf.get(short) : undefined
    const { state, stateName } = stateOfItem(item, alarm, actionOf.get(short)?.state, context.words)
    const kindName = kindNameOf(item, alarm, context.words)
    const until = item.until ?? (isOngoing(item) ? iso(context.now) : undefined)
    return [
      {
        lane,
        at: instant(item.at),
        ...(until !== undefined && { until: instant(until) }),
        label: labelOf(item, kindName, actionOf.get(short), context.words),
        kindName,
        stateName,
        title: item.title,
        state,
        listed: item.kind === 'alarm' && item.state === 'resolved' ? 'idle' : state,
        note: `${kindName}: ${item.title}`,
        ...threadOf(item, short, actionOfAlarm),
        ...hrefOf(item, short, context),
      },
    ]
  })
}

/** What a mark says beside it: the lane names the step already, so it is what the step came to. */
function labelOf(item: TimelineItem, kindName: string, action: Action | undefined, { t }: Words): string {
  switch (item.kind) {
    case 'alarm':
    case 'kill-switch':
      return kindName
    case 'diagnose':
      return action?.diagnosis === undefined ? '' : t(verdictKey[action.diagnosis.verdict])
    case 'register':
    case 'promote':
      return action?.candidate ?? ''
    case 'gate':
      if (action?.state === 'refused') return t(actionStateKey.refused)
      return item.state === 'done' ? t('timeline.passed') : ''
    case 'verify':
      if (item.state === 'running') return t(actionStateKey.verifying)
      return action?.state === 'kept' ? t(actionStateKey.kept) : ''
    case 'keep':
      return t(actionStateKey.kept)
    case 'return':
      return t(actionStateKey.returned)
    default:
      return ''
  }
}

function isOngoing(item: TimelineItem): boolean {
  return (item.kind === 'alarm' && item.state !== 'resolved') || item.state === 'running'
}

function iso(at: number): string | undefined {
  return Number.isNaN(at) ? undefined : new Date(at).toISOString()
}

function stateOfItem(
  item: TimelineItem,
  alarm: Alarm | undefined,
  action: ActionState | undefined,
  { t }: Words,
): { state: State; stateName: string } {
  if (item.kind === 'alarm') {
    const key = alarmStateKey[item.state as Alarm['state']]
    const state = alarm?.severity === 'warning' ? 'attention' : 'broken'
    return { state, stateName: key ? t(key) : item.state }
  }
  if (item.kind in stepKey) {
    // The last step tells how the action ended; a gate that refused is done, but not well.
    const ended = action !== undefined && item.kind === 'gate' && (action === 'refused' || action === 'blocked')
    const state: State = item.kind === 'return' || ended ? 'attention' : (stepMark[item.state as 'done'] ?? 'idle')
    return { state, stateName: ended ? t(actionStateKey[action]) : t(stepStateKey[item.state] ?? 'steps.done') }
  }
  if (item.kind === 'version') {
    const known = item.state in versionMark
    return {
      state: known ? versionMark[item.state as VersionState] : 'idle',
      stateName: known ? t(versionStateKey[item.state as VersionState]) : item.state,
    }
  }
  if (item.kind in actionMark) return { state: actionMark[item.kind as ActionState], stateName: item.state }
  return { state: item.kind === 'kill-switch' ? 'attention' : 'idle', stateName: item.state }
}

const stepStateKey: Readonly<Record<string, PlainKey>> = {
  running: 'steps.running',
  done: 'steps.done',
  failed: 'steps.failed',
}

const kindKeys: Readonly<Record<string, PlainKey>> = {
  endpoint: 'kind.endpoint',
  dataset: 'kind.dataset',
  project: 'kind.project',
  'kill-switch': 'kind.killSwitch',
}

function kindNameOf(item: TimelineItem, alarm: Alarm | undefined, { say, t }: Words): string {
  if (item.kind === 'alarm') {
    const name = alarm?.monitor ?? item.subject.split('/').at(-1) ?? ''
    const key = monitorKey(name)
    return key === undefined ? name : say({ key })
  }
  if (item.kind in stepKey) return t(stepKey[item.kind as StepName])
  if (item.kind === 'dataset') return item.subject.split('/')[1] ?? t('kind.dataset')
  const key = kindKeys[item.kind]
  return key === undefined ? item.kind : t(key)
}

function threadOf(item: TimelineItem, short: string, actionOfAlarm: ReadonlyMap<string, string>): { thread?: string } {
  if (item.kind === 'alarm') {
    const action = actionOfAlarm.get(short)
    return action === undefined ? {} : { thread: action }
  }
  return item.kind in stepKey ? { thread: short } : {}
}

function hrefOf(
  item: TimelineItem,
  short: string,
  { project, endpoint }: { readonly project: string; readonly endpoint: string },
): { href?: string } {
  if (item.kind === 'alarm') return { href: paths.alarm(project, short) }
  if (item.kind in stepKey) return { href: paths.action(project, short) }
  if (item.kind === 'endpoint') return { href: paths.endpoint(project, endpoint) }
  if (item.kind === 'dataset') return { href: paths.dataset(project, item.subject.split('/')[1] ?? '') }
  return {}
}
