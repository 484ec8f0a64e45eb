/** Entry of a helper thread of the trainer. */
import { workerData } from 'node:worker_threads'
import { type HelpData, help } from '../learn/threads.ts'

// The only sender is `trainerThreads`.
help(workerData as HelpData)
