/** A new version beside the one it replaces, on requests that were recorded, before it gets any traffic. */
import { FalconerError } from '../base/errors.ts'
import type { Prediction, PredictionLog } from '../base/ports.ts'
import type { Column, Table } from '../base/table.ts'
import type { RawColumn } from './question.ts'
import { madeUpRows, type Served, type Serving } from './serving.ts'

const recordedRows = 200

/** How far the answers of two versions are apart. */
interface Comparison {
  readonly rows: number
  readonly meanDifference: number
  readonly largestDifference: number
}

export interface Trial {
  /** Recorded rows that the new versions answered, 0 where only made-up rows could be used. */
  readonly recorded: number
  /** New live version against the old one; absent where there is none or the rows do not fit one of them. */
  readonly live?: Comparison
  /** Canary against the new live version. */
  readonly canary?: Comparison
}

/**
 * Warms the new versions with recorded requests, else with made-up ones, and compares their answers. A version that cannot
 * answer recorded rows must not get traffic. Errors: `bad-model` naming the version.
 */
export async function tryOut(log: PredictionLog, endpoint: string, next: Serving, now?: Serving): Promise<Trial> {
  const page = await log.recent(endpoint, { limit: recordedRows })
  const recorded = recordedTable(page.items, next.columns)
  const beside = recorded ? next.shadows : [next.live, ...(next.canary ? [next.canary] : []), ...next.shadows]
  const rows = recorded ?? madeUpRows(next.columns, 1)
  // A model need not have an answer to rows that were made up, and a shadow answers nobody.
  for (const { model } of beside) await model.predict(rows).catch(() => {})
  if (!recorded) return { recorded: 0 }
  const live = await answersOf(next.live, recorded)
  const canary = next.canary && (await answersOf(next.canary, recorded))
  const before = await now?.live.model.predict(recorded).catch(() => undefined)
  return {
    recorded: recorded.rows,
    ...(before && { live: comparison(before, live) }),
    ...(canary && { canary: comparison(live, canary) }),
  }
}

async function answersOf({ semver, model }: Served, rows: Table): Promise<Float64Array> {
  try {
    return await model.predict(rows)
  } catch (thrown) {
    throw new FalconerError(
      'bad-model',
      `version ${semver} cannot answer recorded requests: ${(thrown as Error).message}`,
      {
        fix: 'Look at the rows named above; the endpoint serves what it served before.',
        cause: thrown,
      },
    )
  }
}

function comparison(a: Float64Array, b: Float64Array): Comparison {
  let sum = 0
  let largestDifference = 0
  for (let i = 0; i < a.length; i++) {
    const difference = Math.abs(a[i]! - b[i]!)
    sum += difference
    largestDifference = Math.max(largestDifference, difference)
  }
  return { rows: a.length, meanDifference: sum / a.length, largestDifference }
}

/** The logged features as rows; undefined where there are none, or the new versions take a column that was not logged. */
function recordedTable(predictions: readonly Prediction[], columns: readonly RawColumn[]): Table | undefined {
  if (predictions.length === 0) return undefined
  const built: Column[] = []
  for (const { name, kind } of columns) {
    const cells = predictions.map(prediction => prediction.features[name])
    if (cells.includes(undefined)) return undefined
    if (kind === 'text') {
      if (cells.some(cell => typeof cell === 'number')) return undefined
      built.push({ name, kind, values: cells as (string | null)[] })
    } else {
      if (cells.some(cell => typeof cell === 'string')) return undefined
      built.push({ name, kind, values: Float64Array.from(cells, cell => (cell === null ? Number.NaN : Number(cell))) })
    }
  }
  return { rows: predictions.length, columns: built }
}
