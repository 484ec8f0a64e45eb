/** Monitors follow falconer.yaml: whoever applies it leaves this timer in the same commit. */
import { stamp, type Timer } from './records.ts'

export const syncHandler = 'watch.sync'

export function syncTimer(project: string, endpoint: string, at: number): { id: string; body: Timer } {
  return {
    id: `${stamp(at)}/${syncHandler}/${project}`,
    // In turn with the windows that are being closed.
    body: { due: at, handler: syncHandler, lane: `${project}/${endpoint}/watch`, payload: { project } },
  }
}
