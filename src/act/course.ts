/** The course of an action: which step follows which, and when; a step that is due is a timer. */
import type { Put } from '../base/ports.ts'
import { dayStart, nextDay } from '../base/time.ts'
import type { ProjectConfig, RolloutStep } from '../loop/project.ts'
import { type Action, type StepName, stamp, type Timer } from '../loop/records.ts'

/**
 * What a timer of an action asks for. `rollout` goes on with part `index` of the rollout, `look` compares what part
 * `index` or the verification has brought so far, `withdraw` takes back what an action that was given up has begun.
 */
export type Due = 'diagnose' | 'train' | 'gate' | 'refit' | 'register' | 'rollout' | 'look' | 'return' | 'withdraw'

export const stepHandler = 'act.step'

export function stepTimer(action: string, step: Due, due: number, index = 0): Put<'timer', Timer> {
  return {
    kind: 'timer',
    id: `${stamp(due)}/${stepHandler}/${action}/${step}/${index}`,
    body: { due, handler: stepHandler, lane: action, payload: { action, step, index } },
  }
}

/** Steps that move traffic; those of one model happen one after another, whoever asks for them. */
export function movesTraffic(step: Due): boolean {
  return step === 'rollout' || step === 'look' || step === 'return' || step === 'withdraw'
}

/** What a person asks for needs no diagnosis. */
export function firstStep({ kind, trigger }: Pick<Action, 'kind' | 'trigger'>): 'diagnose' | 'train' | 'return' {
  if (kind === 'rollback') return 'return'
  return trigger.kind === 'request' ? 'train' : 'diagnose'
}

/** The parts of the rollout end with `live`. A first version has nobody to share the traffic with. */
export function rolloutOf({ deploy }: Pick<ProjectConfig, 'deploy'>, hasChampion: boolean): readonly RolloutStep[] {
  const live = { kind: 'live' } as const
  return hasChampion ? [...deploy.rollout.filter(({ kind }) => kind !== 'live'), live] : [live]
}

/** Part `index`; the last one where the project was given a shorter rollout in the meantime. */
export function rolloutPart(config: Pick<ProjectConfig, 'deploy'>, hasChampion: boolean, index: number): RolloutStep {
  const parts = rolloutOf(config, hasChampion)
  return parts[Math.min(index, parts.length - 1)]!
}

/** The step that people see while this is done; none where it only goes on with one that runs. */
export function stepName(step: Due, part: RolloutStep): StepName | undefined {
  if (step === 'look' || step === 'withdraw') return undefined
  if (step !== 'rollout') return step
  return part.kind === 'live' ? 'promote' : part.kind
}

/** The instant whose knowledge the training uses. */
export function trainedAt(action: Pick<Action, 'steps' | 'startedAt'>): number {
  return action.steps.find(({ name }) => name === 'train')?.startedAt ?? action.startedAt
}

const dayMs = 86_400_000

/** Fewer whole days of held-out rows decide nothing, unless the gate asks for fewer. */
export function leastHeldDays({ gate }: Pick<ProjectConfig, 'gate'>): number {
  return Math.max(1, Math.min(7, Math.floor(gate.rowsMs / dayMs)))
}

/**
 * The rows that a candidate does not see and is scored on: whole local days, from <= predicted < to. For a first training the span to validate
 * on; for a retraining the gate's newest rows whose outcomes have been waited for, as far as the champion has not seen
 * them either: of younger days only what landed early is known.
 */
export function heldOut(
  { timezone, train, gate }: Pick<ProjectConfig, 'timezone' | 'train' | 'gate'>,
  asOf: number,
  latenessMs: number,
  championSawTo: number | undefined,
): { readonly from: number; readonly to: number; readonly days: number } {
  const end = dayStart(asOf - (championSawTo === undefined ? 0 : latenessMs), timezone)
  const span = championSawTo === undefined ? train.validateMs : gate.rowsMs
  // Half a day more, because a day of changing clocks has 23 or 25 hours.
  const wanted = dayStart(end - span + dayMs / 2, timezone)
  const unseen = championSawTo === undefined ? wanted : nextDay(championSawTo - 1, timezone)
  const from = Math.max(wanted, unseen)
  return { from, to: end, days: Math.max(0, Math.round((end - from) / dayMs)) }
}

/** The same where the other unseen days have to yield a curve or a threshold: at most the newer half of them is held out. */
export function heldOutForAdjustment(
  config: Pick<ProjectConfig, 'timezone' | 'train' | 'gate'>,
  asOf: number,
  latenessMs: number,
  championSawTo: number | undefined,
): { readonly from: number; readonly to: number; readonly days: number } {
  const held = heldOut(config, asOf, latenessMs, championSawTo)
  const middle = dayStart(((championSawTo ?? held.from) + held.to) / 2, config.timezone)
  if (held.from >= middle) return held
  return { from: middle, to: held.to, days: Math.max(0, Math.round((held.to - middle) / dayMs)) }
}
