/** What every implementation of the Tables port holds. */
import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import { FalconerError } from '../../src/base/errors.ts'
import type { Tables } from '../../src/base/ports.ts'
import { column, numbers, type Table, table, texts } from '../../src/base/table.ts'
import { temporaryFolder } from './temporaryFolder.ts'

export function tablesContract(name: string, open: (t: TestContext) => Promise<Tables>): void {
  describe(name, () => {
    it('a table comes back as it was loaded, missing values included', async t => {
      const tables = await open(t)
      const given = table([
        { name: 'n', kind: 'number', values: Float64Array.of(1.5, Number.NaN, -0, 2 ** 53 - 1) },
        { name: 'b', kind: 'boolean', values: Float64Array.of(1, 0, Number.NaN, 1) },
        { name: 't', kind: 'time', values: Float64Array.of(0, 1362096000000, -1.001, Number.NaN) },
        { name: 'a "name"', kind: 'text', values: ['', null, "O'Hare", '雪'] },
      ])
      await tables.load('given', given)
      const back = await tables.query('select * from given')
      assert.deepEqual(back, given)
      await tables.load('given', table([{ name: 'x', kind: 'number', values: Float64Array.of(7) }]))
      assert.deepEqual(numbers(await tables.query('select * from given'), 'x'), Float64Array.of(7))
    })

    it('more rows than one chunk come back in order', async t => {
      const tables = await open(t)
      const values = Float64Array.from({ length: 10_000 }, (_, i) => i / 4)
      await tables.load('many', table([{ name: 'x', kind: 'number', values }]))
      assert.deepEqual(numbers(await tables.query('select x from many'), 'x'), values)
    })

    it('parameters are values, whatever they look like', async t => {
      const tables = await open(t)
      const answer = await tables.query('select $text as text, $n as n, $yes as yes, $none::varchar as none', {
        text: "'; drop table x --",
        n: 0.1,
        yes: true,
        none: null,
      })
      assert.equal(texts(answer, 'text')[0], "'; drop table x --")
      assert.equal(numbers(answer, 'n')[0], 0.1)
      assert.equal(numbers(answer, 'yes')[0], 1)
      assert.equal(texts(answer, 'none')[0], null)
      const lists = await tables.query('select unnest($ids) as id, unnest($at) as at', {
        ids: ['a', "b'"],
        at: Float64Array.of(1, 2),
      })
      assert.deepEqual(texts(lists, 'id'), ['a', "b'"])
      assert.deepEqual(numbers(lists, 'at'), Float64Array.of(1, 2))
    })

    it('questions asked at once do not see each other’s parameters', async t => {
      const tables = await open(t)
      const asked = Array.from({ length: 50 }, (_, i) => i)
      const answers = await Promise.all(asked.map(n => tables.query('select $n as n', { n })))
      assert.deepEqual(
        answers.map(answer => numbers(answer, 'n')[0]),
        asked,
      )
    })

    it('integers are exact up to 2^53 and refused beyond, decimals up to 15 digits', async t => {
      const tables = await open(t)
      const exact = await tables.query(
        "select 9007199254740991::bigint as big, 1234567890123.45::decimal(18, 2) as price, 'a'::varchar as a",
      )
      assert.equal(numbers(exact, 'big')[0], 9007199254740991)
      assert.equal(numbers(exact, 'price')[0], 1234567890123.45)
      for (const sql of [
        'select 9007199254740993::bigint as x',
        'select 123456789012345678.25::decimal(20, 2) as x',
        "select '2020-01-01 00:00:00.000000001'::timestamp_ns as x",
      ]) {
        await refuses(tables.query(sql), 'bad-data', /x/)
      }
    })

    it('instants are UTC milliseconds, dates their midnight, years 1 to 9999 exact', async t => {
      const tables = await open(t)
      const answer = await tables.query(`select timestamp '2013-03-01 00:00:00.123456' as a, date '2013-03-01' as b,
        timestamptz '2013-03-01 05:00:00+05' as c, timestamp '0001-01-01' as d, timestamp '9999-12-31 23:59:59' as e,
        time '10:30:00' as f`)
      const at = (name: string) => numbers(answer, name)[0]
      assert.equal(at('a'), 1362096000123.456)
      assert.equal(at('b'), Date.UTC(2013, 2, 1))
      assert.equal(at('c'), Date.UTC(2013, 2, 1))
      assert.equal(at('d'), Date.parse('0001-01-01T00:00:00Z'))
      assert.equal(at('e'), Date.parse('9999-12-31T23:59:59Z'))
      assert.equal(texts(answer, 'f')[0], '10:30:00')
    })

    it('what is written as Parquet is read back the same, and the same rows give the same bytes', async t => {
      const tables = await open(t)
      const folder = temporaryFolder(t)
      const sql =
        "select i as n, 'row ' || i as a, make_timestamp(i * 1000) as t, i % 2 = 0 as b from range(300000) r(i) order by i"
      const first = await tables.write(sql, join(folder, '1.parquet'))
      assert.deepEqual(first, { rows: 300_000 })
      await tables.write(sql, join(folder, '2.parquet'))
      assert.ok(readFileSync(join(folder, '1.parquet')).equals(readFileSync(join(folder, '2.parquet'))))
      await tables.read('back', join(folder, '1.parquet'), 'parquet')
      const back = await tables.query('select * from back limit 3')
      assert.deepEqual(
        back.columns.map(({ name, kind }) => `${name} ${kind}`),
        ['n number', 'a text', 't time', 'b boolean'],
      )
      const same = await tables.query(`select count(*) as n from (${sql}) join back using (n, a, t, b)`)
      assert.equal(numbers(same, 'n')[0], 300_000)
    })

    it('CSV with mark, CRLF, quoted line ends, quoted delimiters and empty fields is read as it is meant', async t => {
      const tables = await open(t)
      await read(t, tables, '\uFEFFid,note,amount\r\n1,"two\r\nlines",1.5\r\n2,"a ""b"", c",\r\n\r\n3,,2\r\n')
      const answer = await tables.query('select * from input')
      assert.deepEqual(numbers(answer, 'id'), Float64Array.of(1, 2, 3))
      assert.deepEqual(texts(answer, 'note'), ['two\r\nlines', 'a "b", c', null])
      assert.deepEqual(numbers(answer, 'amount'), Float64Array.of(1.5, Number.NaN, 2))
    })

    it('semicolons and tabs delimit too, a single column needs none, a header alone is a table without rows', async t => {
      const tables = await open(t)
      await read(t, tables, 'a;b\n1,5;x\n')
      assert.deepEqual(texts(await tables.query('select * from input'), 'b'), ['x'])
      await read(t, tables, 'a\tb\n1\t2\n')
      assert.deepEqual(numbers(await tables.query('select * from input'), 'b'), Float64Array.of(2))
      await read(t, tables, 'only\n1\n2\n')
      assert.deepEqual(numbers(await tables.query('select * from input'), 'only'), Float64Array.of(1, 2))
      await read(t, tables, 'a,b\n')
      assert.equal((await tables.query('select * from input')).rows, 0)
    })

    it('one text among numbers makes the column text, wherever it stands', async t => {
      const tables = await open(t)
      await read(t, tables, `a,b\n${'1,2\n'.repeat(30_000)}1,x\n`)
      assert.equal(column(await tables.query('select b from input limit 1'), 'b').kind, 'text')
    })

    for (const [title, text, place] of [
      ['a row with too few fields', 'a,b,c\n1,2,3\n4,5\n6,7,8\n', 'input.csv:3:1'],
      ['a row with too many fields', 'a,b\n1,2\n1,2,3\n', 'input.csv:3:1'],
      ['a ragged row after a field of two lines', 'a,b\n"x\ny",1\n2\n', 'input.csv:4:1'],
      ['a quote that is never closed', 'a,b\n1,2\n3,"x\n4,5\n', 'input.csv:3:3'],
      ['text after a closing quote', 'a,b\n"x"y,2\n', 'input.csv:2:4'],
      ['two columns of one name', 'a,b,A\n1,2,3\n', 'input.csv:1:3'],
      ['a column without a name', 'a,,c\n1,2,3\n', 'input.csv:1:2'],
      ['an empty file', '', 'input.csv:1:1'],
      ['Latin-1', Buffer.from('a,b\n1,caf\xe9\n', 'latin1'), 'input.csv:2:6'],
      ['UTF-16', Buffer.from('\uFEFFa,b\n', 'utf16le'), 'input.csv:1:1'],
      ['a zero byte', 'a,b\n1,\0\n', 'input.csv:2:3'],
    ] as const) {
      it(`${title} is refused with line and column`, async t => {
        const tables = await open(t)
        await assert.rejects(read(t, tables, text), (error: unknown) => {
          assert.ok(error instanceof FalconerError, String(error))
          assert.equal(error.code, 'bad-data')
          assert.equal(error.findings[0]?.at, place, error.message)
          return true
        })
      })
    }

    it('JSON lines are read with the types of their values', async t => {
      const tables = await open(t)
      await read(t, tables, '{"id":"a","n":1,"ok":true}\n{"id":"b","n":null}\n\n{"id":"c","n":2.5}\n', 'jsonl')
      const answer = await tables.query('select * from input')
      assert.deepEqual(texts(answer, 'id'), ['a', 'b', 'c'])
      assert.deepEqual(numbers(answer, 'n'), Float64Array.of(1, Number.NaN, 2.5))
      assert.equal(column(answer, 'ok').kind, 'boolean')
    })

    for (const [title, text, place] of [
      ['half an object', '{"a":1}\n{"a":2\n{"a":3}\n', 'input.jsonl:2:'],
      ['a list', '{"a":1}\n[1]\n', 'input.jsonl:2:1'],
      ['two types in a column', '{"a":1}\n{"a":"x"}\n', 'input.jsonl:2:1'],
      ['an empty file', '', 'input.jsonl:1:1'],
    ] as const) {
      it(`JSON lines with ${title} are refused with the line`, async t => {
        const tables = await open(t)
        await assert.rejects(read(t, tables, text, 'jsonl'), (error: unknown) => {
          assert.ok(error instanceof FalconerError, String(error))
          assert.equal(error.code, 'bad-data')
          assert.ok(error.findings[0]?.at.startsWith(place), `${error.findings[0]?.at} ${error.message}`)
          return true
        })
      })
    }

    it('a file that is no Parquet is refused', async t => {
      const tables = await open(t)
      await refuses(read(t, tables, 'PAR1 but not really', 'parquet'), 'bad-data', /input\.parquet/)
    })

    it('a file with brackets and stars in its name is that file, not a pattern', async t => {
      const tables = await open(t)
      const path = join(temporaryFolder(t), "a[1]*'.csv")
      writeFileSync(path, 'x\n5\n')
      await tables.read('odd name', path, 'csv')
      assert.deepEqual(numbers(await tables.query('select x from "odd name"'), 'x'), Float64Array.of(5))
    })

    it('a file is read batch by batch, in order, as often as wanted and several at once', async t => {
      const tables = await open(t)
      const path = join(temporaryFolder(t), 'rows.parquet')
      await tables.write("select i as n, 'row ' || i as a, i % 2 = 0 as b from range(50000) r(i) order by i", path)
      const file = await tables.scan(path, 'parquet')
      assert.equal(file.rows, 50_000)
      assert.deepEqual(
        file.columns.map(({ name, kind }) => `${name} ${kind}`),
        ['n number', 'a text', 'b boolean'],
      )
      let seen = 0
      for await (const batch of file.batches({ batchRows: 3000 })) {
        assert.ok(batch.rows <= 3000 + 2048)
        const n = numbers(batch, 'n')
        for (let i = 0; i < n.length; i++) assert.equal(n[i], seen + i)
        assert.equal(texts(batch, 'a')[0], `row ${seen}`)
        // Another reading in between, given up after its first batch.
        for await (const other of file.batches({ columns: ['b'] })) {
          assert.deepEqual(
            other.columns.map(({ name }) => name),
            ['b'],
          )
          break
        }
        seen += batch.rows
      }
      assert.equal(seen, 50_000)
    })

    it('batches of CSV and JSON lines have the types of all rows', async t => {
      const tables = await open(t)
      const folder = temporaryFolder(t)
      const csv = join(folder, 'a.csv')
      writeFileSync(csv, `when,x,s\n${'2013-03-01,1,a\n'.repeat(30_000)}2013-03-02,2.5,"b, c"\n,,\n`)
      const file = await tables.scan(csv, 'csv')
      assert.equal(file.rows, 30_002)
      const all = await collect(file.batches())
      assert.deepEqual(
        all[0]!.columns.map(({ name, kind }) => `${name} ${kind}`),
        ['when time', 'x number', 's text'],
      )
      assert.deepEqual(numbers(all.at(-1)!, 'when').slice(-2), Float64Array.of(Date.UTC(2013, 2, 2), Number.NaN))
      assert.deepEqual(numbers(all.at(-1)!, 'x').slice(-3), Float64Array.of(1, 2.5, Number.NaN))
      assert.deepEqual(texts(all.at(-1)!, 's').slice(-3), ['a', 'b, c', null])
      const lines = join(folder, 'a.jsonl')
      writeFileSync(lines, '{"x":1,"s":"a"}\n{"x":2.5,"s":null}\n')
      const [batch] = await collect((await tables.scan(lines, 'jsonl')).batches())
      assert.deepEqual(numbers(batch!, 'x'), Float64Array.of(1, 2.5))
      assert.deepEqual(texts(batch!, 's'), ['a', null])
    })

    it('a header alone has no batches; a file that cannot be read is refused when it is opened', async t => {
      const tables = await open(t)
      const folder = temporaryFolder(t)
      for (const [name, content, format] of [
        ['ragged.csv', 'a,b\n1,2\n3\n', 'csv'],
        ['half.jsonl', '{"a":1}\n{"a":\n', 'jsonl'],
        ['mixed.jsonl', '{"a":1}\n{"a":"x"}\n', 'jsonl'],
        ['no.parquet', 'PAR1 but not really', 'parquet'],
      ] as const) {
        writeFileSync(join(folder, name), content)
        await refuses(tables.scan(join(folder, name), format), 'bad-data', new RegExp(name))
      }
      writeFileSync(join(folder, 'empty.csv'), 'a,b\n')
      const file = await tables.scan(join(folder, 'empty.csv'), 'csv')
      assert.equal(file.rows, 0)
      assert.deepEqual(await collect(file.batches()), [])
    })

    it('batches round what has no exact double; what is no number, time or text has no kind', async t => {
      const tables = await open(t)
      const path = join(temporaryFolder(t), 'large.parquet')
      await tables.write(
        "select 9007199254740993::bigint as id, 123456789012345678.25::decimal(20, 2) as price, 'x'::blob as raw",
        path,
      )
      const file = await tables.scan(path, 'parquet')
      assert.equal(file.columns[2]!.kind, undefined)
      const [batch] = await collect(file.batches())
      assert.deepEqual(
        batch!.columns.map(({ name }) => name),
        ['id', 'price'],
      )
      assert.equal(numbers(batch!, 'id')[0], 2 ** 53)
      assert.equal(numbers(batch!, 'price')[0], 123456789012345680)
    })

    it('SQL that cannot run says where, and changes nothing', async t => {
      const tables = await open(t)
      await refuses(tables.query('select nonsense from nowhere'), 'bad-query', /nowhere/)
      await refuses(tables.query('select 1; select 2'), 'bad-query', /./)
      assert.equal((await tables.query('select 1 as x')).rows, 1)
    })
  })
}

async function collect(batches: AsyncIterable<Table>): Promise<Table[]> {
  const all: Table[] = []
  for await (const batch of batches) all.push(batch)
  return all
}

async function read(
  t: TestContext,
  tables: Tables,
  content: string | Buffer,
  format: 'csv' | 'jsonl' | 'parquet' = 'csv',
): Promise<void> {
  const path = join(temporaryFolder(t), `input.${format}`)
  writeFileSync(path, content)
  await tables.read('input', path, format)
}

async function refuses(promise: Promise<unknown>, code: string, message: RegExp): Promise<void> {
  await assert.rejects(promise, (error: unknown) => {
    assert.ok(error instanceof FalconerError, String(error))
    assert.equal(error.code, code, error.message)
    assert.match(error.message, message)
    return true
  })
}
