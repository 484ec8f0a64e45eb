/**
 * Jobs as programs: `falconer job NAME --input FILE --result FILE`. A job needs the blob store and a folder for
 * temporary files, both named by its environment, and tells its progress as JSON lines on stdout.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { FalconerError } from './base/errors.ts'
import { canonicalJson } from './base/json.ts'
import { fileBlobs } from './blobs/fileBlobs.ts'
import { openFeatures } from './data/features.ts'
import { refitOnEverything, trainCandidate } from './model/trainCandidate.ts'
import type { TrainingInput } from './model/trainingInput.ts'
import { onnxRuntime } from './runtime/onnxRuntime.ts'
import { duckTables } from './tables/duckTables.ts'

const jobs = { train: trainCandidate, refit: refitOnEverything } as const

export async function runJob(name: string, files: { readonly input: string; readonly result: string }): Promise<void> {
  const blobFolder = process.env.FALCONER_BLOBS
  if (!(name in jobs) || !blobFolder) {
    throw new FalconerError('bad-input', `There is no job ${name}; the server starts train and refit by itself.`)
  }
  const blobs = fileBlobs(blobFolder)
  const input = JSON.parse(readFileSync(files.input, 'utf8')) as TrainingInput
  const folder = await mkdtemp(join(tmpdir(), 'falconer-job-'))
  const tables = await duckTables()
  const runtime = onnxRuntime()
  const source = await openFeatures(await duckTables(), {
    config: input.config,
    query: input.query,
    datasets: await Promise.all(
      input.datasets.map(async ({ name: dataset, content }) => ({ name: dataset, path: await blobs.file(content) })),
    ),
  })
  try {
    const place = { blobs, tables, folder, runtime, source, progress: tell }
    const result = await jobs[name as keyof typeof jobs](input, place)
    writeFileSync(files.result, canonicalJson(result))
  } catch (thrown) {
    process.stdout.write(`${JSON.stringify({ error: (thrown as Error).message })}\n`)
    throw thrown
  } finally {
    await Promise.all([source.close(), tables.close(), runtime.close()])
    await rm(folder, { recursive: true, force: true })
  }
}

function tell(share: number, text: string): void {
  process.stdout.write(`${JSON.stringify({ progress: share, text })}\n`)
}
