import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { FalconerError } from '../../src/base/errors.ts'
import { sha256 } from '../../src/base/hash.ts'
import { canonicalJson } from '../../src/base/json.ts'
import { workplace } from './workplace.ts'

const trips = (contract: string, more = '') => `project: taxi
datasets:
  trips:
    file: trips.csv
    key: id
    known: at
    contract: [${contract}]
${more}
  zones: {key: zone}
data: {entities: trips, id: id, time: at, label: tipped}
`
const rows = `id,at,zone,fare,tipped
a,2020-01-01 10:00:00,north,10,1
b,2020-01-01 11:00:00,south,-3,0
c,2020-01-01 12:00:00,,900,0
d,2020-01-01 13:00:00,west,,1
`

async function refused(promise: Promise<unknown>, code: string): Promise<FalconerError> {
  let thrown: unknown
  await promise.catch(error => {
    thrown = error
  })
  assert.ok(thrown instanceof FalconerError, String(thrown))
  assert.equal(thrown.code, code, thrown.message)
  return thrown
}

describe('a dataset version', () => {
  it('holds schema, profile, contract and an audit entry, under the digest of its manifest', async t => {
    const { importText, blobs, records, data } = await workplace(t, trips('{column: fare, between: [0, 500]}'))
    const version = await importText('trips', rows)
    assert.equal(version.version, 1)
    assert.equal(version.rows, 4)
    assert.deepEqual(
      version.schema.map(({ name, kind }) => `${name} ${kind}`),
      ['id text', 'at time', 'zone text', 'fare number', 'tipped number'],
    )
    const [fare] = version.contract
    assert.deepEqual(fare, {
      check: 'fare between 0 and 500',
      column: 'fare',
      then: 'warn',
      failingRows: 2,
      failingShare: 0.5,
      status: 'breached',
      examples: [
        { key: 'b', value: '-3' },
        { key: 'c', value: '900' },
      ],
    })
    const manifest = new TextDecoder().decode(await blobs.get(version.digest))
    assert.equal(sha256(manifest), version.digest)
    assert.equal(canonicalJson(JSON.parse(manifest)), manifest)
    const profile = await data.profile(version)
    assert.equal(profile.find(({ column }) => column === 'fare')?.missing, 1)
    const [entry] = (await records.audit({ project: 'taxi' })).filter(({ type }) => type === 'dataset.versioned')
    assert.equal(entry?.subject, 'taxi/trips/00001')
    assert.equal(entry?.at, 5)
  })

  it('is the one that is there when the same file comes again, and a new one when the contract changes', async t => {
    const { importText, apply } = await workplace(t, trips(''))
    const first = await importText('trips', rows)
    assert.deepEqual(await importText('trips', rows), first)
    const more = await importText('trips', `${rows}e,2020-01-02 10:00:00,north,5,0\n`)
    assert.equal(more.version, 2)
    assert.equal(more.parent, 1)
    await apply(trips('{column: fare, not null: true}'))
    assert.equal((await importText('trips', `${rows}e,2020-01-02 10:00:00,north,5,0\n`)).version, 3)
  })

  it('has the same content for the same rows in another order', async t => {
    const [header, ...lines] = rows.trim().split('\n')
    const { importText } = await workplace(t, trips(''))
    const first = await importText('trips', rows)
    const second = await importText('trips', `${[header, ...lines.reverse()].join('\n')}\n`)
    assert.equal(second.content, first.content)
    assert.notEqual(second.digest, first.digest)
  })
})

