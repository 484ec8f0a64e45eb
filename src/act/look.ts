/** Looks at what has become known since the last look, and steps the two tests of the verification. */
import { FalconerError } from '../base/errors.ts'
import type { PredictionLog } from '../base/ports.ts'
import { localDays } from '../base/time.ts'
import { thresholdFor } from '../loop/decision.ts'
import type { ProjectConfig } from '../loop/project.ts'
import { type Action, endpointId } from '../loop/records.ts'
import { completeDays, type Pair, type VerificationState, verifyDay, verifyRows } from './verification.ts'
import type { Versions } from './versions.ts'

/** Outcomes of rows older than this play no part in the test by rows; the test by days reads whole days. */
const rowsLookBackMs = 48 * 3_600_000
/** Outcomes of the last minute are left to the next look: the clock may still show their instant, and more may come. */
const settlingMs = 60_000

export interface Comparison {
  look(action: Action, config: ProjectConfig, at: number): Promise<VerificationState>
  /** How many requests the candidate has answered. */
  answered(action: Action, at: number): Promise<number>
}

export function createComparison(log: PredictionLog, versions: Versions, latenessMs: number): Comparison {
  return {
    async look(action, config, at) {
      const endpoint = endpointId(action.project, action.endpoint)
      // Written by startVerification when the first traffic came.
      const state = action.verify as VerificationState
      const by = await yardstick(action, config)
      // Two tests share alpha.
      const alpha = config.deploy.verify.alpha / 2
      const pair = { candidate: action.candidate!, champion: action.champion!, by, alpha }
      const knownTo = at - settlingMs
      if (knownTo <= state.seenTo) return state
      const fresh = await freshRows(endpoint, Math.max(state.from, at - rowsLookBackMs), at, state.seenTo, knownTo)
      let { rows, days, daysTo } = state
      if (fresh.keys.size > 0) {
        const window = await log.window(endpoint, fresh.from, fresh.to, knownTo)
        rows = verifyRows(rows, window, row => fresh.keys.has(window.keys[row]!), pair)
      }
      for (const day of completeDays(localDays(daysTo, at, config.timezone), knownTo, latenessMs)) {
        const window = await log.window(endpoint, Math.max(day.from, state.from), day.to, knownTo)
        days = verifyDay(days, window, pair)
        daysTo = day.to
      }
      return { ...state, rows, days, seenTo: knownTo, daysTo }
    },

    async answered(action, at) {
      const { from } = action.verify as VerificationState
      const window = await log.window(endpointId(action.project, action.endpoint), from, at + 1)
      return window.version.filter(semver => semver === action.candidate).length
    },
  }

  /** Versions that differ in their threshold alone answer alike: they are compared by what their mistakes cost. */
  async function yardstick(action: Action, config: ProjectConfig): Promise<Pair['by']> {
    if (action.kind !== 'threshold') return config.deploy.verify.metric
    const candidate = await versions.need(action, action.candidate)
    const champion = await versions.need(action, action.champion)
    if (!candidate.decision?.costs) {
      throw new FalconerError('internal', `${candidate.semver} does not say for which costs its threshold was chosen.`)
    }
    const { threshold, costs } = candidate.decision
    return { costs, candidate: threshold, champion: champion.decision?.threshold ?? thresholdFor(costs) }
  }

  /** Rows whose outcome became known after the last look, and the span that they lie in. */
  async function freshRows(endpoint: string, from: number, to: number, seenTo: number, knownTo: number) {
    const before = await log.labels(endpoint, from, to, seenTo)
    const now = await log.labels(endpoint, from, to, knownTo)
    const seen = new Set(before.keys.filter((_, i) => !Number.isNaN(before.values[i]!)))
    const rows = now.keys.flatMap((key, i) => (Number.isNaN(now.values[i]!) || seen.has(key) ? [] : [i]))
    return {
      keys: new Set(rows.map(i => now.keys[i]!)),
      from: rows.length > 0 ? now.at[rows[0]!]! : to,
      to: rows.length > 0 ? now.at[rows.at(-1)!]! + 1 : to,
    }
  }
}
