/** `falconer drift` on files of all kinds: what is compared, what is said, and that the page says the same. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import { type Table, table } from '../src/base/table.ts'
import { type CompareOptions, compareFiles } from '../src/cli/report/compare.ts'
import { driftPage } from '../src/cli/report/driftPage.ts'
import { verdictOf, words } from '../src/cli/report/words.ts'
import { random } from '../src/numeric/random.ts'
import { duckTables } from '../src/tables/duckTables.ts'
import { temporaryFolder } from './contract/temporaryFolder.ts'

const program = join(import.meta.dirname, '..', 'bin', 'falconer.js')

function falconer(...argv: string[]) {
  return spawnSync(process.execPath, [program, ...argv], { encoding: 'utf8' })
}

/** Ages and fares of passengers; `shift` moves the fares, `extra` adds a class, `missing` takes ages away. */
function passengers(rows: number, seed: string, { shift = 0, extra = 0, missing = 0.1 } = {}): Table {
  const rng = random(seed)
  const draw = (law: () => number) => Float64Array.from({ length: rows }, law)
  const text = (law: () => string | null) => Array.from({ length: rows }, law)
  return table([
    { name: 'age', kind: 'number', values: draw(() => (rng.next() < missing ? Number.NaN : 30 + 10 * rng.normal())) },
    { name: 'fare', kind: 'number', values: draw(() => Math.exp(rng.normal() + shift)) },
    { name: 'siblings', kind: 'number', values: draw(() => Math.floor(4 * rng.next() ** 3)) },
    {
      name: 'class',
      kind: 'text',
      values: text(() => (rng.next() < extra ? 'fourth' : rng.next() < 0.3 ? 'first' : 'second')),
    },
    { name: 'aboard', kind: 'boolean', values: draw(() => Number(rng.next() < 0.5)) },
    { name: 'ticket', kind: 'text', values: text(() => `${seed} ${rng.next()}`) },
    { name: 'at', kind: 'time', values: draw(() => Date.UTC(2013, 0, 1) + Math.floor(1e9 * rng.next())) },
  ])
}

type Format = 'csv' | 'parquet' | 'jsonl'

async function write(t: TestContext, of: Table, format: Format): Promise<string> {
  const path = join(temporaryFolder(t), `rows.${format}`)
  const cell = (c: number, row: number) => {
    const { kind, values } = of.columns[c]!
    const value = values[row]!
    if (value === null || Number.isNaN(value)) return null
    return kind === 'boolean'
      ? value === 1
      : kind === 'time'
        ? new Date(value as number).toISOString().slice(0, 19)
        : value
  }
  const rows = Array.from({ length: of.rows }, (_, row) => of.columns.map((_, c) => cell(c, row)))
  const names = of.columns.map(({ name }) => name)
  if (format === 'csv') {
    writeFileSync(path, `${names.join(',')}\n${rows.map(row => row.map(value => value ?? '').join(',')).join('\n')}\n`)
  } else if (format === 'jsonl') {
    const line = (row: readonly unknown[]) => JSON.stringify(Object.fromEntries(names.map((name, c) => [name, row[c]])))
    writeFileSync(path, `${rows.map(line).join('\n')}\n`)
  } else {
    const tables = await duckTables({ threads: 1 })
    await tables.load('t', of)
    await tables.write('select * from t', path)
    await tables.close()
  }
  return path
}

async function compared(reference: string, current: string, options: CompareOptions = {}) {
  const tables = await duckTables({ threads: 1 })
  try {
    return await compareFiles({ reference, current }, options, tables)
  } finally {
    await tables.close()
  }
}

const columnsOf = (found: { report: { columns: readonly { column: string; drifted: boolean }[] } }) =>
  found.report.columns.filter(({ drifted }) => drifted).map(({ column }) => column)

