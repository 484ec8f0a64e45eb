import { join } from 'node:path'
import { memoryPredictionLog, openPredictionLog } from '../../src/store/predictionLog.ts'
import { predictionLogContract } from './predictionLog.ts'
import { temporaryFolder } from './temporaryFolder.ts'

predictionLogContract('prediction log in a file', (t, now) => {
  const log = openPredictionLog(join(temporaryFolder(t), 'predictions.sqlite'), { now })
  t.after(() => log.close())
  return log
})

predictionLogContract('prediction log in memory', (t, now) => {
  const log = memoryPredictionLog({ now })
  t.after(() => log.close())
  return log
})
