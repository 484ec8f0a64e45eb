/** `falconer init FILE`: a first falconer.yaml and features.sql for a table that the user has, to be read and corrected. */
import { copyFileSync, existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { basename, join, resolve } from 'node:path'
import type { Column } from '../../base/table.ts'
import { type ColumnSummary, proposeProject } from '../../loop/proposeProject.ts'
import { readTable } from '../files.ts'
import { print, say, usage } from '../terminal.ts'
import type { Tools } from '../tools.ts'

interface InitOptions {
  readonly json: boolean
  readonly label?: string
  readonly id?: string
  readonly time?: string
  readonly project?: string
  readonly folder: string
  readonly force: boolean
}

export async function init(file: string, options: InitOptions, tools: Tools): Promise<number> {
  const { folder, label, id, time, project } = options
  const paths = ['falconer.yaml', 'features.sql'].map(name => join(folder, name))
  const there = paths.find(existsSync)
  if (there !== undefined && !options.force) {
    throw usage(`${there} is there already.`, 'Give another --folder, or --force to replace it.')
  }
  const table = await readTable(file, tools.openTables)
  const proposal = proposeProject(
    { file: basename(file), rows: table.rows, columns: table.columns.map(summaryOf) },
    {
      ...(id !== undefined && { id }),
      ...(time !== undefined && { time }),
      ...(label !== undefined && { label }),
      ...(project !== undefined && { project }),
    },
  )
  mkdirSync(folder, { recursive: true })
  writeFileSync(paths[0]!, proposal.yaml)
  writeFileSync(paths[1]!, proposal.query)
  const beside = join(folder, basename(file))
  if (resolve(beside) !== resolve(file)) copyFileSync(file, beside)
  for (const note of proposal.notes) say(`note: ${note}`)
  const inFolder = folder === '.' ? '' : ` ${folder}`
  print(options, { files: paths, notes: proposal.notes }, () => [
    ...paths.map(path => `wrote ${path}`),
    `next: read them, then falconer apply${inFolder}`,
  ])
  return 0
}

function summaryOf(column: Column): ColumnSummary {
  const { name, kind } = column
  if (kind === 'text') {
    const present = column.values.filter(value => value !== null)
    return { name, kind, distinct: new Set(present).size, missing: column.values.length - present.length }
  }
  const present = column.values.filter(value => !Number.isNaN(value))
  const missing = column.values.length - present.length
  const counts = { name, kind, distinct: new Set(present).size, missing }
  if (kind !== 'number' || present.length === 0) return counts
  let min = Number.POSITIVE_INFINITY
  let max = Number.NEGATIVE_INFINITY
  for (const value of present) {
    min = Math.min(min, value)
    max = Math.max(max, value)
  }
  return { ...counts, whole: present.every(Number.isInteger), min, max }
}
