/**
 * The model card of a version, written from the records of the ring and nothing else: what it is for, what it was made
 * from, how good it was on days it had not seen, what it must not be used for, how it is watched, and what changed.
 * Sections follow Mitchell et al., Model Cards for Model Reporting, FAT* 2019.
 */
import { formatDuration, localDate } from '../base/time.ts'
import type { DecisionRule } from '../loop/decision.ts'
import { currentMonitor, monitorText } from '../loop/monitor.ts'
import type { ProjectConfig } from '../loop/project.ts'
import type { DatasetVersion, ModelVersion } from '../loop/records.ts'

/** The part of the stored evidence that the card reads. */
interface CardEvidence {
  readonly evaluation: {
    readonly rows: number
    readonly heldFrom: number
    readonly trainedRows: number
    readonly skew: { readonly compared: number; readonly different: number }
  }
  readonly gate?: unknown
  readonly refit: {
    readonly rows: number
    readonly note: string
    readonly importance: readonly { readonly feature: string; readonly gain: number }[]
    readonly notes: readonly string[]
  }
}

export interface CardInput {
  readonly version: ModelVersion
  readonly evidence: CardEvidence
  readonly project: ProjectConfig
  /** The dataset versions that the lineage names. */
  readonly datasets: readonly DatasetVersion[]
  /** All versions of the model, in any order. */
  readonly history: readonly ModelVersion[]
}

/** A line of a table: what, and its value. */
type Fact = readonly [what: string, value: string]

export interface CardParts {
  readonly title: string
  readonly purpose: string
  readonly about: readonly Fact[]
  readonly data: {
    readonly facts: readonly Fact[]
    readonly datasets: readonly {
      readonly dataset: string
      readonly version: number
      readonly digest: string
      readonly rows: number
      readonly blankedCells: number
      readonly quarantinedRows: number
      readonly breached: readonly string[]
    }[]
  }
  readonly inputs: readonly { readonly name: string; readonly kind: string }[]
  readonly evaluation: {
    readonly facts: readonly Fact[]
    readonly metrics: readonly { readonly metric: string; readonly value: number }[]
    readonly importance: readonly { readonly feature: string; readonly share: number }[]
  }
  readonly gate: readonly Fact[]
  readonly limits: readonly string[]
  readonly monitoring: readonly string[]
  readonly changes: readonly {
    readonly semver: string
    readonly date: string
    readonly state: string
    readonly text: string
  }[]
}

export function modelCard(input: CardInput): { readonly markdown: string; readonly parts: CardParts } {
  const parts = cardParts(input)
  return { markdown: markdownOf(parts), parts }
}

