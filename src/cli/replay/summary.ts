/** What a replay came to, asked of the server at its end. */
import { FalconerError } from '../../base/errors.ts'
import type { JobStatus } from '../../base/ports.ts'
import type { Action, Alarm, Endpoint, ModelVersion } from '../../loop/records.ts'
import type { Client } from '../client.ts'
import type { Place } from '../project.ts'
import { figure, rows } from '../terminal.ts'
import type { Seconds } from './play.ts'

export interface Figures {
  readonly auc: number | null
  readonly brier: number | null
  readonly logLoss: number | null
}

interface Month {
  readonly month: string
  readonly n: number
  readonly frozen: Figures
  readonly loop: Figures
  /** A plain monthly retraining, where it was asked for. */
  readonly yardstick?: Figures
}

export interface Summary {
  readonly months: readonly Month[]
  readonly alarms: number
  readonly retrainings: number
  readonly promotions: number
  readonly returns: number
  readonly refusals: number
  readonly predictions: number
  readonly outcomes: number
  readonly voids: number
  readonly versions: readonly { semver: string; digest: string; registeredAt: string; state: string; changes: string }[]
  readonly seconds: number
  readonly stages: Readonly<Record<string, number>>
  readonly audit: { readonly entries: number; readonly valid: boolean }
}

interface ActionView extends Action {
  readonly id: string
}

interface Span {
  readonly from: string
  readonly to: string
  readonly n: number
  readonly answered: Figures
  readonly versions: Readonly<Record<string, Figures>>
}

/** The version that never changes, for comparison. */
const frozen = '1.0.0'
const none: Figures = { auc: null, brier: null, logLoss: null }

export async function summarise(
  client: Client,
  { project, path, endpoint }: Place,
  span: { readonly from: string; readonly to: string },
  seconds: number,
  parts: Seconds,
  yardstick?: (spans: readonly { from: string; to: string }[]) => Promise<Figures[]>,
): Promise<Summary> {
  const model = encodeURIComponent(project.config.model)
  const [months, alarms, actions, { versions }, { counts }, audit] = await Promise.all([
    client.get<Span[]>(`${endpoint}/performance?by=month&from=${span.from}&to=${span.to}`),
    everything<Alarm>(client, `${path}/alarms`),
    everything<ActionView>(client, `${path}/actions`),
    client.get<{ versions: readonly (ModelVersion & { registeredAt: unknown })[] }>(`${path}/models/${model}`),
    client.get<Endpoint & { counts: { predictions: number; outcomes: number; voids: number } }>(endpoint),
    client.get<{ entries: number; valid: boolean }>('/v1/audit/verify'),
  ])
  const compared = await yardstick?.(months)
  const did =
    (name: string) =>
    ({ steps }: Action) =>
      steps.some(step => step.name === name && step.state === 'done')
  const retrained = actions.filter(({ kind }) => kind === 'retrain')
  return {
    months: months.map(({ from, n, answered, versions: each }, i) => ({
      month: monthOf(from, project.config.timezone),
      n,
      frozen: figuresOf(each[frozen] ?? none),
      loop: figuresOf(answered),
      ...(compared && { yardstick: compared[i]! }),
    })),
    alarms: alarms.length,
    retrainings: retrained.filter(did('train')).length,
    promotions: retrained.filter(did('promote')).length,
    returns: retrained.filter(({ state }) => state === 'returned').length,
    refusals: retrained.filter(({ state }) => state === 'refused').length,
    predictions: counts.predictions,
    outcomes: counts.outcomes,
    voids: counts.voids,
    versions: versions
      .map(({ semver, digest, registeredAt, state, changes }) => ({
        semver,
        digest,
        registeredAt: String(registeredAt),
        state,
        changes,
      }))
      .reverse(),
    seconds: rounded(seconds),
    stages: await stages(client, actions, parts),
    audit: { entries: audit.entries, valid: audit.valid },
  }
}

function figuresOf({ auc, brier, logLoss }: Figures): Figures {
  return { auc, brier, logLoss }
}

/** Every page of a list. */
async function everything<Item>(client: Client, path: string): Promise<Item[]> {
  const all: Item[] = []
  let after = ''
  do {
    const page = await client.get<{ items: Item[]; next?: string }>(`${path}?limit=1000${after}`)
    all.push(...page.items)
    after = page.next === undefined ? '' : `&after=${encodeURIComponent(page.next)}`
  } while (after !== '')
  return all
}

