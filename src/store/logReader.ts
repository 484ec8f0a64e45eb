/**
 * What reads the prediction log, on a connection of its own. Point lookups are a few microseconds; long spans are read
 * a stretch at a time, and other work of the thread runs in between.
 */
import { setImmediate as otherWork } from 'node:timers/promises'
import type {
  LogCounts,
  LoggedLabels,
  Outcome,
  Page,
  Prediction,
  PredictionLog,
  PredictionWindow,
} from '../base/ports.ts'
import { type Column, type Table, take } from '../base/table.ts'
import { type BatchRows, type Columns, decodeRows } from './batchCodec.ts'
import type { Sqlite } from './sqlite.ts'

type LogReader = Pick<PredictionLog, 'find' | 'window' | 'labels' | 'counts' | 'recent'>

const batchColumns = 'id, at, recorded_at, request, latency, canary, version, columns, shadows, rows, keys, data'
/** The columns of `batchColumns`. */
type BatchRow = [
  id: number,
  at: number,
  recordedAt: number,
  request: string,
  latency: number,
  canary: number,
  version: number,
  columns: number,
  shadows: number,
  rows: number,
  keys: string,
  data: Uint8Array,
]

interface Batch extends BatchRows {
  readonly id: number
  readonly at: number
  readonly recordedAt: number
  readonly request: string
  readonly latencyMs: number
  readonly route: 'live' | 'canary'
  readonly version: string
  readonly shadowNames: readonly string[]
  readonly keys: readonly string[]
}

/** Rows read in one go: a few milliseconds. */
const stretchRows = 5_000
const stretchBatches = 500

