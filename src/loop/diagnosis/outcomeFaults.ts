/** Faults in the outcomes, and in what was deployed. */
import {
  type DiagnosedDay,
  type DiagnosisEvidence,
  type Finding,
  leastCompared,
  percent,
  recentDays,
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
  const ranks = days.flatMap(({ auc }) => (auc === undefined ? [] : [auc]))
  const latest = ranks.slice(-2)
  const usual = ranks.slice(0, -2)
  if (usual.length >= leastCompared && latest.length === 2 && Math.max(...latest) < 0.4) {
    const middle = median(usual)
    if (middle > 0.6) {
      const text = `The AUC fell to ${latest.at(-1)!.toFixed(2)} from ${middle.toFixed(2)}, far below chance: outcomes are turned round.`
      return { fits: true, text }
    }
  }
  return { text: 'outcomes arrive as before and are not turned round.' }
}

/** The version that went live does worse than the one before: on the same rows, or else from the day of the switch on. */
export function deploymentFault({ days, deployment, drifted }: DiagnosisEvidence): Finding {
  if (!deployment?.previous) return { text: 'no switch of the live version to look at.' }
  const { at, semver, previous } = deployment
  const since = days.filter(({ from }) => from >= at)
  const compared = since.filter(({ losses }) => losses[semver] !== undefined && losses[previous] !== undefined)
  if (compared.length >= 2) {
    const ratios = compared.map(({ losses }) => losses[semver]! / losses[previous]!)
    if (Math.min(...ratios) < 1.2) return { text: `${semver} is not worse than ${previous} on the same rows.` }
    return {
      fits: true,
      text: `Since ${semver} is live its loss is ${ratios.at(-1)!.toFixed(2)} times that of ${previous} on the same rows.`,
    }
  }
  const alone = `${semver} and ${previous} have no two common days since the switch`
  const before = days.filter(({ from }) => from < at)
  const [was, is] = [lossesOf(before, previous), lossesOf(since, semver)]
  if (was.length < leastCompared || is.length < 2 || drifted.length > 0) return { text: `${alone}.` }
  // Without the version before beside it, only a step right at the switch that is far beyond what days do speaks.
  const step = Math.min(...is) / Math.max(...was)
  if (step < 1.2 || Math.max(...was.slice(-2)) > 1.2 * median(was)) {
    return { text: `${alone}, and the loss made no step at the switch.` }
  }
  return {
    fits: true,
    text: `From the day that ${semver} went live its loss is ${(median(is) / median(was)).toFixed(2)} times that of ${previous} before, and the inputs are as they were.`,
  }
}

function lossesOf(days: readonly DiagnosedDay[], semver: string): number[] {
  return days.flatMap(({ losses }) => losses[semver] ?? [])
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!
}