function cardParts({ version, evidence, project, datasets, history }: CardInput): CardParts {
  const day = (at: number) => localDate(at, project.timezone)
  const { lineage, signature } = version
  const totalGain = evidence.refit.importance.reduce((total, { gain }) => total + gain, 0)
  return {
    title: `${version.model} ${version.semver}`,
    purpose:
      `Predicts ${signature.output.task === 'binary' ? 'the probability of' : 'the value of'} ` +
      `\`${project.data.label}\` for a row of \`${project.data.entities}\`, at its \`${project.data.time}\`, from what is ` +
      'known at that instant. It is meant for this question on data of this kind, and for no other.',
    about: [
      ['State', version.state],
      ['Registered', day(version.registeredAt)],
      ['Digest', version.digest],
      ['Size', `${version.sizeBytes} bytes, ONNX`],
      ['Recipe', recipeText(lineage.recipe)],
      ...(version.decision === undefined ? [] : [['Decision', decisionText(version.decision)] as const]),
      ['Seed', String(lineage.seed)],
      ['Falconer', lineage.falconer],
      ...(lineage.parent === undefined ? [] : [['Trained to replace', lineage.parent] as const]),
      ...(lineage.action === undefined ? [] : [['Action', lineage.action] as const]),
    ],
    data: {
      facts: [
        ['Rows trained on', String(lineage.rows)],
        ['First and last row', `${day(lineage.from)} to ${day(lineage.to)}`],
        ['Known by', new Date(lineage.asOf).toISOString()],
        ['Query', lineage.query],
        ['Training set', lineage.trainingSet],
      ],
      datasets: lineage.datasets.map(({ dataset, version: number, digest }) => {
        const found = datasets.find(candidate => candidate.dataset === dataset && candidate.version === number)
        const breached = found?.contract.filter(check => check.status === 'breached') ?? []
        return {
          dataset,
          version: number,
          digest,
          rows: found?.rows ?? Number.NaN,
          blankedCells: found?.blankedCells ?? Number.NaN,
          quarantinedRows: found?.quarantined.rows ?? Number.NaN,
          breached: breached.map(({ check, failingRows, then }) => `${check}: ${failingRows} rows (${then})`),
        }
      }),
    },
    inputs: signature.inputs,
    evaluation: {
      facts: [
        ['Rows', String(evidence.evaluation.rows)],
        ['From', day(evidence.evaluation.heldFrom)],
        ['Trained on', `${evidence.evaluation.trainedRows} earlier rows`],
        ['Then', evidence.refit.note],
        [
          'Features as served and as queried',
          `${evidence.evaluation.skew.different} of ${evidence.evaluation.skew.compared} cells differ`,
        ],
      ],
      metrics: Object.entries(version.metrics).map(([metric, value]) => ({ metric, value })),
      importance: evidence.refit.importance
        .filter(({ gain }) => gain > 0)
        .toSorted((a, b) => b.gain - a.gain)
        .map(({ feature, gain }) => ({ feature, share: gain / totalGain })),
    },
    gate: evidence.gate === undefined ? [] : flat(evidence.gate),
    limits: limitsOf(version, evidence, datasets, day),
    monitoring: monitoringOf(project),
    changes: history
      .toSorted((a, b) => b.version - a.version)
      .map(({ semver, registeredAt, state, changes }) => ({ semver, date: day(registeredAt), state, text: changes })),
  }
}

function decisionText({ threshold, costs }: DecisionRule): string {
  const from = `yes from ${figure(threshold)} on`
  if (!costs) return from
  return `${from}; a wrong yes costs ${figure(costs.falsePositive)}, a wrong no ${figure(costs.falseNegative)}`
}

function recipeText({ kind, parameters }: ModelVersion['lineage']['recipe']): string {
  const settings = Object.entries(parameters).map(([name, value]) => `${name} ${value}`)
  return settings.length === 0 ? `${kind}, default parameters` : `${kind}: ${settings.join(', ')}`
}

function limitsOf(
  version: ModelVersion,
  evidence: CardEvidence,
  datasets: readonly DatasetVersion[],
  day: (at: number) => string,
): string[] {
  const limits = [
    `It has seen rows from ${day(version.lineage.from)} to ${day(version.lineage.to)} only. How it does outside that ` +
      'season, and on groups that are rare in it, has not been measured.',
    `Its figures come from ${version.evaluatedRows} rows whose outcome is known; rows without one were left out.`,
    'It states what goes together in the data, not what causes what.',
  ]
  const blanked = datasets.filter(dataset => dataset.blankedCells > 0)
  for (const { dataset, blankedCells } of blanked) {
    limits.push(`${blankedCells} cells of ${dataset} broke the contract and count as missing.`)
  }
  for (const { dataset, quarantined } of datasets.filter(({ quarantined }) => quarantined.rows > 0)) {
    limits.push(`${quarantined.rows} rows of ${dataset} are in quarantine and were not trained on.`)
  }
  const unknown = version.lineage.datasets.filter(({ dataset }) => !datasets.some(found => found.dataset === dataset))
  for (const { dataset } of unknown) limits.push(`The record of dataset ${dataset} was not found.`)
  return [...limits, ...evidence.refit.notes]
}

