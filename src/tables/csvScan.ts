/**
 * Reads a CSV file byte by byte before the database does, for two things it does not promise: a place for every fault,
 * and that no row is skipped or padded. RFC 4180, and in addition: the delimiter may be `;`, tab or `|`, lines may end
 * in LF, CRLF or CR, empty lines are no rows, a UTF-8 byte order mark is passed over.
 */
import { createReadStream } from 'node:fs'
import { badPlace } from './reading.ts'

export interface CsvShape {
  readonly delimiter: string
  readonly header: readonly string[]
  /** Records after the header. */
  readonly rows: number
}

/** Longest record; what is longer is no table. */
const maxRecordBytes = 16 * 2 ** 20

const LF = 10
const CR = 13
const QUOTE = 34

type State = 'start of field' | 'plain' | 'quoted' | 'quote in quoted'

export async function scanCsv(path: string): Promise<CsvShape> {
  const first = await firstRecord(path)
  const delimiter = delimiterOf(first)
  const header = splitRecord(first, delimiter)
  checkHeader(path, header)
  const rows = (await countRecords(path, delimiter.charCodeAt(0), header.length)) - 1
  return { delimiter, header, rows }
}

function checkHeader(path: string, header: readonly string[]): void {
  const seen = new Map<string, number>()
  header.forEach((name, index) => {
    if (name.trim() === '') {
      throw badPlace(
        path,
        1,
        index + 1,
        `column ${index + 1} has no name`,
        'Give every column of the first line a name.',
      )
    }
    const before = seen.get(name.toLowerCase())
    if (before !== undefined) {
      throw badPlace(
        path,
        1,
        index + 1,
        `columns ${before + 1} and ${index + 1} are both named ${name}`,
        'Give every column of the first line a name of its own.',
      )
    }
    seen.set(name.toLowerCase(), index)
  })
}

/** Text of the first record that is not empty, without mark and line end. */
async function firstRecord(path: string): Promise<string> {
  const parts: Buffer[] = []
  let size = 0
  for await (const part of createReadStream(path, { end: maxRecordBytes })) {
    parts.push(part as Buffer)
    size += (part as Buffer).length
    if (size > 1 << 16 && (part as Buffer).includes(LF)) break
  }
  const bytes = Buffer.concat(parts)
  const mark = bytes.subarray(0, 3)
  if ((mark[0] === 0xff && mark[1] === 0xfe) || (mark[0] === 0xfe && mark[1] === 0xff)) {
    throw badPlace(path, 1, 1, 'the file is UTF-16', 'Save it as UTF-8.')
  }
  const start = mark[0] === 0xef && mark[1] === 0xbb && mark[2] === 0xbf ? 3 : 0
  let from = start
  while (from < bytes.length && (bytes[from] === LF || bytes[from] === CR)) from++
  let quoted = false
  let to = from
  for (; to < bytes.length; to++) {
    const byte = bytes[to]
    if (byte === QUOTE) quoted = !quoted
    else if (!quoted && (byte === LF || byte === CR)) break
  }
  if (to === from) throw badPlace(path, 1, 1, 'the file is empty', 'Send a file with a line of column names and rows.')
  return bytes.toString('utf8', from, to)
}

function delimiterOf(record: string): string {
  const bare = record.replaceAll(/"(?:[^"]|"")*"/g, '')
  let best = ','
  let most = 0
  for (const candidate of [',', ';', '\t', '|']) {
    const count = bare.split(candidate).length - 1
    if (count > most) {
      best = candidate
      most = count
    }
  }
  return best
}

function splitRecord(record: string, delimiter: string): string[] {
  const fields: string[] = []
  let field = ''
  let quoted = false
  for (let i = 0; i < record.length; i++) {
    const character = record[i]!
    if (character === '"') {
      if (quoted && record[i + 1] === '"') {
        field += '"'
        i++
      } else quoted = !quoted
    } else if (character === delimiter && !quoted) {
      fields.push(field)
      field = ''
    } else field += character
  }
  fields.push(field)
  return fields
}

/** 1 for each byte that ends no field, opens no quote and is a character of its own. */
function plainBytes(delimiter: number): Uint8Array {
  const plain = new Uint8Array(256).fill(1, 1, 0x80)
  for (const special of [LF, CR, QUOTE, delimiter]) plain[special] = 0
  return plain
}

