/** The course of an action: which step follows which, and when; a step that is due is a timer. */
import type { Put } from '../base/ports.ts'
import { dayStart, nextDay } from '../base/time.ts'
import type { ProjectConfig } from '../loop/project.ts'
import { type Action, stamp, type Timer } from '../loop/records.ts'

/** What a timer of an action asks for; `rollout` goes on with the rollout's part number `index`. */
export type Due = 'diagnose' | 'train' | 'gate' | 'refit' | 'register' | 'rollout' | 'verify'

export const stepHandler = 'act.step'

export function stepTimer(action: string, step: Due, due: number, index = 0): Put<'timer', Timer> {
  return {
    kind: 'timer',
    id: `${stamp(due)}/${stepHandler}/${action}/${step}/${index}`,
    body: { due, handler: stepHandler, lane: action, payload: { action, step, index } },
  }
}

/** What a person asks for needs no diagnosis. */
export function firstStep({ trigger }: Action): Due {
  return trigger.kind === 'request' ? 'train' : 'diagnose'
}

/** Fewer whole days of held-out rows decide nothing. */
export const leastHeldDays = 7

const dayMs = 86_400_000

/**
 * First instant of the rows that a candidate does not see: whole local days. For a first training the span to validate
 * on; for a retraining the gate's newest rows, as far as the champion has not seen them either. `days` counts the whole
 * days whose outcomes have been waited for.
 */
export function heldOut(
  { timezone, train, gate }: Pick<ProjectConfig, 'timezone' | 'train' | 'gate'>,
  asOf: number,
  latenessMs: number,
  championSawTo: number | undefined,
): { readonly from: number; readonly days: number } {
  const end = dayStart(asOf - (championSawTo === undefined ? 0 : latenessMs), timezone)
  const span = championSawTo === undefined ? train.validateMs : gate.rowsMs
  // Half a day more, because a day of changing clocks has 23 or 25 hours.
  const wanted = dayStart(end - span + dayMs / 2, timezone)
  const unseen = championSawTo === undefined ? wanted : nextDay(championSawTo - 1, timezone)
  const from = Math.max(wanted, unseen)
  return { from, days: Math.max(0, Math.round((end - from) / dayMs)) }
}
