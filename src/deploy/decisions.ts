/**
 * Yes or no beside each output: by the threshold of the version that answered, which is in its record and never changes.
 * The log keeps outputs alone; an answer that is given again gets the same decision again.
 */
import { isYes } from '../loop/decision.ts'
import type { LoopRecords } from '../loop/records.ts'
import type { PredictionAnswer } from './answer.ts'

export interface Decisions {
  /** The answers, with a decision where their version has a threshold. */
  decided(
    of: { readonly project: string; readonly model: string },
    answers: readonly PredictionAnswer[],
  ): Promise<readonly PredictionAnswer[]>
}

export function createDecisions(records: LoopRecords): Decisions {
  /** By version; undefined of those that decide nothing. */
  const thresholds = new Map<string, number | undefined>()

  return {
    async decided({ project, model }, answers) {
      const prefix = `${project}/${model}/`
      const versions = new Set(answers.map(({ version }) => version))
      for (const semver of versions) {
        if (thresholds.has(prefix + semver)) continue
        const { items } = await records.list('version', { prefix, where: { semver }, limit: 1 })
        // A version that is not registered yet may be one day.
        if (items[0]) thresholds.set(prefix + semver, items[0].body.decision?.threshold)
      }
      if (![...versions].some(semver => thresholds.get(prefix + semver) !== undefined)) return answers
      return answers.map(answer => {
        const threshold = thresholds.get(prefix + answer.version)
        return threshold === undefined ? answer : { ...answer, decision: isYes(answer.output, threshold) }
      })
    },
  }
}
