/**
 * Diagnosis before retraining: a model trained on a broken feed learns the fault. Ordered rules look at the last days;
 * the first that fits decides. A fault is sudden, so days are compared with the days just before, not with a reference
 * of another season: real summers must not look like faults.
 */
import type { ColumnProfile } from '../columnProfile.ts'
import type { Diagnosis, Verdict } from '../records.ts'
import { unitChangeOf } from './unitChange.ts'

/** One closed day, oldest first in the evidence. */
export interface DiagnosedDay {
  readonly date: string
  readonly from: number
  readonly rows: number
  readonly profile: readonly ColumnProfile[]
  /** Share of the rows that repeat another row of the same or the day before. */
  readonly repeated: number
  /** Share of the rows whose outcome is known or void; absent while the day is too young to tell. */
  readonly coverage?: number
  /** Of the version that answered. */
  readonly auc?: number
  /** Mean loss by version on the rows that all of them answered. */
  readonly losses: Readonly<Record<string, number>>
}

export interface DiagnosisEvidence {
  /** Columns that the model takes. */
  readonly columns: readonly string[]
  /** Days that the limits come from: what is normal besides the days before. */
  readonly reference: readonly (readonly ColumnProfile[])[]
  readonly days: readonly DiagnosedDay[]
  /** The newest switch of the live version, if the records know one, and which version was live before. */
  readonly deployment?: { readonly at: number; readonly semver: string; readonly previous?: string }
  /** Columns that the newest drift measurement found drifted. */
  readonly drifted: readonly string[]
  /** Monitors with an open alarm. */
  readonly alarms: readonly string[]
  /** A column that fits the others only when it is converted (`relatedUnitChange`). */
  readonly related?: { readonly column: string; readonly conversion: string; readonly since: string }
}

/** What a rule found, or why it does not fit. */
type Finding = { readonly fits: true; readonly column?: string; readonly text: string } | { readonly text: string }

interface Rule {
  readonly verdict: Verdict
  readonly advice: Diagnosis['advice']
  readonly look: (evidence: DiagnosisEvidence) => Finding
}

const leastCompared = 3
/** What is older than this many days was there before the trouble began. */
const recentDays = 7

const rules: readonly Rule[] = [
  { verdict: 'schema break', advice: 'block', look: schemaBreak },
  { verdict: 'source outage', advice: 'block', look: sourceOutage },
  // Before the unit: a feed that stands still no longer goes with the other columns either.
  { verdict: 'frozen sensor', advice: 'block', look: frozenSensor },
  { verdict: 'unit change', advice: 'block', look: unitChange },
  { verdict: 'duplicated batch', advice: 'block', look: duplicatedBatch },
  { verdict: 'label fault', advice: 'block', look: labelFault },
  { verdict: 'deployment fault', advice: 'rollback', look: deploymentFault },
  { verdict: 'covariate shift', advice: 'retrain', look: covariateShift },
  { verdict: 'concept shift', advice: 'retrain', look: conceptShift },
]

export function diagnose(evidence: DiagnosisEvidence): Diagnosis {
  const looked: string[] = []
  for (const { verdict, advice, look } of rules) {
    const finding = look(evidence)
    if ('fits' in finding) {
      const { column, text } = finding
      return { verdict, advice, ...(column !== undefined && { column }), reasons: [text, ...looked] }
    }
    looked.push(`No ${verdict}: ${finding.text}`)
  }
  return {
    verdict: 'unknown',
    advice: 'ask',
    reasons: ['Nothing explains the alarm: a person has to look before anything is trained.', ...looked],
  }
}

// ------------------------------------------------------------ the columns as such