function monitoringOf({ watch, act, deploy }: ProjectConfig): string[] {
  const monitors = watch.map(monitor => `${monitorText(currentMonitor(monitor))}.`)
  const rules = act.map(({ on, do: what, cooldownMs, budget, approval }) => {
    const brakes = `at most ${budget.count} in ${formatDuration(budget.perMs)}, not within ${formatDuration(cooldownMs)} of the last`
    const asked = approval === 'promote' ? ', a person approves' : ''
    return `An alarm of ${on.join(' or ')} leads to: ${what}${what === 'notify' ? '' : ` (${brakes}${asked})`}.`
  })
  const { metric, forMs, alpha } = deploy.verify
  const verify =
    `A new version is verified on ${metric} for ${formatDuration(forMs)} after it went live, with a test that is valid ` +
    `at any time (alpha ${alpha}); a worse one is returned.`
  return [...monitors, ...rules, verify]
}

const factLimit = 60

/** The single values of any JSON, by their path; long lists are counted. */
function flat(value: unknown): Fact[] {
  const facts: Fact[] = []
  const visit = (at: string, inner: unknown) => {
    if (facts.length >= factLimit) return
    if (Array.isArray(inner)) {
      if (inner.every(item => typeof item !== 'object') && inner.length <= 8) facts.push([at, inner.join(', ')])
      else if (inner.length <= 8) for (const [i, item] of inner.entries()) visit(`${at} ${i + 1}`.trim(), item)
      else facts.push([at, `${inner.length} values`])
    } else if (typeof inner === 'object' && inner !== null) {
      for (const [key, field] of Object.entries(inner)) visit(`${at} ${key}`.trim(), field)
    } else facts.push([at === '' ? 'value' : at, typeof inner === 'number' ? figure(inner) : String(inner)])
  }
  visit('', value)
  return facts
}

/** Four significant digits, whole numbers in full. */
function figure(value: number): string {
  if (!Number.isFinite(value)) return 'unknown'
  return Number.isInteger(value) ? String(value) : String(Number(value.toPrecision(4)))
}

function markdownOf(card: CardParts): string {
  const facts = (rows: readonly Fact[]) => tableText(['', ''], rows)
  const list = (items: readonly string[]) => items.map(item => `- ${item}`).join('\n')
  return [
    `# ${card.title}`,
    card.purpose,
    facts(card.about),
    '## Data and lineage',
    facts(card.data.facts),
    tableText(
      ['Dataset', 'Version', 'Rows', 'Blanked cells', 'Quarantined rows', 'Checks that were breached', 'Digest'],
      card.data.datasets.map(d => [
        d.dataset,
        String(d.version),
        figure(d.rows),
        figure(d.blankedCells),
        figure(d.quarantinedRows),
        d.breached.join('; ') || 'none',
        d.digest.slice(0, 12),
      ]),
    ),
    '## Inputs',
    list(card.inputs.map(({ name, kind }) => `\`${name}\` (${kind})`)),
    '## Evaluation',
    facts(card.evaluation.facts),
    tableText(
      ['Metric', 'Value'],
      card.evaluation.metrics.map(({ metric, value }) => [metric, figure(value)]),
    ),
    tableText(
      ['Feature', 'Share of the gain'],
      card.evaluation.importance.map(({ feature, share }) => [feature, `${(100 * share).toFixed(1)} %`]),
    ),
    '## Gate',
    card.gate.length === 0 ? 'There was no earlier version to beat.' : facts(card.gate),
    '## Limits of use',
    list(card.limits),
    '## How it is watched',
    list(card.monitoring),
    '## Changes',
    tableText(
      ['Version', 'Registered', 'State', 'Why'],
      card.changes.map(({ semver, date, state, text }) => [semver, date, state, text]),
    ),
  ]
    .filter(section => section !== '')
    .join('\n\n')
    .concat('\n')
}

/** A Markdown table; nothing where it has no rows. Cells cannot break out of it. */
function tableText(head: readonly string[], rows: readonly (readonly string[])[]): string {
  if (rows.length === 0) return ''
  const line = (cells: readonly string[]) =>
    `| ${cells.map(cell => cell.replace(/\s+/g, ' ').replaceAll('|', '\\|').replaceAll('<', '&lt;')).join(' | ')} |`
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n')
}
