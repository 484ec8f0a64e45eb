/** The timer that closes a window: when a local day has ended and a monitor's outcomes have been waited for. */
import type { Put } from '../base/ports.ts'
import { nextDay } from '../base/time.ts'
import { stamp, type Timer } from '../loop/records.ts'

export const closeHandler = 'watch.close'

/** Monitors of one lateness share a timer. `from` is the beginning of a local day. */
export function closeTimer(
  { project, endpoint }: { readonly project: string; readonly endpoint: string },
  from: number,
  latenessMs: number,
  timezone: string,
): Put<'timer', Timer> {
  const due = nextDay(from, timezone) + latenessMs
  return {
    kind: 'timer',
    id: `${stamp(due)}/${closeHandler}/${project}/${endpoint}/${latenessMs}`,
    body: {
      due,
      handler: closeHandler,
      lane: `${project}/${endpoint}/watch`,
      payload: { project, endpoint, from, latenessMs },
    },
  }
}