describe('a contract', () => {
  it('empties a broken cell and leaves the rest of the row', async t => {
    const { importText, data, project } = await workplace(t, trips('{column: fare, between: [0, 500], then: blank}'))
    const version = await importText('trips', rows)
    assert.equal(version.blankedCells, 2)
    const fares = (await data.features(project, ['a', 'b', 'c', 'd'], Date.UTC(2021, 0, 1))).columns
    assert.deepEqual([...fares.find(({ name }) => name === 'fare')!.values], [10, Number.NaN, Number.NaN, Number.NaN])
    assert.deepEqual(fares.find(({ name }) => name === 'zone')!.values, ['north', 'south', null, 'west'])
  })

  it('keeps a row from training, with its reasons, and still answers its features', async t => {
    const { importText, data, project } = await workplace(
      t,
      trips('{column: fare, between: [0, 500], then: quarantine}, {column: zone, not null: true, then: quarantine}'),
    )
    const version = await importText('trips', rows)
    assert.deepEqual(version.quarantined, {
      rows: 2,
      reasons: { 'fare between 0 and 500': 2, 'zone is not null': 1 },
    })
    assert.deepEqual(await data.quarantine(version, 10), [
      {
        id: 'b',
        at: '2020-01-01T11:00:00.000Z',
        zone: 'south',
        fare: -3,
        tipped: 0,
        reasons: ['fare between 0 and 500'],
      },
      {
        id: 'c',
        at: '2020-01-01T12:00:00.000Z',
        zone: null,
        fare: 900,
        tipped: 0,
        reasons: ['fare between 0 and 500', 'zone is not null'],
      },
    ])
    assert.equal((await data.quarantine(version, 10, 1)).length, 1)
    const later = Date.UTC(2021, 0, 1)
    const trained = await data.featuresFor(project).entities(Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY, later)
    assert.deepEqual(trained.columns[0]!.values, ['a', 'd'])
    assert.equal((await data.features(project, ['c'], later)).rows, 1)
  })

  it('refuses the file where it says so, and stores nothing', async t => {
    const { importText, data, project } = await workplace(t, trips('{column: fare, between: [0, 500], then: fail}'))
    const error = await refused(importText('trips', rows), 'check-failed')
    assert.match(error.findings[0]!.text, /broken in 2 of 4 rows, for example b: -3; c: 900/)
    assert.equal(await data.newest({ project, name: 'trips' }), undefined)
  })

  it('a share of broken rows within the tolerance passes', async t => {
    const { importText } = await workplace(t, trips('{column: fare, between: [0, 500], then: fail, tolerance: 50 %}'))
    assert.equal((await importText('trips', rows)).contract[0]!.status, 'passed')
  })

  it('a missing value breaks not null and nothing else', async t => {
    const { importText } = await workplace(
      t,
      trips(`{column: zone, in: [north, south, west]}, {column: zone, matches: '[a-z]+'}, {column: fare, between: [-5, 1000]},
        {sql: fare > -10}, {column: zone, refers to: zones.zone}, {column: zone, unique: true, then: warn},
        {column: zone, not null: true}`),
    )
    await importText('zones', 'zone,size\nnorth,1\nsouth,2\nwest,3\n')
    const { contract } = await importText('trips', rows)
    assert.deepEqual(
      contract.map(({ check, failingRows }) => [check, failingRows]),
      [
        ['zone in north, south, west', 0],
        ['zone matches [a-z]+', 0],
        ['fare between -5 and 1000', 0],
        ['fare > -10', 0],
        ['zone refers to zones.zone', 0],
        ['zone is unique', 0],
        ['zone is not null', 1],
      ],
    )
  })

  it('each rule finds the rows that break it', async t => {
    const { importText } = await workplace(
      t,
      trips(`{column: zone, in: [north, south]}, {column: zone, matches: '[a-s]+'}, {sql: fare < 100 or tipped = 1},
        {column: zone, refers to: zones.zone}, {column: tipped, unique: true, then: warn}`),
    )
    await importText('zones', 'zone,size\nnorth,1\nsouth,2\n')
    const { contract } = await importText('trips', rows)
    assert.deepEqual(
      contract.map(({ failingRows }) => failingRows),
      [1, 4 - 1, 1, 1, 4],
    )
  })

  it('a reference to a dataset without a version asks for it first', async t => {
    const { importText } = await workplace(t, trips('{column: zone, refers to: zones.zone}'))
    assert.match((await refused(importText('trips', rows), 'conflict')).fix, /Import zones first/)
  })
})

