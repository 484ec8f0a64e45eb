/** Faults in the outcomes, and in what was deployed. */
import {
  type DiagnosedDay,
  type DiagnosisEvidence,
  type Finding,
  leastCompared,
  percent,
  recentDays,
  sum,
} from './evidence.ts'

export function labelFault({ days }: DiagnosisEvidence): Finding {
  const told = days.filter(({ coverage }) => coverage !== undefined)
  const last = told.slice(-recentDays)
  const before = told.slice(0, -recentDays)
  if (before.length >= leastCompared && last.length > 0) {
    const usual = Math.min(...before.map(({ coverage }) => coverage!))
    const found = last.find(({ coverage }) => coverage! < usual - 0.2)
    if (found) {
      const text = `Outcomes of ${percent(found.coverage!)} of the rows of ${found.date} are known, ${percent(usual)} or more were before: outcomes do not arrive.`
      return { fits: true, text }
    }
  }
  const turned = turnedRound(days.flatMap(({ auc }) => (auc === undefined ? [] : [auc])))
  if (turned) {
    const text = `The AUC fell to ${turned.now.toFixed(2)} from ${turned.usual.toFixed(2)}, below chance: outcomes are turned round.`
    return { fits: true, text }
  }
  return { text: 'outcomes arrive as before and are not turned round.' }
}

/**
 * Whether the newest two, three or four days rank against the truth: their mean lies below chance by two standard errors
 * of how days differ, and four below where it lay. A model that has only become useless ranks by chance.
 */
function turnedRound(aucs: readonly number[]): { readonly now: number; readonly usual: number } | undefined {
  const before = aucs.slice(0, -recentDays)
  if (before.length < leastCompared) return undefined
  const usual = mean(before)
  const sd = Math.sqrt(sum(before.map(auc => (auc - usual) ** 2)) / (before.length - 1))
  for (const days of [2, 3, 4]) {
    const now = mean(aucs.slice(-days))
    const error = sd / Math.sqrt(days)
    if (now + 2 * error < 0.5 && now + 4 * error < usual && usual > 0.55) return { now, usual }
  }
  return undefined
}

function mean(values: readonly number[]): number {
  return sum(values) / values.length
}

/** The version that went live does worse than the one before: on the same rows, or else from the day of the switch on. */
export function deploymentFault({ days, deployment }: DiagnosisEvidence): Finding {
  if (!deployment?.previous) return { text: 'no switch of the live version to look at.' }
  const { at, semver, previous } = deployment
  const since = days.filter(({ from }) => from >= at)
  const compared = since.filter(({ losses }) => losses[semver] !== undefined && losses[previous] !== undefined)
  if (compared.length >= 2) {
    const ratios = compared.map(({ losses }) => losses[semver]! / losses[previous]!)
    const typical = Math.exp(mean(ratios.map(Math.log)))
    if (typical < clearlyWorse) {
      return { text: `${semver} is not worse than ${previous} on the same rows.` }
    }
    return {
      fits: true,
      text: `Since ${semver} is live its loss is ${typical.toFixed(2)} times that of ${previous} on the same rows.`,
    }
  }
  const alone = `${semver} and ${previous} have no two common days since the switch`
  const before = days.filter(({ from }) => from < at)
  const [was, is] = [lossesOf(before, previous), lossesOf(since, semver)]
  if (was.length < leastCompared || is.length < 2) return { text: `${alone}.` }
  // Without the version before beside it, only a step right at the switch that is far beyond what days do speaks.
  const step = Math.min(...is) / Math.max(...was)
  if (step < aStep || Math.max(...was.slice(-2)) > 1.2 * median(was)) {
    return { text: `${alone}, and the loss made no step at the switch.` }
  }
  return {
    fits: true,
    text: `From the day that ${semver} went live its loss is ${(median(is) / median(was)).toFixed(2)} times that of ${previous} before.`,
  }
}

/** Geometric mean over the days of a loss ratio on the same rows that a candidate which passed a gate would not have. */
const clearlyWorse = 1.05
/** The least loss since the switch beside the greatest before it. */
const aStep = 1.2

function lossesOf(days: readonly DiagnosedDay[], semver: string): number[] {
  return days.flatMap(({ losses }) => losses[semver] ?? [])
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!
}
