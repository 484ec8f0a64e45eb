import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Column, type Table, table } from '../../base/table.ts'
import { type Random, random } from '../../numeric/random.ts'
import { profileColumns } from '../columnProfile.ts'
import type { Verdict } from '../records.ts'
import { contentOfDay, repeatedShare } from '../watchedDay.ts'
import { diagnose } from './diagnose.ts'
import type { DiagnosedDay, DiagnosisEvidence } from './evidence.ts'
import { relatedFault } from './relatedFault.ts'

const n = 300

/** A day of weather and traffic. Temperatures of neighbouring days resemble each other; the dew point follows them. */
function weather(rng: Random, level: number, date: number): Table {
  const temp = Float64Array.from({ length: n }, (_, i) => level + 8 * Math.sin((i / n) * Math.PI) + 2 * rng.normal())
  const humid = Float64Array.from({ length: n }, () => 60 + 12 * rng.normal())
  const number = (name: string, values: Float64Array): Column => ({ name, kind: 'number', values })
  return table([
    number('temp', temp),
    number('humid', humid),
    number(
      'dewp',
      temp.map((t, i) => t - (100 - humid[i]!) / 3 + 0.5 * rng.normal()),
    ),
    number(
      'wind',
      Float64Array.from({ length: n }, () => Math.abs(10 + 4 * rng.normal())),
    ),
    number(
      'rain',
      Float64Array.from({ length: n }, () => (date % 3 === 0 && rng.next() < 0.3 ? rng.next() : 0)),
    ),
    number(
      'pressure',
      Float64Array.from({ length: n }, () => (rng.next() < 0.1 ? Number.NaN : 1015 + 6 * rng.normal())),
    ),
    number('weekday', new Float64Array(n).fill(date % 7)),
    { name: 'carrier', kind: 'text', values: Array.from({ length: n }, () => ['AA', 'B6', 'DL', 'UA'][rng.below(4)]!) },
  ])
}

const change = (rows: Table, name: string, f: (x: number, row: number) => number): Table => ({
  ...rows,
  columns: rows.columns.map(column =>
    column.name === name && column.kind !== 'text' ? { ...column, values: column.values.map(f) } : column,
  ),
})
const without = (rows: Table, name: string): Table => ({
  ...rows,
  columns: rows.columns.filter(column => column.name !== name),
})

interface Story {
  readonly verdict: Verdict
  /** Changes the days of the trouble, the newest few. */
  readonly rows?: (rows: Table, rng: Random) => Table
  /** Degrees by which every day is warmer than the one before. */
  readonly warming?: number
  readonly day?: (day: DiagnosedDay) => DiagnosedDay
  readonly more?: Partial<DiagnosisEvidence>
}

const faulty = 3
const drifted = { drifted: ['temp'], alarms: ['drift'] }
const worse = { alarms: ['auc', 'observed - expected'] }

const stories: Record<string, Story> = {
  'a column is gone': { verdict: 'schema break', rows: rows => without(rows, 'wind'), more: drifted },
  'a column is text since': {
    verdict: 'schema break',
    rows: rows => ({
      ...rows,
      columns: rows.columns.map(column =>
        column.name === 'wind' ? { name: 'wind', kind: 'text', values: [...column.values].map(String) } : column,
      ),
    }),
  },
  'codes are written otherwise': {
    verdict: 'schema break',
    rows: rows => ({
      ...rows,
      columns: rows.columns.map(column =>
        column.kind === 'text' ? { ...column, values: column.values.map(value => value!.toLowerCase()) } : column,
      ),
    }),
  },
  'a source does not deliver': {
    verdict: 'source outage',
    rows: rows => change(rows, 'humid', () => Number.NaN),
    more: drifted,
  },
  'most of a column that was often missing is missing': {
    verdict: 'source outage',
    rows: (rows, rng) => change(rows, 'pressure', x => (rng.next() < 0.9 ? Number.NaN : x)),
  },
  'Fahrenheit became Celsius': {
    verdict: 'unit change',
    rows: rows => change(rows, 'temp', t => (t - 32) / 1.8),
    more: drifted,
  },
  'a factor of 100': { verdict: 'unit change', rows: rows => change(rows, 'humid', x => x / 100), more: drifted },
  'a factor of 1000': {
    verdict: 'unit change',
    rows: rows => change(rows, 'wind', x => x * 1000),
    more: drifted,
  },
  'a feed repeats its last value': {
    verdict: 'frozen sensor',
    rows: rows => change(rows, 'temp', () => 41),
    more: drifted,
  },
  'the feeds of three stations repeat theirs': {
    verdict: 'frozen sensor',
    rows: rows => change(rows, 'temp', (_, row) => 41 + (row % 3)),
    more: drifted,
  },
  'half of the rows came twice': {
    verdict: 'duplicated batch',
    rows: rows => ({
      ...rows,
      columns: rows.columns.map(column =>
        column.kind === 'text'
          ? { ...column, values: column.values.map((_, row) => column.values[row % (n / 2)]!) }
          : { ...column, values: column.values.map((_, row) => column.values[row % (n / 2)]!) },
      ),
    }),
    more: worse,
  },
  'outcomes stopped coming': { verdict: 'label fault', day: day => ({ ...day, coverage: 0.4 }), more: worse },
  'outcomes are turned round': { verdict: 'label fault', day: day => ({ ...day, auc: 0.3 }), more: worse },
  'the version deployed two days ago is broken': {
    verdict: 'deployment fault',
    day: day => ({ ...day, losses: { '1.1.0': 0.9, '1.0.0': 0.5 } }),
    more: { ...worse, deployment: { at: 27, semver: '1.1.0', previous: '1.0.0' } },
  },
  'a warm season came': { verdict: 'covariate shift', warming: 0.8, more: drifted },
  'a cold front, and a season that came': { verdict: 'covariate shift', warming: -0.8, more: { ...drifted, ...worse } },
  'the world changed, the inputs did not': { verdict: 'concept shift', more: worse },
  'nothing at all': { verdict: 'unknown' },
}

