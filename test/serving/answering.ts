/** A program that predicts until it is killed, and says each key once it was answered. Argument: its data folder. */
import { writeSync } from 'node:fs'
import { join } from 'node:path'
import { fileBlobs } from '../../src/blobs/fileBlobs.ts'
import { openPredictionLog } from '../../src/store/predictionLog.ts'
import { openRecords } from '../../src/store/records.ts'
import { at, testPlatform } from './platform.ts'

const folder = process.argv[2]!
const now = Date.now
const platform = testPlatform({
  records: openRecords(join(folder, 'records.sqlite'), { now }),
  log: openPredictionLog(join(folder, 'log.sqlite'), { now }),
  blobs: fileBlobs(join(folder, 'blobs')),
})
if (!(await platform.records.get('endpoint', 'flights/late'))) {
  await platform.serve(
    await platform.route('live', '1.0.0', 'columns'),
    await platform.route('canary', '1.1.0', 'columns', 0.5),
  )
}
async function client(name: string): Promise<never> {
  for (let i = 0; ; i++) {
    const records = [0, 1, 2].map(row => ({ id: `${process.pid} ${name} ${i} ${row}`, carrier: 'UA', distance: i }))
    const answers = await platform.deploy.predict(at, { records }, `${name} ${i}`)
    writeSync(1, answers.map(answer => `${answer.id}\t${answer.output}\n`).join(''))
  }
}
await Promise.all(['a', 'b', 'c', 'd'].map(client))
