/** `falconer estimate REFERENCE CURRENT`: how a model does on rows whose outcomes have not come yet. */

import type { Reconciled, TrackRecord } from '../../estimate/reconcile.ts'
import { reconcile } from '../../estimate/reconcile.ts'
import { random } from '../../numeric/random.ts'
import { type Chunk, type ChunkFlags, chunked } from '../estimate/chunks.ts'
import { type EstimateRequest, estimateChunks } from '../estimate/estimateChunks.ts'
import { readTable } from '../files.ts'
import { columnOf } from '../metrics/columnValues.ts'
import { figure, print, say, rows as table, usage } from '../terminal.ts'
import type { Tools } from '../tools.ts'

interface EstimateFlags extends EstimateRequest, ChunkFlags {
  readonly json: boolean
  readonly seed: number
}

/** One line of the answer: a metric of a chunk. */
interface EstimatedChunk extends Omit<Reconciled, 'error'>, Chunk {
  /** Number of the chunk, from 0. */
  readonly chunk: number
}

export async function estimate(
  reference: string,
  current: string,
  flags: EstimateFlags,
  tools: Tools,
): Promise<number> {
  const { threshold, features } = flags
  if (threshold !== undefined && !(threshold >= 0 && threshold <= 1)) {
    throw usage(`--threshold is ${threshold}.`, 'Give a probability from which a row is answered 1.')
  }
  const files = { reference, current }
  const given = {
    reference: await readTable(reference, tools.openTables),
    current: await readTable(current, tools.openTables),
  }
  columnOf(given.reference, flags.label, reference)
  for (const name of features ?? []) {
    columnOf(given.reference, name, reference)
    columnOf(given.current, name, current)
  }
  const cut = chunked(given, files, flags)
  const { estimates, notes } = await estimateChunks(cut, files, flags, random(flags.seed))
  const { rows, records } = reconcile(
    estimates.map(({ estimate: one, outcome }) => ({
      estimate: one,
      realised: outcome.realised.value ?? null,
      labelled: outcome.labelled,
    })),
  )
  const lines = rows.map(({ error: _, ...row }, i): EstimatedChunk => {
    const { chunk } = estimates[i]!
    return { ...row, chunk, ...cut.chunks[chunk]! }
  })
  // What earlier windows say is told once per metric; here stands what is wrong with the rows of a chunk themselves.
  const doubts = new Set(estimates.flatMap(({ estimate: one }) => (one.reason === null ? [] : [one.reason])))
  for (const note of [...cut.notes, ...notes]) say(`note: ${note}`)
  print(flags, lines, () => [...verdict(lines, records), ...doubts, ...chunkTable(lines)])
  return 0
}

/** What is wrong first; then how far it can be trusted. */
function verdict(lines: readonly EstimatedChunk[], records: readonly TrackRecord[]): string[] {
  const metrics = [...new Set(lines.map(({ metric }) => metric))]
  const alarms = metrics.flatMap(metric => {
    const of = lines.filter(line => line.metric === metric && line.alarm !== null)
    if (of.length === 0) return []
    const [realised, estimated] = (['realised', 'estimated'] as const).map(source =>
      of.filter(({ alarm }) => alarm === source).map(({ chunk }) => chunk),
    )
    const parts = [
      realised!.length > 0 ? `realised in ${chunks(realised!)}` : '',
      estimated!.length > 0 ? `estimated in ${chunks(estimated!)}` : '',
    ]
    return [`${metric} is out of its limits: ${parts.filter(part => part !== '').join(', ')}.`]
  })
  const judged = lines.filter(({ limits, estimated }) => limits !== null && estimated !== null)
  const calm =
    judged.length === 0
      ? 'There is nothing to compare with limits.'
      : `No alarm: ${metrics.join(', ')} within limits in ${chunks([...new Set(judged.map(({ chunk }) => chunk))])}.`
  const track = records
    .filter(({ matured }) => matured > 0)
    .map(({ metric, matured, covered, meanAbsoluteError, reliable }) => {
      const said = `${metric}: ${covered} of ${matured} realised values lie within the interval of their estimate`
      const error = `mean error ${figure(meanAbsoluteError)}`
      return reliable ? `${said}, ${error}.` : `${said}, ${error}: its estimates are not reliable.`
    })
  return [...(alarms.length > 0 ? alarms : [calm]), ...track]
}

function chunks(numbers: readonly number[]): string {
  if (numbers.length === 1) return `chunk ${numbers[0]}`
  return numbers.length > 8 ? `${numbers.length} chunks` : `chunks ${numbers.join(', ')}`
}

function chunkTable(lines: readonly EstimatedChunk[]): string[] {
  return table(
    ['metric', 'chunk', 'from', 'rows', 'estimated', 'lower', 'upper', 'realised', 'limits', 'verdict'],
    lines.map(line => [
      line.metric,
      line.chunk,
      line.start ?? line.from,
      line.rows,
      line.estimated,
      line.lower,
      line.upper,
      line.realised,
      line.limits ? `${figure(line.limits.lower)} to ${figure(line.limits.upper)}` : undefined,
      said(line),
    ]),
  )
}

function said({ alarm, direction, reliable, estimated, realised, provisional }: EstimatedChunk): string {
  if (estimated === null) return 'no estimate'
  return [
    alarm ? `${alarm} ${direction}` : direction === 'better' ? 'better' : 'within',
    ...(realised !== null && provisional ? ['realised of few outcomes yet'] : []),
    ...(reliable ? [] : ['unreliable']),
  ].join(', ')
}
