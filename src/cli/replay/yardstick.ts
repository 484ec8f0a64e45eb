/**
 * For comparison only: the same recipe, retrained plainly at the start of each month on everything known by then, with
 * no monitor, no gate and no canary. Its rows are those of the prediction log, with the features as served, and before
 * the log began those that the point-in-time query gives.
 */
import type { Prediction } from '../../base/ports.ts'
import { type Column, type Table, table, take } from '../../base/table.ts'
import { fitRecipe } from '../../learn/recipe.ts'
import type { ProjectConfig } from '../../loop/project.ts'
import { random } from '../../numeric/random.ts'
import { binaryMetrics } from '../../statistics/metrics/binaryMetrics.ts'
import type { Client } from '../client.ts'
import type { Place } from '../project.ts'
import type { Figures } from './summary.ts'
import type { WorldEvent } from './world.ts'

interface Rows {
  readonly at: Float64Array
  readonly knownAt: Float64Array
  readonly label: Float64Array
  readonly features: Table
}

/** What is kept of each row while rows come in: cells by column. */
interface Collected {
  readonly at: number[]
  readonly knownAt: number[]
  readonly label: number[]
  readonly cells: Map<string, (number | string | null | undefined)[]>
}

/** Figures of each span by a model that was trained at its start. */
export async function monthlyRetraining(
  client: Client,
  { project, path, endpoint }: Place,
  before: readonly WorldEvent[],
  spans: readonly { readonly from: string; readonly to: string }[],
  progress: (text: string) => void,
): Promise<Figures[]> {
  const collected: Collected = { at: [], knownAt: [], label: [], cells: new Map() }
  progress('asking for the features of January and February')
  await collectHistory(client, path, before, collected)
  progress('reading the prediction log')
  await collectLog(client, endpoint, collected)
  const rows = inOrder(collected)
  const figures: Figures[] = []
  for (const { from, to } of spans) {
    progress(`training on everything known by ${from}`)
    figures.push(await monthOf(project.config, rows, Date.parse(from), Date.parse(to)))
  }
  return figures
}

async function monthOf({ train }: ProjectConfig, rows: Rows, from: number, to: number): Promise<Figures> {
  const known = indices(rows, i => rows.at[i]! < from && rows.knownAt[i]! < from)
  const scored = indices(rows, i => rows.at[i]! >= from && rows.at[i]! < to)
  const fitted = await fitRecipe(
    { kind: train.recipe.kind, ...train.recipe.parameters },
    take(rows.features, known),
    Float64Array.from(known, i => rows.label[i]!),
    { task: train.task },
    random(train.seed),
  )
  const output = fitted.predict(take(rows.features, scored))
  const { roc_auc, brier, log_loss } = binaryMetrics(
    Float64Array.from(scored, i => rows.label[i]!),
    output,
  )
  return { auc: roc_auc.value ?? null, brier: brier.value ?? null, logLoss: log_loss.value ?? null }
}

/** The hours before the log began, each asked for as of itself. */
async function collectHistory(
  client: Client,
  path: string,
  events: readonly WorldEvent[],
  into: Collected,
): Promise<void> {
  const outcomes = new Map<string, { value: number; knownAt: number }>()
  for (const { at, outcomes: ended } of events) {
    for (const { id, value } of ended) if (value !== 'void') outcomes.set(id, { value, knownAt: at })
  }
  for (const { at, departing } of events) {
    const ids = departing.filter(id => outcomes.has(id))
    if (ids.length === 0) continue
    const { columns, rows } = await client.post<{ columns: string[]; rows: (number | string | null)[][] }>(
      `${path}/features`,
      { ids, at: new Date(at).toISOString() },
    )
    ids.forEach((id, i) => {
      const { value, knownAt } = outcomes.get(id)!
      add(into, at, knownAt, value, Object.fromEntries(columns.map((name, c) => [name, rows[i]![c] ?? null])))
    })
  }
}

async function collectLog(client: Client, endpoint: string, into: Collected): Promise<void> {
  let after = ''
  do {
    const page = await client.get<{ items: Prediction[]; next?: string }>(`${endpoint}/predictions?limit=1000${after}`)
    for (const { at, outcome, features } of page.items) {
      if (outcome === undefined || outcome.value === 'void') continue
      add(into, instant(at), instant(outcome.knownAt), outcome.value, features)
    }
    after = page.next === undefined ? '' : `&after=${encodeURIComponent(page.next)}`
  } while (after !== '')
}

function add(
  into: Collected,
  at: number,
  knownAt: number,
  label: number,
  features: Readonly<Record<string, number | string | null>>,
): void {
  const row = into.at.length
  into.at.push(at)
  into.knownAt.push(knownAt)
  into.label.push(label)
  for (const [name, value] of Object.entries(features)) {
    const cells = into.cells.get(name) ?? []
    cells[row] = value
    into.cells.set(name, cells)
  }
}

/** By time; only the columns that every row of the log has, so that the id of the query is not learned from. */
function inOrder({ at, knownAt, label, cells }: Collected): Rows {
  const order = Int32Array.from(at.keys()).sort((a, b) => at[a]! - at[b]! || a - b)
  const columns = [...cells]
    .filter(([, values]) => values.length === at.length && !values.includes(undefined))
    .map(([name, values]): Column => {
      const isText = values.some(value => typeof value === 'string')
      return isText
        ? { name, kind: 'text', values: values.map(value => (value === null ? null : String(value))) }
        : {
            name,
            kind: 'number',
            values: Float64Array.from(values, value => (value === null ? Number.NaN : Number(value))),
          }
    })
  const pick = (values: readonly number[]) => Float64Array.from(order, i => values[i]!)
  return { at: pick(at), knownAt: pick(knownAt), label: pick(label), features: take(table(columns), order) }
}

function indices({ at }: Rows, wanted: (i: number) => boolean): Int32Array {
  const found: number[] = []
  for (let i = 0; i < at.length; i++) if (wanted(i)) found.push(i)
  return Int32Array.from(found)
}

/** Instants travel as text. */
function instant(at: number): number {
  return Date.parse(String(at))
}
