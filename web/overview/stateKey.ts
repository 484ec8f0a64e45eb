import type { State } from '../../src/charts/options.ts'
import type { PlainKey } from '../language/words.ts'

/** A state in words. */
export const stateKey: Readonly<Record<State, PlainKey>> = {
  ok: 'state.ok',
  busy: 'state.busy',
  attention: 'state.attention',
  broken: 'state.broken',
  idle: 'state.idle',
}
