import assert from 'node:assert/strict'
import { join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import fc from 'fast-check'
import { FalconerError } from '../../src/base/errors.ts'
import { type Table, table, texts } from '../../src/base/table.ts'
import { type Features, openFeatures } from '../../src/data/features.ts'
import type { DatasetConfig, ProjectConfig } from '../../src/loop/project.ts'
import { parseProject } from '../../src/loop/projectFile.ts'
import { duckTables } from '../../src/tables/duckTables.ts'
import { temporaryFolder } from '../contract/temporaryFolder.ts'

const hour = 3_600_000

/** Visits are predicted at `at` and end later; readings of a place are known an hour after they were taken. */
const yaml = `project: visits
datasets:
  visits:
    key: id
    known: at
    later: {ended: [length, long, ended]}
  readings: {key: [place, taken], known: known}
  places: {key: place}
data: {entities: visits, id: id, time: at, label: long}
`

interface Visit {
  readonly id: string
  readonly place: string
  readonly at: number
  readonly length: number | null
}

interface Reading {
  readonly place: string
  readonly taken: number
  readonly known: number
  readonly value: number
}

const numberColumn = (name: string, values: readonly (number | null)[], kind: 'number' | 'time' = 'number') => ({
  name,
  kind,
  values: Float64Array.from(values, value => value ?? Number.NaN),
})
const textColumn = (name: string, values: readonly (string | null)[]) => ({ name, kind: 'text' as const, values })

const endOf = ({ at, length }: Visit) => (length === null ? null : at + length * hour)

/** Contents as `importDataset` writes them. */
async function open(
  t: TestContext | undefined,
  folder: string,
  visits: readonly Visit[],
  readings: readonly Reading[],
  query: string,
): Promise<Features> {
  const contents: Record<string, Table> = {
    visits: table([
      textColumn(
        'id',
        visits.map(v => v.id),
      ),
      textColumn(
        'place',
        visits.map(v => v.place),
      ),
      numberColumn(
        'at',
        visits.map(v => v.at),
        'time',
      ),
      numberColumn(
        'length',
        visits.map(v => v.length),
      ),
      numberColumn(
        'long',
        visits.map(v => (v.length === null ? null : v.length > 2 ? 1 : 0)),
      ),
      numberColumn('ended', visits.map(endOf), 'time'),
      numberColumn(
        '_known',
        visits.map(v => v.at),
        'time',
      ),
      numberColumn('_later_1', visits.map(endOf), 'time'),
    ]),
    readings: table([
      textColumn(
        'place',
        readings.map(r => r.place),
      ),
      numberColumn(
        'taken',
        readings.map(r => r.taken),
        'time',
      ),
      numberColumn(
        'value',
        readings.map(r => r.value),
      ),
      numberColumn(
        '_known',
        readings.map(r => r.known),
        'time',
      ),
    ]),
    places: table([textColumn('place', ['p0', 'p1']), numberColumn('size', [10, 20])]),
  }
  const writer = await duckTables({ threads: 1 })
  const datasets: { name: string; path: string }[] = []
  for (const [name, content] of Object.entries(contents)) {
    const path = join(folder, `${name}.parquet`)
    await writer.load(name, content)
    await writer.write(`from ${name}`, path)
    datasets.push({ name, path })
  }
  await writer.close()
  const tables = await duckTables({ threads: 1 })
  t?.after(() => tables.close())
  const config: ProjectConfig = parseProject(yaml, () => undefined)
  assert.ok(config.datasets.visits satisfies DatasetConfig | undefined)
  return openFeatures(tables, { config, query, datasets })
}

/**
 * Own length (nothing of it is known), mean length of earlier visits to the place that have ended, newest reading of the
 * place, and the place's size.
 */
const query = `select v.id, v.length as own,
  (select avg(length) from visits p where p.place = v.place and p.id <> v.id) as before,
  (select count(*) from visits p where p.place = v.place) as seen,
  r.value, s.size
from entities join visits v using (id)
left join (select place, arg_max(value, taken) as value from readings group by place) r on r.place = v.place
left join places s on s.place = v.place`

/** What the query means, written as loops. */
function expected(visits: readonly Visit[], readings: readonly Reading[], id: string, cutoff: number) {
  const visit = visits.find(v => v.id === id)!
  const seen = visits.filter(v => v.place === visit.place && v.at <= cutoff)
  const ended = (v: Visit) => v.length !== null && endOf(v)! <= cutoff
  const lengths = seen.filter(v => v.id !== id && ended(v)).map(v => v.length!)
  // Of several readings with one key the newest known; of the keys the newest taken.
  const known = readings.filter(r => r.place === visit.place && r.known <= cutoff)
  known.sort((a, b) => a.taken - b.taken || a.known - b.known)
  return {
    own: ended(visit) ? visit.length! : Number.NaN,
    before: lengths.length === 0 ? Number.NaN : lengths.reduce((a, b) => a + b, 0) / lengths.length,
    seen: seen.length,
    value: known.at(-1)?.value ?? Number.NaN,
    size: visit.place === 'p0' ? 10 : visit.place === 'p1' ? 20 : Number.NaN,
  }
}

function rows(answer: Table): Record<string, unknown>[] {
  return Array.from({ length: answer.rows }, (_, row) =>
    Object.fromEntries(answer.columns.map(({ name, values }) => [name, values[row]])),
  )
}

const world = fc.record({
  visits: fc.array(
    fc.record({
      place: fc.constantFrom('p0', 'p1', 'p2'),
      at: fc.integer({ min: 0, max: 12 }),
      length: fc.option(fc.integer({ min: 0, max: 6 })),
    }),
    { minLength: 1, maxLength: 12 },
  ),
  readings: fc.uniqueArray(
    fc.record({
      place: fc.constantFrom('p0', 'p1'),
      taken: fc.integer({ min: 0, max: 8 }),
      delay: fc.integer({ min: 0, max: 6 }),
      value: fc.integer({ min: -5, max: 5 }),
    }),
    { maxLength: 15, selector: r => `${r.place} ${r.taken} ${r.delay}` },
  ),
})

function build({ visits, readings }: typeof world extends fc.Arbitrary<infer T> ? T : never) {
  return {
    visits: visits.map((v, i): Visit => ({ ...v, id: `v${i}`, at: v.at * hour })),
    readings: readings.map(
      (r): Reading => ({ place: r.place, taken: r.taken * hour, known: (r.taken + r.delay) * hour, value: r.value }),
    ),
  }
}

describe('features at a point in time', () => {
  it('are what loops over all rows give, alone and together, in the order asked', async t => {
    const folder = temporaryFolder(t)
    await fc.assert(
      fc.asyncProperty(world, async given => {
        const { visits, readings } = build(given)
        const features = await open(undefined, folder, visits, readings, query)
        try {
          const asked = [0, 3, 6, 9, 12, 20].flatMap(h =>
            visits.filter(v => v.at <= h * hour).map(v => ({ id: v.id, cutoff: h * hour })),
          )
          asked.reverse()
          const cutoffs = Float64Array.from(asked, a => a.cutoff)
          const ids = asked.map(a => a.id)
          const together = rows(await features.featuresAtMany(ids, cutoffs))
          const wanted = asked.map(a => ({ id: a.id, ...expected(visits, readings, a.id, a.cutoff) }))
          assert.deepEqual(together, wanted)
          for (const [i, { id, cutoff }] of asked.entries()) {
            if (i % 5 === 0) assert.deepEqual(rows(await features.featuresAt([id], cutoff)), [wanted[i]])
          }
        } finally {
          await features.close()
        }
      }),
      { numRuns: 10, seed: 7 },
    )
  })

  it('do not change when rows that become known later are added', async t => {
    const folder = temporaryFolder(t)
    await fc.assert(
      fc.asyncProperty(world, world, fc.integer({ min: 0, max: 12 }), async (given, more, at) => {
        const { visits, readings } = build(given)
        const cutoff = at * hour
        const ids = visits.filter(v => v.at <= cutoff).map(v => v.id)
        const later = build(more)
        const laterVisits = later.visits.map(v => ({ ...v, id: `later ${v.id}`, at: cutoff + 1 + v.at }))
        const laterReadings = later.readings.map(r => ({ ...r, known: cutoff + 1 + r.known }))
        const answers: Table[] = []
        for (const [v, r] of [
          [visits, readings],
          [
            [...visits, ...laterVisits],
            [...readings, ...laterReadings],
          ],
        ] as const) {
          const features = await open(undefined, folder, v, r, query)
          answers.push(await features.featuresAt(ids, cutoff))
          await features.close()
        }
        assert.deepEqual(answers[1], answers[0])
      }),
      { numRuns: 6, seed: 3 },
    )
  })

  const visits: Visit[] = [
    { id: 'a', place: 'p0', at: 1 * hour, length: 3 },
    { id: 'b', place: 'p0', at: 2 * hour, length: 1 },
    { id: 'c', place: 'p1', at: 9 * hour, length: null },
  ]
  const readings: Reading[] = [
    { place: 'p0', taken: 0, known: 1 * hour, value: 1 },
    { place: 'p0', taken: 1 * hour, known: 2 * hour, value: 2 },
    { place: 'p0', taken: 1 * hour, known: 5 * hour, value: 7 },
  ]
  const at = async (t: TestContext, sql: string, ids: string[], cutoff: number) =>
    rows(await (await open(t, temporaryFolder(t), visits, readings, sql)).featuresAt(ids, cutoff))

  it('a cell that becomes known later is missing until that instant, and there at it', async t => {
    const sql = 'select id, length as x from entities join visits using (id)'
    assert.deepEqual(await at(t, sql, ['a'], 4 * hour - 1), [{ id: 'a', x: Number.NaN }])
    assert.deepEqual(await at(t, sql, ['a'], 4 * hour), [{ id: 'a', x: 3 }])
  })

  it('a reading counts from the instant it is known, and a correction from its own', async t => {
    const sql = `select id, (select arg_max(value, taken) from readings r where r.place = v.place) as x
      from entities join visits v using (id)`
    assert.equal((await at(t, sql, ['b'], 2 * hour))[0]!.x, 2)
    assert.equal((await at(t, sql, ['b'], 5 * hour - 1))[0]!.x, 2)
    assert.equal((await at(t, sql, ['b'], 5 * hour))[0]!.x, 7)
  })

  it('the present of the query is its cutoff', async t => {
    const sql = `select id, date_diff('hour', v."at", e.cutoff) as age from entities e join visits v using (id)`
    assert.deepEqual(await at(t, sql, ['b', 'a'], 6 * hour), [
      { id: 'b', age: 4 },
      { id: 'a', age: 5 },
    ])
  })

  it('an id asked twice is answered twice, an unknown or not yet known one is named', async t => {
    const sql = 'select id, place from entities join visits using (id)'
    const features = await open(t, temporaryFolder(t), visits, readings, sql)
    const answer = await features.featuresAt(['b', 'a', 'b'], 3 * hour)
    assert.deepEqual(texts(answer, 'id'), ['b', 'a', 'b'])
    await assert.rejects(features.featuresAt(['a', 'c', 'nobody'], 3 * hour), (error: unknown) => {
      assert.ok(error instanceof FalconerError)
      assert.equal(error.code, 'bad-input')
      assert.deepEqual(
        error.findings.map(finding => finding.at),
        ['c', 'nobody'],
      )
      return true
    })
    assert.equal((await features.featuresAt([], 0)).rows, 0)
  })

  it('a query that answers an id twice is refused, naming it', async t => {
    const sql = 'select id, r.value from entities join visits v using (id) join readings r on r.place = v.place'
    await assert.rejects(at(t, sql, ['a'], 9 * hour), /more than once, first a/)
  })

  it('rows to train on: by time, labels as known, none from the future', async t => {
    const sql = 'select id, place from entities join visits using (id)'
    const features = await open(t, temporaryFolder(t), visits, readings, sql)
    const known = async (from: number, to: number, asOf: number) => rows(await features.entities(from, to, asOf))
    assert.deepEqual(await known(Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY, 3 * hour), [
      { id: 'a', cutoff: hour, label: Number.NaN },
      { id: 'b', cutoff: 2 * hour, label: 0 },
    ])
    assert.deepEqual(await known(0, 2 * hour, 4 * hour), [{ id: 'a', cutoff: hour, label: 1 }])
  })

  it('asked in the order of time, answers come from reading ahead and are the same', async t => {
    const many = Array.from(
      { length: 300 },
      (_, i): Visit => ({
        id: `v${i}`,
        place: `p${i % 3}`,
        at: Math.floor(i / 3) * hour,
        length: i % 5,
      }),
    )
    const ahead = await open(t, temporaryFolder(t), many, readings, query)
    const alone = await open(t, temporaryFolder(t), many, readings, query)
    const hours = Array.from({ length: 100 }, (_, h) => h)
    const idsOf = (h: number) => many.filter(v => v.at === h * hour).map(v => v.id)
    const answers: Table[] = []
    for (const h of hours) answers.push(await ahead.featuresAt(idsOf(h), h * hour))
    for (const h of hours.toReversed()) {
      assert.deepEqual(answers[h], await alone.featuresAt(idsOf(h), h * hour))
      assert.equal(rows(answers[h]!)[0]!.seen, expected(many, readings, idsOf(h)[0]!, h * hour).seen)
    }
  })
})

describe('a feature query', () => {
  const good = 'from entities join visits using (id)'
  for (const [title, sql, message] of [
    [
      'the rows behind the views',
      `select id, x.length from entities join _falconer_data.visits x using (id)`,
      /plain names/,
    ],
    ['the rows behind the views, unqualified', `select id from entities join _falconer_asked using (id)`, /are taken/],
    ['a file', `select id, (select count(*) from read_parquet('visits.parquet')) as n ${good}`, /read_parquet/],
    ['a file by its name', `select id, (select count(*) from 'visits.parquet') as n ${good}`, /no view/],
    ['the catalogue', `select id, (select count(*) from duckdb_tables()) as n ${good}`, /duckdb_tables/],
    [
      'a table of the catalogue',
      `select id, (select count(*) from information_schema.tables) as n ${good}`,
      /plain names/,
    ],
    ['another query by its text', `select id, (select count(*) from query('from x')) as n ${good}`, /query\(/],
    ['the clock', `select id, date_diff('day', "at", now()) as n ${good}`, /now/],
    ['the clock by a word', `select id, current_date as n ${good}`, /current_date/],
    ['the age of today', `select id, age("at") as n ${good}`, /age/],
    ['chance', `select id, random() as n ${good}`, /random/],
    ['rows by chance', `select id from entities join (select * from visits using sample 10%) using (id)`, /chance/],
    ['a variable', `select id, getvariable('cutoff') as n ${good}`, /getvariable/],
    ['a setting', `select id, current_setting('threads') as n ${good}`, /current_setting/],
    ['a parameter', `select id, $cutoff as n ${good}`, /parameter/],
    ['a second statement', `select id ${good}; drop table visits`, /one SELECT|statements/],
    ['no SELECT', `drop table visits`, /one SELECT/],
    ['a closing bracket too many', `select id ${good}) union all (select id ${good}`, /one SELECT/],
    ['no entities', `select id, place from visits`, /does not read entities/],
    ['the label', `select id, long ${good}`, /the label/],
    ['an instant', `select id, "at" ${good}`, /an instant/],
    ['a column that is not there', `select id, nonsense ${good}`, /nonsense/],
    ['no id', `select place ${good}`, /id/],
  ] as const) {
    it(`cannot have ${title}`, async t => {
      await assert.rejects(open(t, temporaryFolder(t), [], [], sql), (error: unknown) => {
        assert.ok(error instanceof FalconerError, String(error))
        assert.equal(error.code, 'bad-query', error.message)
        assert.match(error.message, message)
        return true
      })
    })
  }

  it('says line and column of what it may not', async t => {
    await assert.rejects(
      open(t, temporaryFolder(t), [], [], `select id\n${good}\njoin other o using (id)`),
      (error: unknown) => {
        assert.ok(error instanceof FalconerError)
        assert.deepEqual(error.findings, [
          { at: 'query:3:6', text: 'it reads other, which is no view; there are visits, readings, places, entities' },
        ])
        return true
      },
    )
  })

  it('may use CTEs, windows, unions, subqueries, lists and its own names for all of them', async t => {
    const sql = `-- a comment; with a semicolon
      with recursive n as (select 1 as i union all select i + 1 from n where i < 3),
      seen as (select *, row_number() over (partition by place order by "at") as nth from visits)
      select e.id, s.nth, (select sum(i) from n) as six, list_sum([1, 2]) as three,
        case when exists (select 1 from readings r where r.place = s.place) then 'yes' else 'no' end as read
      from entities e join seen s using (id)
      where e.id in (select id from visits union all select id from visits) -- the end`
    const visits: Visit[] = [
      { id: 'a', place: 'p0', at: 0, length: 1 },
      { id: 'b', place: 'p0', at: 5, length: 1 },
    ]
    const features = await open(t, temporaryFolder(t), visits, [], sql)
    const wanted = [
      { id: 'b', nth: 2, six: 6, three: 3, read: 'no' },
      { id: 'a', nth: 1, six: 6, three: 3, read: 'no' },
    ]
    assert.deepEqual(rows(await features.featuresAt(['b', 'a'], 5)), wanted)
    assert.deepEqual(rows(await features.featuresAtMany(['b', 'a'], Float64Array.of(6, 5))), wanted)
  })
})