export function logReader(sqlite: Sqlite): LogReader {
  const texts = new Map<number, string>()
  const parsed = new Map<number, unknown>()

  function textOf(id: number): string {
    let text = texts.get(id)
    if (text === undefined) {
      text = sqlite.get<[string]>('SELECT text FROM texts WHERE id = ?', id)![0]
      texts.set(id, text)
    }
    return text
  }

  function jsonOf<Value>(id: number): Value {
    if (!parsed.has(id)) parsed.set(id, JSON.parse(textOf(id)))
    return parsed.get(id) as Value
  }

  function endpointId(endpoint: string): number | undefined {
    return sqlite.get<[number]>('SELECT id FROM texts WHERE text = ?', endpoint)?.[0]
  }

  function decode(row: BatchRow): Batch {
    const [id, at, recordedAt, request, latencyMs, canary, version, columns, shadows, rows, keys, data] = row
    const shadowNames = jsonOf<string[]>(shadows)
    return {
      ...decodeRows(data, rows, shadowNames.length, jsonOf<Columns>(columns)),
      id,
      at,
      recordedAt,
      request,
      latencyMs,
      route: canary === 1 ? 'canary' : 'live',
      version: textOf(version),
      shadowNames,
      keys: JSON.parse(keys),
    }
  }

  function predictionAt(endpoint: string, batch: Batch, row: number): Prediction {
    const { at, recordedAt, request, latencyMs, route, version } = batch
    const key = batch.keys[row]!
    const outcome = newestOutcome(key, batch.id, row)
    return {
      endpoint,
      key,
      request,
      at,
      recordedAt,
      latencyMs,
      route,
      version,
      features: Object.fromEntries(batch.features.columns.map(column => [column.name, cell(column, row)])),
      output: batch.outputs[row]!,
      shadows: Object.fromEntries(batch.shadowNames.map((name, i) => [name, batch.shadows[i]![row]!])),
      ...(outcome && { outcome }),
    }
  }

  function newestOutcome(key: string, batch: number, row: number): Outcome | undefined {
    const sql = 'SELECT value, known_at FROM outcomes WHERE batch = ? AND row = ? ORDER BY sequence DESC LIMIT 1'
    const fact = sqlite.get<[number | null, number]>(sql, batch, row)
    return fact && { key, value: fact[0] ?? 'void', knownAt: fact[1] }
  }

  /** The batches of a span, a stretch at a time. `select` begins with id, at, rows. */
  async function* stretches<Row extends [number, number, number, ...unknown[]]>(
    select: string,
    endpoint: string,
    from: number,
    to: number,
  ): AsyncGenerator<Row[]> {
    const id = endpointId(endpoint)
    if (id === undefined) return
    const sql = `SELECT ${select} FROM batches WHERE endpoint = ? AND at < ? AND (at, id) > (?, ?) ORDER BY at, id LIMIT ?`
    let after: [number, number] = [from, 0]
    let limit = 100
    for (;;) {
      const rows = sqlite.all<Row>(sql, id, to, ...after, limit)
      if (rows.length === 0) return
      yield rows
      const last = rows.at(-1)!
      if (rows.length < limit) return
      after = [last[1], last[0]]
      const read = rows.reduce((total, row) => total + row[2], 0)
      limit = Math.max(1, Math.min(stretchBatches, Math.floor((stretchRows * rows.length) / read)))
      await otherWork()
    }
  }

  /** Calls back for every fact about these batches that was known at `asOf`, older facts about a row first. */
  function eachFact(
    batches: readonly number[],
    asOf: number,
    each: (batch: number, row: number, value: number | null, knownAt: number) => void,
  ): void {
    const sql =
      'SELECT batch, row, value, known_at FROM outcomes WHERE batch IN (SELECT value FROM json_each(?)) AND known_at <= ? ' +
      'ORDER BY batch, row, sequence'
    const facts = sqlite.all<[number, number, number | null, number]>(sql, JSON.stringify(batches), bounded(asOf))
    for (const fact of facts) each(...fact)
  }

  return {
    async find(endpoint, keys) {
      const id = endpointId(endpoint)
      if (id === undefined) return []
      const batches = new Map<number, Batch>()
      const found: Prediction[] = []
      for (const key of new Set(keys)) {
        const sql = 'SELECT batch, row FROM keys WHERE endpoint = ? AND key = ?'
        const place = sqlite.get<[number, number]>(sql, id, key)
        if (!place) continue
        let batch = batches.get(place[0])
        if (!batch) {
          batch = decode(sqlite.get<BatchRow>(`SELECT ${batchColumns} FROM batches WHERE id = ?`, place[0])!)
          batches.set(place[0], batch)
        }
        found.push(predictionAt(endpoint, batch, place[1]))
      }
      return found
    },

    async window(endpoint, from, to, asOf = Number.POSITIVE_INFINITY) {
      const batches: Batch[] = []
      const outcomes: Float64Array[] = []
      const voids: Uint8Array[] = []
      const select = batchColumns.replace('id, at,', 'id, at, rows,')
      for await (const rows of stretches<[number, number, number, ...unknown[]]>(select, endpoint, from, to)) {
        const place = new Map<number, number>()
        for (const [batchId, at, , ...rest] of rows) {
          place.set(batchId, batches.length)
          const batch = decode([batchId, at, ...rest] as BatchRow)
          batches.push(batch)
          outcomes.push(new Float64Array(batch.keys.length).fill(Number.NaN))
          voids.push(new Uint8Array(batch.keys.length))
        }
        eachFact([...place.keys()], asOf, (batch, row, value) => {
          const i = place.get(batch)!
          outcomes[i]![row] = value ?? Number.NaN
          voids[i]![row] = value === null ? 1 : 0
        })
      }
      return inOrder(joined(batches, outcomes, voids))
    },

    async labels(endpoint, from, to, asOf) {
      const keys: string[] = []
      const at: number[] = []
      const values: number[] = []
      const knownAt: number[] = []
      for await (const rows of stretches<[number, number, number, string]>('id, at, rows, keys', endpoint, from, to)) {
        const first = new Map<number, number>()
        for (const [batch, batchAt, , json] of rows) {
          first.set(batch, keys.length)
          for (const key of JSON.parse(json) as string[]) {
            keys.push(key)
            at.push(batchAt)
            values.push(Number.NaN)
            knownAt.push(Number.NaN)
          }
        }
        eachFact([...first.keys()], asOf, (batch, row, value, known) => {
          const place = first.get(batch)! + row
          values[place] = value ?? Number.NaN
          if (Number.isNaN(knownAt[place]!)) knownAt[place] = known
        })
      }
      return labelsInOrder({
        keys,
        at: Float64Array.from(at),
        values: Float64Array.from(values),
        knownAt: Float64Array.from(knownAt),
      })
    },

    async counts(endpoint) {
      const sql =
        'SELECT predictions, outcomes, voids, unmatched FROM counts WHERE endpoint = (SELECT id FROM texts WHERE text = ?)'
      const [predictions, outcomes, voids, unmatched] = sqlite.get<[number, number, number, number]>(sql, endpoint) ?? [
        0, 0, 0, 0,
      ]
      return { predictions, outcomes, voids, unmatched } satisfies LogCounts
    },

    async recent(endpoint, { before, limit = 100 } = {}) {
      if (!Number.isInteger(limit) || limit < 1 || limit > 10_000) {
        throw new RangeError(`recent: the limit is ${limit}, must be a whole number from 1 to 10,000`)
      }
      const id = endpointId(endpoint)
      if (id === undefined) return { items: [] }
      let [at, batchId, row] = before === undefined ? [bounded(Number.POSITIVE_INFINITY), 0, 0] : place(before)
      const items: Prediction[] = []
      const sql =
        `SELECT ${batchColumns} FROM batches WHERE endpoint = ? AND (at, id) <= (?, ?) ` +
        'ORDER BY at DESC, id DESC LIMIT 1'
      for (;;) {
        const found = sqlite.get<BatchRow>(sql, id, at, batchId)
        if (!found) return { items } satisfies Page<Prediction>
        const batch = decode(found)
        const start = batch.id === batchId ? Math.min(row, batch.keys.length) : batch.keys.length
        for (let i = start - 1; i >= 0; i--) {
          if (items.length === limit) return { items, next: `${batch.at}~${batch.id}~${i + 1}` }
          items.push(predictionAt(endpoint, batch, i))
        }
        ;[at, batchId, row] = [batch.at, batch.id - 1, Number.POSITIVE_INFINITY]
      }
    },
  }
}