function schemaBreak({ columns, days, reference }: DiagnosisEvidence): Finding {
  const last = days.at(-1)
  if (!last) return { text: 'no closed day to look at.' }
  for (const column of columns) {
    const now = last.profile.find(profile => profile.column === column)
    const normal = profilesOf(column, reference)
    if (!now) return { fits: true, column, text: `${column} is gone since ${last.date}.` }
    const kind = normal[0]?.kind
    if (kind && now.kind !== kind) {
      return { fits: true, column, text: `${column} is ${now.kind} on ${last.date}, it was ${kind}.` }
    }
    if (now.kind !== 'text' || now.rows === now.missing) continue
    const known = new Set([...normal, ...earlier(column, days)].flatMap(({ values }) => Object.keys(values ?? {})))
    const unseen = Object.entries(now.values ?? {}).filter(([value]) => !known.has(value))
    const share = sum(unseen.map(([, count]) => count)) / (now.rows - now.missing)
    if (known.size > 0 && share > 0.5) {
      const example = unseen[0]![0]
      const text = `${percent(share)} of ${column} on ${last.date} are values never seen, such as ${JSON.stringify(example)}: its encoding has changed.`
      return { fits: true, column, text }
    }
  }
  return { text: 'all columns are there, of their kind, with values known before.' }
}

function sourceOutage({ days, reference }: DiagnosisEvidence): Finding {
  const [before, last] = days.slice(-2)
  if (!before || !last) return { text: 'fewer than two closed days to look at.' }
  const out: string[] = []
  for (const { column, rows, missing } of last.profile) {
    const other = before.profile.find(profile => profile.column === column)
    const usual = [...profilesOf(column, reference), ...earlier(column, days)]
    if (!other || usual.length === 0) continue
    const most = Math.max(...usual.map(missingShare))
    const least = Math.min(missing / rows, missingShare(other))
    // Half of what was always there is gone, two days running: a storm that ends a feed for an afternoon is no outage.
    if (least > most + (1 - most) / 2) out.push(column)
  }
  if (out.length === 0) return { text: 'no column is missing much more often than on any day before.' }
  const column = out[0]!
  const share = percent(missingShare(last.profile.find(profile => profile.column === column)!))
  return {
    fits: true,
    column,
    text: `${share} of ${out.join(', ')} are missing on ${last.date} and the day before: its source does not deliver.`,
  }
}

// ------------------------------------------------------------ the values

/** Two signs: the column no longer fits its own other columns, or its days lie where a conversion puts the days before. */
function unitChange({ days, columns, related }: DiagnosisEvidence): Finding {
  if (related) {
    const { column, conversion, since } = related
    const text = `${column} changes by ${conversion} on ${since}: converted back it fits the other columns as before, as it is it does not.`
    return { fits: true, column, text }
  }
  for (const column of columns) {
    const quantiles = days.map(day => day.profile.find(profile => profile.column === column)?.quantiles)
    const changed = unitChangeOf(quantiles)
    if (!changed) continue
    const text = `${column} changes by ${changed.conversion} on ${days[changed.since]!.date}: its values are those of the days before in another unit.`
    return { fits: true, column, text }
  }
  return { text: "no column's values are those of the days before in another unit." }
}

function frozenSensor({ days, columns, reference }: DiagnosisEvidence): Finding {
  const frozen: { column: string; since: string }[] = []
  for (const column of columns) {
    const all = days.map(day => day.profile.find(profile => profile.column === column))
    let from = days.length
    while (from > 0 && all[from - 1] && isStill(all[from - 1]!)) from--
    const usual = [...profilesOf(column, reference), ...all.slice(0, from).filter(day => day !== undefined)]
    // A column that has days with one value (no rain) does not freeze; one whose days have many does.
    const lively = usual.length >= leastCompared && usual.every(day => day.distinct >= 8 && day.topShare < 0.5)
    if (lively && days.length - from >= 2) frozen.push({ column, since: days[from]!.date })
  }
  const [first] = frozen
  if (!first) return { text: 'no column has stopped changing.' }
  const names = frozen.map(({ column }) => column).join(', ')
  return {
    fits: true,
    column: first.column,
    text: `${names} repeat the same value since ${first.since}: the feed is frozen.`,
  }
}

