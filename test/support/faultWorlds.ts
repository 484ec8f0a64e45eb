/** Two worlds to plant faults in: half a year of real flights with their weather, and a made-up shop. */
import { join } from 'node:path'
import { type Column, numbers, select, type Table, table, take } from '../../src/base/table.ts'
import { localDate } from '../../src/base/time.ts'
import { fitBoost } from '../../src/learn/boost.ts'
import { rowsByDay } from '../../src/loop/reference.ts'
import { random } from '../../src/numeric/random.ts'
import { duckTables } from '../../src/tables/duckTables.ts'
import { type DiagnosedWorld, diagnosedWorld } from './diagnosedDays.ts'
import type { ArrivedDay, Roles } from './faults.ts'

const weather = ['temp', 'dewp', 'humid', 'wind_dir', 'wind_speed', 'precip', 'pressure', 'visib']

export const flightRoles: Roles = {
  level: 'temp',
  related: 'dewp',
  far: 'pressure',
  overlapping: 'humid',
  feed: weather,
  hour: 'hour',
  category: 'carrier',
}

/** New York's flights from January to June: a model of January, February as its reference, watched from March on. */
export async function flightWorld(): Promise<DiagnosedWorld> {
  const zone = 'America/New_York'
  const examples = join(import.meta.dirname, '../../examples/flights')
  const tables = await duckTables()
  try {
    await tables.read('flights', join(examples, 'flights.parquet'), 'parquet')
    await tables.read('weather', join(examples, 'weather.parquet'), 'parquet')
    const columns = ['carrier', 'origin', 'dest', 'distance', 'hour', ...weather]
    const rows = await tables.query(
      `select epoch_ms(f.time_hour) as at, f.month::double as month, (f.arr_delay > 15)::double as label, f.carrier, f.origin,
         f.dest, f.distance::double as distance, f.hour::double as hour, ${weather.map(name => `w.${name}`).join(', ')}
       from flights f left join weather w on w.origin = f.origin and w.time_hour = f.time_hour - interval 1 hour
       where f.month <= 6 and f.arr_delay is not null order by f.time_hour, f.carrier, f.flight, f.origin`,
    )
    const month = numbers(rows, 'month')
    const places = Array.from(month.keys())
    const january = take(rows, Int32Array.from(places.filter(row => month[row] === 1)))
    const later = take(rows, Int32Array.from(places.filter(row => month[row]! > 1)))
    return diagnosedWorld({
      zone,
      columns,
      model: await trained(select(january, columns), numbers(january, 'label')),
      days: rowsByDay(numbers(later, 'at'), zone).map(({ day, rows: of }) => {
        const part = take(later, of)
        const features = select(part, columns)
        const at = numbers(part, 'at')
        return {
          date: localDate(day.from, zone),
          from: day.from,
          at,
          features,
          labels: numbers(part, 'label'),
          early: 0,
        }
      }),
    })
  } finally {
    await tables.close()
  }
}

export const shopRoles: Roles = {
  level: 'warmth',
  related: 'felt',
  far: 'basket',
  overlapping: 'stock',
  feed: ['price', 'stock'],
  hour: 'hour',
  category: 'country',
}

const shopDay = 400

/** A shop's visits: 120 days without a season; neighbouring days resemble each other. */
export async function shopWorld(seed: string): Promise<DiagnosedWorld> {
  const rng = random(seed)
  const dayMs = 86_400_000
  const begin = Date.parse('2024-01-01T00:00:00Z')
  let level = 50
  const days = Array.from({ length: 120 }, (_, d): ArrivedDay => {
    level += 0.3 * (50 - level) + 2 * rng.normal()
    const hour = Float64Array.from({ length: shopDay }, () =>
      Math.min(22, Math.max(7, Math.round(14 + 3 * rng.normal()))),
    )
    hour.sort()
    const warmth = hour.map(h => level + 6 * Math.sin(((h - 6) / 16) * Math.PI) + 1.5 * rng.normal())
    const felt = warmth.map(w => 0.8 * w - 4 + 0.6 * rng.normal())
    const basket = Float64Array.from({ length: shopDay }, () => Math.exp(1 + 0.5 * rng.normal()))
    const price = Float64Array.from({ length: shopDay }, () => 20 + 4 * rng.normal())
    const stock = price.map(p => 400 - 10 * p + 12 * rng.normal())
    const pages = Float64Array.from({ length: shopDay }, () => 1 + rng.below(6))
    const country = Array.from({ length: shopDay }, () => ['de', 'fr', 'it', 'nl', 'es'][rng.below(rng.below(5) + 1)]!)
    const number = (name: string, values: Float64Array): Column => ({ name, kind: 'number', values })
    const features: Table = table([
      number('hour', hour),
      number('warmth', warmth),
      number('felt', felt),
      number('basket', basket),
      number('price', price),
      number('stock', stock),
      number('pages', pages),
      { name: 'country', kind: 'text', values: country },
    ])
    const labels = Float64Array.from({ length: shopDay }, (_, row) => {
      const score =
        0.9 * Math.log(basket[row]!) -
        0.25 * (price[row]! - 20) +
        0.08 * (warmth[row]! - 50) +
        0.3 * pages[row]! -
        2.6 +
        (country[row] === 'fr' ? 0.8 : 0)
      return rng.next() < 1 / (1 + Math.exp(-score)) ? 1 : 0
    })
    const from = begin + d * dayMs
    const at = hour.map(h => from + h * 3_600_000 + rng.below(3_600_000))
    return { date: localDate(from, 'UTC'), from, at, features, labels, early: 0 }
  })
  const [training, watched] = [days.slice(0, 30), days.slice(30)]
  const all = table(
    training[0]!.features.columns.map(
      ({ name, kind }, c): Column =>
        kind === 'text'
          ? { name, kind, values: training.flatMap(day => [...(day.features.columns[c]!.values as (string | null)[])]) }
          : {
              name,
              kind,
              values: Float64Array.from(
                training.flatMap(day => [...(day.features.columns[c]!.values as Float64Array)]),
              ),
            },
    ),
  )
  const label = Float64Array.from(training.flatMap(({ labels }) => [...labels]))
  return diagnosedWorld({
    zone: 'UTC',
    columns: all.columns.map(({ name }) => name),
    model: await trained(all, label),
    days: watched,
  })
}

function trained(rows: Table, label: Float64Array) {
  return fitBoost(rows, label, { iterations: 60 }, { task: 'binary' }, random('trained'))
}
