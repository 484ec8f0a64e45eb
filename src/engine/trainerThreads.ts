/** Threads of this process, lent to a trainer that shares its work. */
import { Worker } from 'node:worker_threads'
import type { Parallel } from '../learn/threads.ts'

/** `threads` in all, the caller's included; helpers start when a fit asks for them and end with it. */
export function trainerThreads(threads: number): Parallel {
  const entry = new URL(`./trainerThread.${import.meta.url.endsWith('.ts') ? 'ts' : 'js'}`, import.meta.url)
  return {
    threads,
    start(data) {
      const worker = new Worker(entry, { workerData: data })
      // A caller that dies of an error does not wait for its helpers.
      worker.unref()
      return { stop: () => void worker.terminate() }
    },
  }
}