describe('drift between files', () => {
  for (const format of ['csv', 'parquet', 'jsonl'] as const) {
    it(`finds what was changed and nothing else: ${format}`, async t => {
      const before = await write(t, passengers(3000, 'a'), format)
      const same = await write(t, passengers(2000, 'b'), format)
      const other = await write(t, passengers(2000, 'c', { shift: 0.4, extra: 0.1, missing: 0.25 }), format)
      const stable = await compared(before, same)
      assert.equal(stable.report.drifted, false)
      assert.deepEqual([stable.report.n, stable.report.m], [3000, 2000])
      const found = await compared(before, other)
      assert.deepEqual(columnsOf(found), ['age', 'fare', 'class'])
      assert.deepEqual(
        found.columns
          .filter(({ found }) => found?.drifted)
          .map(({ name, found }) => [name, found!.what.kind])
          .sort(),
        [
          ['age', 'missing'],
          ['class', 'unseen'],
          ['fare', 'level'],
        ],
      )
      assert.deepEqual(
        found.report.skipped.map(({ column }) => column),
        ['ticket', 'at'],
      )
    })
  }

  it('long files are compared by sketches, with the same findings and nearly the same statistics', async t => {
    const before = await write(t, passengers(30_000, 'a'), 'parquet')
    const other = await write(t, passengers(20_000, 'c', { shift: 0.2, missing: 0.15 }), 'parquet')
    const byRows = await compared(before, other)
    const bySketches = await compared(before, other, { mostValues: 1000 })
    assert.equal(byRows.basis, 'rows')
    assert.equal(bySketches.basis, 'sketches')
    assert.deepEqual(columnsOf(bySketches), columnsOf(byRows))
    for (const [i, column] of byRows.report.columns.entries()) {
      const other = bySketches.report.columns[i]!
      for (const part of column.parts.filter(({ test }) => test === 'Kolmogorov-Smirnov')) {
        const same = other.parts.find(({ test }) => test === part.test)!
        assert.ok(Math.abs(same.statistic - part.statistic) < 2 / 1024, `${column.column} ${same.statistic}`)
      }
      assert.ok(Math.abs(other.effect - column.effect) < 0.01, `${column.column}: ${other.effect}, ${column.effect}`)
    }
  })

  it('a column that is gone, new or of another type is a finding, and the others are compared', async t => {
    const folder = temporaryFolder(t)
    const lines = (head: string, row: (i: number) => string) =>
      `${head}\n${Array.from({ length: 100 }, (_, i) => row(i)).join('\n')}\n`
    const [a, b] = [join(folder, 'a.csv'), join(folder, 'b.csv')]
    writeFileSync(
      a,
      lines('x,gone,code,empty', i => `${i % 10},${i},${i},`),
    )
    writeFileSync(
      b,
      lines('x,code,new,empty', i => `${i % 10},k${i},1,${i % 7}`),
    )
    const { report } = await compared(a, b)
    assert.deepEqual(
      report.schema.map(({ column, finding }) => [column, finding]),
      [
        ['gone', 'absent'],
        ['code', 'type'],
        ['new', 'new'],
      ],
    )
    assert.equal(report.drifted, true)
    // A column without a value has no type: it is compared by what is missing.
    const empty = report.columns.find(({ column }) => column === 'empty')!
    assert.equal(empty.test, 'share missing')
    assert.equal(report.columns.find(({ column }) => column === 'x')!.drifted, false)
  })

  it('files without a common column differ by their schema; where only instants are left nothing can be said', async t => {
    const folder = temporaryFolder(t)
    const [a, b, c] = ['a', 'b', 'c'].map(name => join(folder, `${name}.jsonl`)) as [string, string, string]
    writeFileSync(a, '{"x":1,"at":"2013-01-01T00:00:00"}\n'.repeat(40))
    writeFileSync(b, '{"y":1}\n'.repeat(50))
    writeFileSync(c, '{"at":"2013-01-01T00:00:00"}\n'.repeat(60))
    const other = await compared(a, b)
    assert.deepEqual([other.report.drifted, other.report.n, other.report.m], [true, 40, 50])
    assert.equal(verdictOf(other, words.en).headline, 'The two files have no column that can be compared')
    const instants = await compared(c, c)
    assert.equal(instants.report.drifted, null)
    assert.match(verdictOf(instants, words.en).headline, /^Nothing can be said: there is no column to compare/)
  })

  it('an instant is compared where it is named, and names that no file has are refused', async t => {
    const path = await write(t, passengers(200, 'a'), 'parquet')
    const { report } = await compared(path, path, { columns: ['at'] })
    assert.deepEqual(
      report.columns.map(({ column }) => column),
      ['at'],
    )
    await assert.rejects(compared(path, path, { drop: ['agee'] }), /Neither file has a column agee/)
  })
})

