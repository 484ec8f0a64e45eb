/**
 * Jobs on disk: a folder each, with what was asked (`spec.json`) and where it stands (`state.json`). Files are replaced
 * as a whole, and synced where the change must not be lost.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { mkdir, open, rename } from 'node:fs/promises'
import { join } from 'node:path'
import { asFalconerError } from '../base/errors.ts'
import { sha256 } from '../base/hash.ts'
import type { JobSpec, JobStatus } from '../base/ports.ts'
import type { ProcessName } from './processes.ts'

export interface JobState extends JobStatus {
  /** Process of the running attempt. */
  readonly process?: ProcessName
  /** Real time at which the running attempt was last seen alive. */
  readonly seenAt?: number
  /** Attempts that ended in a crash of the job itself. */
  readonly crashes: number
  /** Attempts that the platform did not survive. */
  readonly lost: number
}

export interface Job {
  readonly spec: JobSpec
  readonly dir: string
  state: JobState
  /** Done when all changes so far are on disk. */
  saved: Promise<void>
  /** Changes that are being written. */
  saving: number
}

export interface JobFiles {
  /** All jobs there are, in no order. */
  load(): Job[]
  /** Durable when it resolves. */
  create(spec: JobSpec, state: JobState): Promise<Job>
  /** Replaces the state on disk, in the order of the calls; `sync` where it must survive a power cut. */
  save(job: Job, state: JobState, sync: boolean): Promise<void>
  resultPath(job: Job, attempt: number): string
  logPath(job: Job): string
  /** Removes what an ended job no longer needs: its result and log are blobs. */
  tidy(job: Job): void
}

export function jobFiles(dir: string): JobFiles {
  mkdirSync(dir, { recursive: true })

  return {
    load() {
      return readdirSync(dir).flatMap(name => {
        const folder = join(dir, name)
        // Without a state the submission was not answered: nobody counts on it.
        if (!existsSync(join(folder, 'state.json'))) {
          rmSync(folder, { recursive: true, force: true })
          return []
        }
        const read = (file: string) => JSON.parse(readFileSync(join(folder, file), 'utf8'))
        return [
          { spec: read('spec.json'), state: read('state.json'), dir: folder, saved: Promise.resolve(), saving: 0 },
        ]
      })
    },

    async create(spec, state) {
      // Ids contain slashes and may be long; their digest does not.
      const job = { spec, state, dir: join(dir, sha256(spec.id).slice(0, 32)), saved: Promise.resolve(), saving: 0 }
      await mkdir(job.dir, { recursive: true })
      await replace(join(job.dir, 'spec.json'), spec, true)
      await replace(join(job.dir, 'state.json'), state, true)
      await syncDirectory(dir)
      return job
    },

    save(job, state, sync) {
      job.saving += 1
      const turn = job.saved.then(() => replace(join(job.dir, 'state.json'), state, sync))
      // One that failed was told to its caller and does not hold up the next.
      job.saved = turn
        .catch(() => undefined)
        .then(() => {
          job.saving -= 1
        })
      return turn
    },
    resultPath: (job, attempt) => join(job.dir, `result-${attempt}`),
    logPath: job => join(job.dir, 'log'),

    tidy(job) {
      for (const name of readdirSync(job.dir)) {
        if (name !== 'spec.json' && name !== 'state.json') rmSync(join(job.dir, name), { recursive: true, force: true })
      }
    },
  }
}

let written = 0

async function replace(path: string, value: unknown, sync: boolean): Promise<void> {
  written += 1
  const temporary = `${path}.${written}`
  try {
    const handle = await open(temporary, 'w')
    try {
      await handle.writeFile(JSON.stringify(value))
      if (sync) await handle.sync()
    } finally {
      await handle.close()
    }
    await rename(temporary, path)
    if (sync) await syncDirectory(join(path, '..'))
  } catch (thrown) {
    rmSync(temporary, { force: true })
    throw asFalconerError(thrown)
  }
}

async function syncDirectory(dir: string): Promise<void> {
  const handle = await open(dir, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}
