/** `falconer predict` and `falconer outcomes`. */
import { readFileSync } from 'node:fs'
import { place } from '../project.ts'
import { connect, type ServerFlags } from '../settings.ts'
import { print, rows, usage } from '../terminal.ts'

interface InProject extends ServerFlags {
  readonly project?: string
  readonly json: boolean
}

interface Answer {
  readonly id: string
  readonly output: number
  readonly decision?: boolean
  readonly version: string
  readonly route: string
}

interface Receipt {
  readonly id: string
  readonly status: string
  readonly reason?: string
}

export async function predict(ids: readonly string[], options: InProject & { records?: string }): Promise<number> {
  if (ids.length > 0 === (options.records !== undefined)) {
    throw usage('Nothing says what to predict.', 'Give ids, or --records FILE, and not both.')
  }
  const question = options.records === undefined ? { entities: ids } : { records: readLines(options.records) }
  const client = connect(options)
  const { endpoint } = await place(client, options.project)
  const answer = await client.post<{ predictions: Answer[] }>(`${endpoint}/predict`, question)
  // Only versions with a threshold decide.
  const decides = answer.predictions.some(({ decision }) => decision !== undefined)
  print(options, answer, () =>
    rows(
      ['id', 'output', ...(decides ? ['decision'] : []), 'version', 'route'],
      answer.predictions.map(({ id, output, decision, version, route }) => [
        id,
        output,
        ...(decides ? [decision === undefined ? '' : decision ? 'yes' : 'no'] : []),
        version,
        route,
      ]),
    ),
  )
  return 0
}

export async function outcomes(pairs: readonly string[], options: InProject & { file?: string }): Promise<number> {
  if (pairs.length > 0 === (options.file !== undefined)) {
    throw usage('Nothing says which outcomes to send.', 'Give id=value pairs, or --file FILE, and not both.')
  }
  const given = options.file === undefined ? pairs.map(pair) : readLines(options.file)
  const client = connect(options)
  const { endpoint } = await place(client, options.project)
  const answer = await client.post<{ receipts: Receipt[] }>(`${endpoint}/outcomes`, { outcomes: given })
  print(options, answer, () =>
    rows(
      ['id', 'status', 'reason'],
      answer.receipts.map(({ id, status, reason }) => [id, status, reason]),
    ),
  )
  return answer.receipts.some(({ status }) => status === 'rejected') ? 1 : 0
}

function pair(text: string): { id: string; value: number | 'void' } {
  const at = text.lastIndexOf('=')
  const value = text.slice(at + 1)
  if (at > 0 && value === 'void') return { id: text.slice(0, at), value }
  if (at > 0 && value !== '' && Number.isFinite(Number(value))) return { id: text.slice(0, at), value: Number(value) }
  throw usage(`${text} is no outcome.`, 'Write id=value, where value is a number or void.')
}

function readLines(path: string): unknown[] {
  const text = readFileSync(path === '-' ? 0 : path, 'utf8')
  return text.split('\n').flatMap((line, i) => {
    if (line.trim() === '') return []
    try {
      return [JSON.parse(line)]
    } catch {
      throw usage(`${path}, line ${i + 1} is not JSON.`, 'Write one JSON object a line.')
    }
  })
}