describe('falconer drift', () => {
  it('prints the verdict first; --json has what programs read; --fail-on-drift exits with 3', async t => {
    const before = await write(t, passengers(2000, 'a'), 'csv')
    const after = await write(t, passengers(2000, 'c', { shift: 0.5 }), 'csv')
    const human = falconer('drift', before, after)
    assert.equal(human.status, 0, human.stderr)
    assert.match(human.stdout, /^1 of 5 columns has drifted: fare \(higher by 0\.\d+ sd\)\.\n/)
    const machine = falconer('drift', before, after, '--json', '--alpha', '0.05', '--fail-on-drift')
    assert.equal(machine.status, 3, machine.stderr)
    const { drifted, alpha, columns, n, m, skipped } = JSON.parse(machine.stdout)
    assert.deepEqual([drifted, alpha, n, m], [true, 0.05, 2000, 2000])
    assert.equal(skipped.length, 2)
    for (const column of columns) {
      for (const key of ['column', 'test', 'statistic', 'pValue', 'adjustedPValue', 'effect', 'drifted']) {
        assert.ok(column[key] !== undefined && column[key] !== null, `${column.column} ${key}`)
      }
    }
    assert.equal(falconer('drift', before, after, '--effect', '9', '--fail-on-drift').status, 0)
    assert.equal(falconer('drift', before, before, '--columns', 'age,fare', '--drop', 'age', '--json').status, 0)
  })

  it('too few rows, all missing, infinities and constants are said in words, never as NaN', t => {
    const folder = temporaryFolder(t)
    const file = (name: string, text: string) => {
      const path = join(folder, name)
      writeFileSync(path, text)
      return path
    }
    const rows = (n: number, row: (i: number) => string) =>
      `x,y,c\n${Array.from({ length: n }, (_, i) => row(i)).join('\n')}\n`
    const good = file(
      'good.csv',
      rows(100, i => `${i},${i % 9},7`),
    )
    const cases: [string, RegExp][] = [
      [file('head.csv', 'x,y,c\n'), /Nothing can be said: not enough data: n = 0 in the window, needs 30/],
      [
        file(
          'one.csv',
          rows(1, () => '1,2,7'),
        ),
        /not enough data: n = 1 in the window, needs 30/,
      ],
      [
        file(
          'missing.csv',
          rows(100, i => `${i},,7`),
        ),
        /y \(100% missing instead of 0%\)/,
      ],
      [
        file(
          'infinite.csv',
          rows(100, i => `${i % 2 ? 'inf' : i},${i % 9},7`),
        ),
        /x \(/,
      ],
      [
        file(
          'text.csv',
          rows(100, i => `a${i % 3},${i % 9},7`),
        ),
        /A column has another type: x/,
      ],
    ]
    for (const [path, wanted] of cases) {
      const { status, stdout, stderr } = falconer('drift', good, path)
      assert.equal(status, 0, stderr)
      assert.match(stdout, wanted)
      assert.doesNotMatch(stdout, /NaN|undefined|null/)
      assert.match(stdout, /c: not tested|Nothing can be said/)
    }
    const undecided = falconer('drift', good, cases[0]![0], '--json', '--fail-on-drift')
    assert.equal(undecided.status, 3)
    assert.equal(JSON.parse(undecided.stdout).drifted, null)
    const absent = falconer('drift', good, join(folder, 'no.csv'))
    assert.equal(absent.status, 2)
    assert.match(absent.stderr, /There is no file/)
    assert.equal(falconer('drift', good, good, '--alpha', '7').status, 2)
    assert.equal(falconer('drift', good, good, '--columns', 'z').status, 2)
  })

  it('writes a page of one file, small, in two languages', async t => {
    const before = await write(t, passengers(500, 'a'), 'parquet')
    const after = await write(t, passengers(500, 'c', { shift: 1 }), 'parquet')
    const path = join(temporaryFolder(t), 'report.html')
    const { status, stderr } = falconer('drift', before, after, '--html', path, '--language', 'zh', '--json')
    assert.equal(status, 0, stderr)
    const html = readFileSync(path, 'utf8')
    assert.match(html, /<html lang="zh-CN">/)
    assert.match(html, /<h1>5 列中有 1 列发生漂移<\/h1>/)
    assert.ok(statSync(path).size < 60_000)
  })
})

/** Columns of which every third has shifted. */
function wide(rows: number, columns: number, seed: string, shift: number): Table {
  const rng = random(seed)
  return table(
    Array.from({ length: columns }, (_, c) => {
      const moved = c % 3 === 0 ? shift : 0
      const values = Float64Array.from({ length: rows }, () => rng.normal() + moved)
      if (c % 5 !== 0) return { name: `feature number ${c}`, kind: 'number', values }
      return { name: `<b>${c}</b>`, kind: 'text', values: Array.from(values, x => `category ${Math.round(x)}`) }
    }),
  )
}

describe('the page of a comparison', () => {
  it('of 100 columns takes less than 300 KB, and loads and runs nothing', async t => {
    const before = await write(t, wide(600, 100, 'a', 0), 'parquet')
    const after = await write(t, wide(600, 100, 'b', 2), 'parquet')
    const comparison = await compared(before, after)
    for (const language of ['en', 'zh'] as const) {
      const html = driftPage(comparison, { language, version: '1' })
      assert.ok(Buffer.byteLength(html) < 300_000, `${Buffer.byteLength(html)} bytes`)
      assert.doesNotMatch(html, /<script|<link|<img|<iframe|@import|url\(|src=|<b>\d/i)
      assert.deepEqual(
        [...html.matchAll(/https?:\/\/[^"' ]+/g)]
          .map(([found]) => found)
          .filter(found => found !== 'http://www.w3.org/2000/svg'),
        [],
      )
    }
  })

  it('has a headline that counts what its table shows, drifted columns first', async t => {
    for (const shift of [0, 0.15, 1]) {
      const before = await write(t, wide(400, 12, 'a', 0), 'parquet')
      const after = await write(t, wide(400, 12, 'b', shift), 'parquet')
      const { report, ...rest } = await compared(before, after)
      const html = driftPage({ report, ...rest }, { language: 'en', version: '1' })
      const rows = [...html.matchAll(/<tr class="(drifted|stable)">/g)].map(([, verdict]) => verdict)
      const drifted = rows.filter(verdict => verdict === 'drifted').length
      assert.equal(rows.length, 12)
      assert.equal(drifted, report.columns.filter(column => column.drifted).length)
      assert.deepEqual(rows, [...rows].sort())
      const headline = /<h1>(.*?)<\/h1>/.exec(html)![1]!
      assert.ok(headline.startsWith(drifted === 0 ? 'None of 12 columns' : `${drifted} of 12 columns`), headline)
      assert.equal([...html.matchAll(/<article/g)].length, drifted)
      assert.doesNotMatch(html, /NaN|undefined/)
    }
  })
})