describe('derived columns', () => {
  it('may use one another whatever the order they are written in', async t => {
    const { importText } = await workplace(
      t,
      trips('', `    derive: {big: twice > 15, twice: 2 * fare, at: 'cast("at" as timestamp)'}`),
    )
    const version = await importText('trips', rows)
    assert.deepEqual(version.schema.slice(-2), [
      { name: 'twice', kind: 'number' },
      { name: 'big', kind: 'boolean' },
    ])
  })

  for (const [title, derive, code, text] of [
    ['in a circle are refused', '{p: q + 1, q: p + 1}', 'bad-config', /p needs q needs p|q needs p needs q/],
    ['from a column that is not there are refused by name', '{p: fair + 1}', 'bad-data', /derive\.p.*fair/],
    ['that fail on a row are refused by name', '{p: "cast(zone as integer)"}', 'bad-data', /derive\.p.*north/],
    ['from the clock are refused', '{p: "now()"}', 'bad-query', /now/],
    ['from another table are refused', '{p: (select max(x) from other)}', 'bad-query', /no other table/],
  ] as const) {
    it(title, async t => {
      const { importText } = await workplace(t, trips('', `    derive: ${derive}`))
      assert.match((await refused(importText('trips', rows), code)).message, text)
    })
  }
})

describe('a file that cannot be a version', () => {
  const given = (text: string) => text.replaceAll(/^\s+/gm, '')
  for (const [title, text, message] of [
    ['duplicate keys', `${rows}a,2020-01-01 10:00:00,north,10,1\n`, /id = a: 2 rows have this key/],
    ['a missing key', `${rows},2020-01-01 10:00:00,north,10,1\n`, /id: the key is missing in 1 of 5 rows/],
    ['no key column', given('name,at,fare\nx,2020-01-01 10:00:00,2\n'), /trips\.key: there is no column id/],
    ['a row known from no instant', `${rows}e,,north,10,1\n`, /known is missing in 1 of 5 rows/],
    ['no rows', 'id,at,zone,fare,tipped\n', /no rows/],
    ['nothing', '', /trips\.csv:1:1: the file is empty/],
    ['a ragged row', `${rows}e,2020-01-01\n`, /trips\.csv:6:1: the row has 2 fields, the first line has 5/],
    ['an integer beyond 2^53', 'id,at,fare,tipped\na,2020-01-01 10:00:00,9007199254740993,1\n', /9007199254740993/],
    ['a column of a name that is taken', 'id,at,_known,tipped\na,2020-01-01 10:00:00,1,1\n', /_known/],
  ] as const) {
    it(`${title}: is refused with the place`, async t => {
      const { importText, data, project } = await workplace(t, trips(''))
      const error = await refused(importText('trips', text), 'bad-data')
      assert.match(error.message, message)
      assert.equal(await data.newest({ project, name: 'trips' }), undefined)
    })
  }

  it('a column that changes its type or goes away is refused by name', async t => {
    const { importText } = await workplace(t, trips(''))
    await importText('trips', rows)
    const text = await refused(importText('trips', rows.replace('-3', 'three')), 'bad-data')
    assert.match(text.message, /fare: it was number in version 1 and is text now/)
    const gone = await refused(importText('trips', rows.replaceAll(/,[^,]*$/gm, '')), 'bad-data')
    assert.match(gone.message, /tipped: the column was there in version 1 and is gone/)
  })

  it('the same key may come again when it is known later: a correction', async t => {
    const { importText, data, project } = await workplace(t, trips(''))
    await importText('trips', `${rows}a,2020-01-03 10:00:00,north,12,1\n`)
    const fare = async (at: number) =>
      (await data.features(project, ['a'], at)).columns.find(c => c.name === 'fare')!.values[0]
    assert.equal(await fare(Date.UTC(2020, 0, 2)), 10)
    assert.equal(await fare(Date.UTC(2020, 0, 4)), 12)
  })
})
