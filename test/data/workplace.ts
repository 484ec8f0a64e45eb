/** A project with its data stage on memory and temporary files. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { memoryBlobs } from '../../src/blobs/memoryBlobs.ts'
import { createData } from '../../src/data/data.ts'
import { parseProject } from '../../src/loop/projectFile.ts'
import type { DatasetVersion, LoopRecords } from '../../src/loop/records.ts'
import { memoryRecords } from '../../src/store/records.ts'
import { duckTables } from '../../src/tables/duckTables.ts'
import { temporaryFolder } from '../contract/temporaryFolder.ts'

export async function applyProject(
  records: LoopRecords,
  yaml: string,
  files: (name: string) => string | undefined = () => undefined,
): Promise<string> {
  const config = parseProject(yaml, files)
  const killSwitch = { on: false, by: '', reason: '' }
  const body = { name: config.project, config, yaml, query: config.data.query, appliedAt: 0, killSwitch }
  await records.commit({
    at: 0,
    actor: 'test',
    puts: [{ kind: 'project', id: config.project, body }],
    audit: [{ type: 'project.applied', project: config.project, subject: config.project }],
  })
  return config.project
}

export async function workplace(t: TestContext, yaml: string) {
  const folder = temporaryFolder(t)
  const records = memoryRecords({ now: () => 0 })
  const blobs = memoryBlobs(folder)
  const openTables = () => duckTables({ threads: 1 })
  const data = createData({ records, blobs, openTables, clock: { now: () => 5 } })
  t.after(async () => {
    await data.close()
    await records.close()
  })
  const project = await applyProject(records, yaml)
  return {
    records,
    blobs,
    data,
    project,
    apply: (text: string) => applyProject(records, text),
    async importText(dataset: string, text: string, name = `${dataset}.csv`): Promise<DatasetVersion> {
      const path = join(folder, 'upload')
      writeFileSync(path, text)
      const format = name.endsWith('.jsonl') ? 'jsonl' : 'csv'
      return (await data.importFile({ project, name: dataset }, { path, name, format }, 'me')).body
    },
  }
}
