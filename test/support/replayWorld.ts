/**
 * A small world to replay: a quarter of the flights of three months, with a project file whose retraining, shadow,
 * canary, promotion and verification all fit into three weeks, approval by a person included.
 */
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { readWorld, type WorldEvent } from '../../src/cli/replay/world.ts'
import { duckTables } from '../../src/tables/duckTables.ts'

const example = join(import.meta.dirname, '..', '..', 'examples', 'flights')

/** Midnight in New York. */
export const begin = Date.parse('2013-03-01T05:00:00Z')
const end = Date.parse('2013-03-22T04:00:00Z')
/** By then the retrained version is kept; a person takes it back. */
export const regret = Date.parse('2013-03-20T16:00:00Z')

/** What follows the data of the example's project file. Limits so narrow that an alarm comes within days. */
const settings = `
train:
  recipe: {boost: {iterations: 30}}
  window: all
  validate: last 28 days
gate:
  metric: log_loss
  rows: newest 5 days
  demand: not worse
  margin: 50 %
  segments: [origin]
  retry: 1 day
deploy:
  rollout: [{shadow: 12 hours}, {canary: 20 %, for: 1 day}, live]
  verify: {metric: log_loss, for: 3 days, else: return}
  shadows: [1.0.0]
watch:
  - {chart: ewma, of: observed - expected, every: 1 day, arl0: 10}
  - {chart: ewma, of: auc, every: 1 day, arl0: 500}
  - {chart: ewma, of: brier, every: 1 day, arl0: 10}
  - {drift: features, every: 1 day, false_alarms: 1 per 100 days}
act:
  - {on: [observed - expected, brier], do: retrain, cooldown: 90 days, budget: 2 per year, approval: promote}
  - {on: [auc, drift], do: notify}
`

export interface SmallWorld {
  /** Folder of the project, as `falconer apply` takes it. */
  readonly folder: string
  readonly events: readonly WorldEvent[]
}

export async function smallWorld(folder: string): Promise<SmallWorld> {
  mkdirSync(folder, { recursive: true })
  for (const name of ['airlines', 'airports', 'planes', 'weather'].map(table => `${table}.parquet`)) {
    copyFileSync(join(example, name), join(folder, name))
  }
  copyFileSync(join(example, 'features.sql'), join(folder, 'features.sql'))
  const yaml = readFileSync(join(example, 'falconer.yaml'), 'utf8')
  const data = yaml.slice(0, yaml.indexOf('\ntrain:'))
  writeFileSync(join(folder, 'falconer.yaml'), data + settings)

  const tables = await duckTables()
  try {
    await tables.read('everything', join(example, 'flights.parquet'), 'parquet')
    await tables.write('select * from everything where month <= 3 and flight % 4 = 0', join(folder, 'flights.parquet'))
    return { folder, events: await readWorld(folder, tables, begin, end) }
  } finally {
    await tables.close()
  }
}