/** At most a value or two a day, where enough rows are there to show more. */
function isStill({ rows, missing, distinct, topShare }: ColumnProfile): boolean {
  return rows - missing >= 30 && (distinct <= 3 || topShare > 0.95)
}

function duplicatedBatch({ days }: DiagnosisEvidence): Finding {
  const last = days.slice(-recentDays)
  const before = days.slice(0, -recentDays)
  if (before.length < leastCompared) return { text: 'too few closed days to know how often rows repeat.' }
  const usual = Math.max(...before.map(({ repeated }) => repeated))
  const found = last.find(({ repeated }) => repeated > 0.1 && repeated > 2 * usual + 0.05)
  if (!found) return { text: 'rows repeat no more often than before.' }
  return {
    fits: true,
    text: `${percent(found.repeated)} of the rows of ${found.date} repeat other rows, ${percent(usual)} at most before: a batch came twice.`,
  }
}

// ------------------------------------------------------------ outcomes and deployments

function labelFault({ days }: DiagnosisEvidence): Finding {
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
    const middle = usual.toSorted((a, b) => a - b)[Math.floor(usual.length / 2)]!
    if (middle > 0.6) {
      const text = `The AUC fell to ${latest.at(-1)!.toFixed(2)} from ${middle.toFixed(2)}, far below chance: outcomes are turned round.`
      return { fits: true, text }
    }
  }
  return { text: 'outcomes arrive as before and are not turned round.' }
}

/** The version that went live does worse on every day since than the one before, on the same rows. */
function deploymentFault({ days, deployment }: DiagnosisEvidence): Finding {
  if (!deployment?.previous) return { text: 'no switch of the live version to look at.' }
  const { at, semver, previous } = deployment
  const compared = days.filter(({ losses }) => losses[semver] !== undefined && losses[previous] !== undefined)
  const since = compared.filter(({ from }) => from >= at)
  if (since.length < 2) return { text: `${semver} and ${previous} have no two common days since the switch.` }
  const ratios = since.map(({ losses }) => losses[semver]! / losses[previous]!)
  if (Math.min(...ratios) < 1.2) return { text: `${semver} is not worse than ${previous} on the same rows.` }
  return {
    fits: true,
    text: `Since ${semver} is live its loss is ${ratios.at(-1)!.toFixed(2)} times that of ${previous} on the same rows.`,
  }
}

const performanceMonitors = ['observed - expected', 'auc', 'log_loss', 'brier', 'rmse', 'mae']

function covariateShift({ drifted }: DiagnosisEvidence): Finding {
  if (drifted.length === 0) return { text: 'no column has drifted.' }
  return {
    fits: true,
    column: drifted[0]!,
    text: `The inputs have moved (${drifted.join(', ')}), all feeds are sound.`,
  }
}

function conceptShift({ alarms }: DiagnosisEvidence): Finding {
  const out = alarms.filter(monitor => performanceMonitors.includes(monitor))
  if (out.length === 0) return { text: 'no monitor of performance is out of its limits.' }
  return { fits: true, text: `The inputs are as before, but ${out.join(', ')} left the limits.` }
}

// ------------------------------------------------------------ helpers

function profilesOf(column: string, days: readonly (readonly ColumnProfile[])[]): ColumnProfile[] {
  return days.flatMap(day => day.filter(profile => profile.column === column && profile.rows > 0))
}

/** Days too old to belong to what is going on now. */
function earlier(column: string, days: readonly DiagnosedDay[]): ColumnProfile[] {
  return profilesOf(column, days.slice(0, -recentDays).map(profileOf))
}

function profileOf({ profile }: DiagnosedDay): readonly ColumnProfile[] {
  return profile
}

function missingShare({ rows, missing }: ColumnProfile): number {
  return missing / rows
}

function percent(share: number): string {
  return `${Math.round(100 * share)} %`
}

function sum(values: readonly number[]): number {
  return values.reduce((a, b) => a + b, 0)
}