/** SQLite has no infinite integer to compare an instant with. */
function bounded(instant: number): number {
  return Math.max(-8.64e15, Math.min(8.64e15, instant))
}

function place(cursor: string): [at: number, batch: number, row: number] {
  const match = /^(-?[\d.]+)~(\d+)~(\d+)$/.exec(cursor)
  if (!match) throw new RangeError(`recent: ${JSON.stringify(cursor)} is no cursor; give the next of an earlier page`)
  return [Number(match[1]), Number(match[2]), Number(match[3])]
}

function cell(column: Column, row: number): number | string | null {
  if (column.kind === 'text') return column.values[row] ?? null
  const value = column.values[row]!
  return Number.isNaN(value) ? null : value
}

function joined(batches: readonly Batch[], outcomes: readonly Float64Array[], voids: readonly Uint8Array[]) {
  const rows = batches.reduce((total, batch) => total + batch.keys.length, 0)
  const keys: string[] = []
  const at = new Float64Array(rows)
  const route: ('live' | 'canary')[] = []
  const version: string[] = []
  const outputs = new Float64Array(rows)
  const known = new Float64Array(rows)
  const isVoid = new Uint8Array(rows)
  const shadows = new Map<string, Float64Array>()
  batches.forEach((batch, b) => {
    const start = keys.length
    at.fill(batch.at, start, start + batch.keys.length)
    outputs.set(batch.outputs, start)
    known.set(outcomes[b]!, start)
    isVoid.set(voids[b]!, start)
    batch.shadowNames.forEach((name, i) => {
      let values = shadows.get(name)
      if (!values) {
        values = new Float64Array(rows).fill(Number.NaN)
        shadows.set(name, values)
      }
      values.set(batch.shadows[i]!, start)
    })
    for (const key of batch.keys) {
      keys.push(key)
      route.push(batch.route)
      version.push(batch.version)
    }
  })
  const features = stacked(
    batches.map(batch => batch.features),
    rows,
  )
  return { rows, keys, at, route, version, features, outputs, shadows, outcomes: known, voids: isVoid }
}

/**
 * The tables one below the other. A column that a table lacks is missing there; a column that is text in one of them is
 * text in all.
 */
function stacked(tables: readonly Table[], rows: number): Table {
  const kinds = new Map<string, Column['kind']>()
  for (const { columns } of tables) {
    for (const { name, kind } of columns) if (kind === 'text' || !kinds.has(name)) kinds.set(name, kind)
  }
  const columns = Array.from(kinds, ([name, kind]): Column => {
    return kind === 'text'
      ? { name, kind, values: new Array<string | null>(rows).fill(null) }
      : { name, kind, values: new Float64Array(rows).fill(Number.NaN) }
  })
  const byName = new Map(columns.map(column => [column.name, column]))
  let start = 0
  for (const from of tables) {
    for (const source of from.columns) {
      const target = byName.get(source.name)!
      if (target.kind !== 'text') target.values.set(source.values as Float64Array, start)
      else {
        const values = target.values as (string | null)[]
        for (let i = 0; i < from.rows; i++) values[start + i] = asText(source.values[i])
      }
    }
    start += from.rows
  }
  return { rows, columns }
}

function asText(value: string | number | null | undefined): string | null {
  if (typeof value === 'number') return Number.isNaN(value) ? null : String(value)
  return value ?? null
}

/** Row numbers in order of time, then key; undefined where they are in order already. */
function orderOf(at: Float64Array, keys: readonly string[]): Int32Array | undefined {
  const before = (i: number, j: number) => at[i]! < at[j]! || (at[i] === at[j] && keys[i]! < keys[j]!)
  let sorted = true
  for (let i = 1; i < keys.length && sorted; i++) sorted = before(i - 1, i)
  if (sorted) return undefined
  return Int32Array.from(keys.keys()).sort((i, j) => (before(i, j) ? -1 : 1))
}

function inOrder(window: PredictionWindow): PredictionWindow {
  const order = orderOf(window.at, window.keys)
  if (!order) return window
  const numbers = (values: Float64Array) => Float64Array.from(order, i => values[i]!)
  const texts = <Value>(values: readonly Value[]) => Array.from(order, i => values[i]!)
  return {
    rows: window.rows,
    keys: texts(window.keys),
    at: numbers(window.at),
    route: texts(window.route),
    version: texts(window.version),
    features: take(window.features, order),
    outputs: numbers(window.outputs),
    shadows: new Map(Array.from(window.shadows, ([name, values]) => [name, numbers(values)])),
    outcomes: numbers(window.outcomes),
    voids: Uint8Array.from(order, i => window.voids[i]!),
  }
}

function labelsInOrder(labels: LoggedLabels): LoggedLabels {
  const order = orderOf(labels.at, labels.keys)
  if (!order) return labels
  return {
    keys: Array.from(order, i => labels.keys[i]!),
    at: Float64Array.from(order, i => labels.at[i]!),
    values: Float64Array.from(order, i => labels.values[i]!),
    knownAt: Float64Array.from(order, i => labels.knownAt[i]!),
  }
}
