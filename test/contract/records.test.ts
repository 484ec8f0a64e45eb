import { join } from 'node:path'
import { memoryRecords, openRecords } from '../../src/store/records.ts'
import { recordsContract } from './records.ts'
import { temporaryFolder } from './temporaryFolder.ts'

recordsContract('records in a file', (t, now) => {
  const records = openRecords(join(temporaryFolder(t), 'records.sqlite'), { now })
  t.after(() => records.close())
  return records
})

recordsContract('records in memory', (t, now) => {
  const records = memoryRecords({ now })
  t.after(() => records.close())
  return records
})