/** Checks every record against the number of fields of the header; answers how many records there are. */
async function countRecords(path: string, delimiter: number, width: number): Promise<number> {
  let state: State = 'start of field'
  let line = 1
  let column = 0
  let records = 0
  let fields = 0
  let recordBytes = 0
  let recordLine = 1
  let quotedFrom = { line: 1, column: 1 }
  let previous = 0
  let continuation = 0

  const endRecord = () => {
    const empty = fields === 0 && state === 'start of field' && recordBytes === 0
    if (!empty || (width === 1 && records > 0 && recordBytes > 0)) {
      fields++
      if (fields !== width) {
        throw badPlace(
          path,
          recordLine,
          1,
          `the row has ${fields} ${fields === 1 ? 'field' : 'fields'}, the first line has ${width}`,
          'Correct the row; a field that holds the delimiter or a line end must be in double quotes.',
        )
      }
      records++
    }
    fields = 0
    recordBytes = 0
    state = 'start of field'
  }

  const checkLength = () => {
    if (recordBytes <= maxRecordBytes) return
    throw badPlace(
      path,
      recordLine,
      1,
      `the row is longer than ${maxRecordBytes >> 20} MiB`,
      'Check that its quotes are closed and its lines end.',
    )
  }

  const plain = plainBytes(delimiter)
  let offset = 0
  for await (const part of createReadStream(path, { highWaterMark: 1 << 20 })) {
    const bytes = part as Buffer
    for (let i = 0; i < bytes.length; i++, offset++) {
      const byte = bytes[i]!
      // Most bytes mean nothing but themselves: a run of them is passed over at once.
      if (plain[byte] === 1 && continuation === 0 && state !== 'quote in quoted') {
        let end = i + 1
        while (end < bytes.length && plain[bytes[end]!] === 1) end++
        column += end - i
        recordBytes += end - i
        offset += end - i - 1
        i = end - 1
        previous = byte
        if (state === 'start of field') state = 'plain'
        checkLength()
        continue
      }
      if (offset < 3 && byte === [0xef, 0xbb, 0xbf][offset] && bytes[0] === 0xef) continue
      if (byte === LF && previous === CR) {
        previous = byte
        if (state === 'quoted') recordBytes++
        continue
      }
      previous = byte
      if (byte >= 0x80 || continuation > 0 || byte === 0) continuation = checkUtf8(byte, continuation)
      if (byte >> 6 !== 2) column++
      if (state === 'quoted') {
        if (byte === QUOTE) state = 'quote in quoted'
        if (byte === LF || byte === CR) {
          line++
          column = 0
        }
        recordBytes++
      } else if (byte === LF || byte === CR) {
        endRecord()
        line++
        column = 0
        recordLine = line
        continue
      } else if (byte === delimiter) {
        fields++
        state = 'start of field'
        recordBytes++
      } else {
        if (byte === QUOTE) {
          if (state === 'plain') {
            throw badPlace(
              path,
              line,
              column,
              'a quote inside a field that does not begin with one',
              'Put the whole field in double quotes and double the quote inside.',
            )
          }
          if (state === 'start of field') quotedFrom = { line, column }
          state = 'quoted'
        } else if (state === 'quote in quoted') {
          throw badPlace(path, line, column, 'text after a closing quote', 'Double the quotes inside a quoted field.')
        } else state = 'plain'
        recordBytes++
      }
      checkLength()
    }
  }
  if (state === 'quoted') {
    throw badPlace(
      path,
      quotedFrom.line,
      quotedFrom.column,
      'the quote that opens here is never closed',
      'Close the quote, or double it inside a quoted field.',
    )
  }
  if (continuation > 0) throw badPlace(path, line, column, 'the file ends inside a character', 'Send the whole file.')
  if (recordBytes > 0) endRecord()
  return records

  function checkUtf8(byte: number, expected: number): number {
    if (expected > 0) {
      if (byte >> 6 === 2) return expected - 1
    } else if (byte >= 0xc2 && byte <= 0xdf) return 1
    else if (byte >= 0xe0 && byte <= 0xef) return 2
    else if (byte >= 0xf0 && byte <= 0xf4) return 3
    if (byte === 0) {
      throw badPlace(
        path,
        line,
        column + 1,
        'a zero byte; this is no text file',
        'Send CSV text, or Parquet as Parquet.',
      )
    }
    const at = expected > 0 ? column : column + 1
    throw badPlace(path, line, at, 'this character is not UTF-8', 'Save the file as UTF-8.')
  }
}