function evidenceOf({ rows = r => r, warming = 0, day = d => d, more = {} }: Story, seed: string): DiagnosisEvidence {
  const rng = random(seed)
  let level = 45
  const tables = Array.from({ length: 30 }, (_, d) => {
    level += 0.5 * (45 + warming * d - level) + 3 * rng.normal() + warming
    const made = weather(rng, level, d)
    return d >= 30 - faulty ? rows(made, rng) : made
  })
  const contents = tables.map(made => contentOfDay(made))
  const days = tables.map((made, d): DiagnosedDay => {
    const usual: DiagnosedDay = {
      date: `day ${d}`,
      from: d,
      rows: n,
      profile: profileColumns(made),
      repeated: repeatedShare(contents[d]!.hashes, contents[d - 1]?.hashes ?? []),
      coverage: 0.97 + 0.02 * rng.next(),
      auc: 0.68 + 0.03 * rng.normal(),
      losses: { '1.1.0': 0.5 + 0.01 * rng.normal(), '1.0.0': 0.5 },
    }
    return d >= 30 - faulty ? day(usual) : usual
  })
  const related = relatedFault(tables.slice(-17).map((features, d) => ({ date: `day ${13 + d}`, features })))
  return {
    columns: weather(rng, 0, 0).columns.map(({ name }) => name),
    reference: days.slice(0, 9).map(({ profile }) => profile),
    days: days.slice(9),
    drifted: [],
    alarms: [],
    ...(related && { related }),
    ...more,
  }
}

for (const [title, story] of Object.entries(stories)) {
  test(`${title}: ${story.verdict}`, () => {
    for (const seed of ['one', 'two', 'three', 'four']) {
      const { verdict, reasons } = diagnose(evidenceOf(story, `${title} ${seed}`))
      assert.equal(verdict, story.verdict, `${seed}: ${reasons[0]}`)
    }
  })
}

test('only a shift leads to training: a fault blocks it, a deployment is rolled back, the unknown goes to a person', () => {
  const advice = (title: string) => diagnose(evidenceOf(stories[title]!, title)).advice
  assert.equal(advice('a feed repeats its last value'), 'block')
  assert.equal(advice('outcomes stopped coming'), 'block')
  assert.equal(advice('the version deployed two days ago is broken'), 'rollback')
  assert.equal(advice('a warm season came'), 'retrain')
  assert.equal(advice('the world changed, the inputs did not'), 'retrain')
  assert.equal(advice('nothing at all'), 'ask')
})

test('a diagnosis says which column, since when, and what else was looked at', () => {
  const { column, reasons } = diagnose(evidenceOf(stories['Fahrenheit became Celsius']!, 'said'))
  assert.equal(column, 'temp')
  assert.match(reasons[0]!, /temp changes by degrees Fahrenheit to Celsius on day 27/)
  assert.deepEqual(
    reasons.slice(1).map(reason => reason.split(':')[0]),
    [
      'No swapped columns',
      'No schema break',
      'No new categories',
      'No source outage',
      'No frozen sensor',
      'No stale feed',
    ],
  )
})

test('without any closed day nothing is found and a person is asked', () => {
  const { verdict, advice } = diagnose({ columns: ['temp'], reference: [], days: [], drifted: [], alarms: [] })
  assert.deepEqual([verdict, advice], ['unknown', 'ask'])
})