/**
 * Seconds per stage: of the client's calls, with the jobs that ran while the clock stood still taken out of it. A refit
 * that ran beside its training counts for what it took longer.
 */
async function stages(client: Client, actions: readonly ActionView[], parts: Seconds): Promise<Record<string, number>> {
  const jobs = { train: 0, refit: 0 }
  for (const { id, project, kind } of actions) {
    if (kind === 'first training') continue
    const action = `${project}/${id.replace('~', '/')}`
    const train = await spanOf(client, `${action}/train`)
    const refit = await spanOf(client, `${action}/refit`)
    jobs.train += train.to - train.from
    jobs.refit += Math.max(0, refit.to - Math.max(refit.from, train.to))
  }
  const all = { ...parts, clock: Math.max(0, parts.clock - jobs.train - jobs.refit), ...jobs }
  return Object.fromEntries(Object.entries(all).map(([name, s]) => [name, rounded(s)]))
}

/** When a job ran, in seconds of real time; an action that was blocked has none. */
async function spanOf(client: Client, job: string): Promise<{ readonly from: number; readonly to: number }> {
  try {
    const { startedAt, finishedAt } = await client.get<JobStatus>(`/v1/jobs/${encodeURIComponent(job)}`)
    if (startedAt === undefined || finishedAt === undefined) return { from: 0, to: 0 }
    return { from: Date.parse(String(startedAt)) / 1000, to: Date.parse(String(finishedAt)) / 1000 }
  } catch (thrown) {
    if (thrown instanceof FalconerError && thrown.code === 'not-found') return { from: 0, to: 0 }
    throw thrown
  }
}

function monthOf(from: string, zone: string): string {
  const parts = new Intl.DateTimeFormat('en-CA', { timeZone: zone, year: 'numeric', month: '2-digit' })
  return parts.format(new Date(from)).slice(0, 7)
}

function rounded(seconds: number): number {
  return Math.round(seconds * 100) / 100
}

/** The summary for people. */
export function summaryLines(summary: Summary): string[] {
  const { months, audit } = summary
  const mean = (pick: (m: Summary['months'][number]) => number | null) => {
    const values = months.map(pick).filter(value => value !== null)
    return values.reduce((sum, value) => sum + value, 0) / values.length
  }
  const names = ['auc', 'brier', 'logLoss'] as const
  const compared = months.filter(({ yardstick }) => yardstick !== undefined)
  return [
    ...rows(
      ['month', 'n', 'auc frozen', 'loop', 'brier frozen', 'loop', 'log loss frozen', 'loop'],
      [
        ...months.map(m => [m.month, m.n, ...names.flatMap(name => [m.frozen[name], m.loop[name]])]),
        ['mean', undefined, ...names.flatMap(name => [mean(m => m.frozen[name]), mean(m => m.loop[name])])],
      ],
    ),
    `gain over frozen: auc ${signed(mean(m => difference(m, 'auc')))}, brier ${signed(mean(m => difference(m, 'brier')))}, log loss ${signed(mean(m => difference(m, 'logLoss')))}`,
    ...(compared.length > 0
      ? [
          `plain monthly retraining: ${names.map(name => `${name} ${figure(mean(m => m.yardstick?.[name] ?? null))}`).join(', ')}`,
        ]
      : []),
    `${summary.alarms} alarms, ${summary.retrainings} retrainings, ${summary.promotions} promotions, ${summary.returns} returns, ${summary.refusals} refusals`,
    `${summary.predictions} predictions, ${summary.outcomes} outcomes, ${summary.voids} void`,
    `versions: ${summary.versions.map(({ semver, state }) => `${semver} (${state})`).join(', ')}`,
    `audit log: ${audit.entries} entries, the chain is ${audit.valid ? 'whole' : 'BROKEN'}`,
    `${figure(summary.seconds, 1)} s: ${Object.entries(summary.stages)
      .map(([name, s]) => `${name} ${figure(s, 1)}`)
      .join(', ')}`,
  ]
}

function difference(month: Summary['months'][number], name: keyof Figures): number | null {
  const { loop, frozen: base } = month
  return loop[name] === null || base[name] === null ? null : loop[name] - base[name]
}

function signed(value: number): string {
  return `${value >= 0 ? '+' : ''}${value.toFixed(4)}`
}
