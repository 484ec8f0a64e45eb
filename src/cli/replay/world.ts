/**
 * The outside world of the replay: which flights are to be predicted when, and when it is known how they ended. Read
 * from the example's own file with the expressions of its falconer.yaml; the server learns of it over HTTP only.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'yaml'
import type { Tables } from '../../base/ports.ts'
import { numbers, texts } from '../../base/table.ts'

export interface WorldEvent {
  readonly at: number
  /** Flights whose scheduled hour begins. */
  readonly departing: readonly string[]
  /** What became known since the event before. */
  readonly outcomes: readonly { readonly id: string; readonly value: number | 'void' }[]
}

const hourMs = 3_600_000
/** A cancelled or diverted flight is given up a day after its schedule. */
const voidAfterMs = 24 * hourMs

/**
 * What happens between two instants, hour by hour, hours in which nothing happens left out. Flights that depart before
 * `to` are followed until the last outcome is known.
 */
export async function readWorld(folder: string, tables: Tables, from: number, to: number): Promise<WorldEvent[]> {
  const { file, derive } = (
    parse(readFileSync(join(folder, 'falconer.yaml'), 'utf8')) as {
      datasets: { flights: { file: string; derive: Record<string, string> } }
    }
  ).datasets.flights
  await tables.read('schedule', join(folder, file), 'parquet')
  let source = 'schedule'
  Object.entries(derive).forEach(([name, expression], i) => {
    source = `(select *, ${expression} as "${name}" from ${source} as step${i})`
  })
  const flights = await tables.query(
    `select flight_id, predicted_at, scheduled_departure, landed_at, late::int as late
     from ${source} as flights
     where predicted_at >= make_timestamp($from::bigint) and predicted_at < make_timestamp($to::bigint)
     order by predicted_at, flight_id`,
    { from: from * 1000, to: to * 1000 },
  )
  const ids = texts(flights, 'flight_id') as readonly string[]
  const predicted = numbers(flights, 'predicted_at')
  const scheduled = numbers(flights, 'scheduled_departure')
  const landed = numbers(flights, 'landed_at')
  const late = numbers(flights, 'late')
  const hours = new Map<number, { departing: string[]; outcomes: { id: string; value: number | 'void' }[] }>()
  const hourOf = (at: number) => {
    const hour = Math.ceil(at / hourMs) * hourMs
    let entry = hours.get(hour)
    if (!entry) {
      entry = { departing: [], outcomes: [] }
      hours.set(hour, entry)
    }
    return entry
  }
  ids.forEach((id, i) => {
    hourOf(predicted[i]!).departing.push(id)
    const ended = Number.isFinite(landed[i]) && Number.isFinite(late[i])
    // Whatever the clocks of the record say, nothing lands before it was to depart.
    const known = ended ? Math.max(landed[i]!, scheduled[i]!) : scheduled[i]! + voidAfterMs
    hourOf(known).outcomes.push({ id, value: ended ? late[i]! : 'void' })
  })
  return [...hours].map(([at, entry]) => ({ at, ...entry })).sort((a, b) => a.at - b.at)
}
