/** A small project for tests of the doors: visits to a shop, and whether the visitor came back. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { random } from '../../src/numeric/random.ts'

export const begin = Date.parse('2024-03-01T00:00:00Z')
const day = 86_400_000

export const yaml = `project: shop
model: returned
datasets:
  visits:
    file: visits.csv
    key: visit_id
    derive:
      told: began + interval 6 hours
    known: began - interval 1 day
    later:
      told: [returned, told]
    contract:
      - {unique: visit_id}
      - {column: pages, between: [1, 100], then: blank}
data:
  query: features.sql
  entities: visits
  id: visit_id
  time: began
  label: returned
train: {recipe: {boost: {iterations: 30}}, validate: last 10 days}
gate: {rows: newest 7 days}
deploy: {rollout: [live]}
`
export const query = `select v.visit_id, v.pages, v.country
from entities join visits v using (visit_id)
`

export interface Visit {
  readonly id: string
  readonly began: number
  readonly pages: number
  readonly country: string
  readonly returned: 0 | 1
}

/** Forty visits a day from sixty days before the first prediction to thirty after it. */
export function visits(): Visit[] {
  const draw = random('visits')
  const all: Visit[] = []
  for (let at = begin - 60 * day; at < begin + 30 * day; at += day / 40) {
    const pages = 1 + draw.below(20)
    const country = ['NO', 'SE', 'FI'][draw.below(3)]!
    const returned = draw.next() < 0.1 + pages / 30 + (country === 'NO' ? 0.1 : 0) ? 1 : 0
    all.push({ id: `v${all.length}`, began: at, pages, country, returned })
  }
  return all
}

export function csv(rows: readonly Visit[]): string {
  const lines = rows.map(({ id, began, pages, country, returned }) =>
    [id, new Date(began).toISOString().slice(0, 19), pages, country, returned].join(','),
  )
  return `visit_id,began,pages,country,returned\n${lines.join('\n')}\n`
}

/** The project as a folder that `falconer apply` takes. */
export function writeShop(folder: string): void {
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'falconer.yaml'), yaml)
  writeFileSync(join(folder, 'features.sql'), query)
  writeFileSync(join(folder, 'visits.csv'), csv(visits()))
}
