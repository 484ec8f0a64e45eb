/** `falconer apply`: sends falconer.yaml, its query and its data files to the server. */
import { existsSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { parseDocument } from 'yaml'
import type { ProjectConfig } from '../../loop/project.ts'
import type { DatasetVersion, Project } from '../../loop/records.ts'
import type { Client } from '../client.ts'
import { uploadType } from '../files.ts'
import { connect, type ServerFlags } from '../settings.ts'
import { figure, print, usage } from '../terminal.ts'

export interface Applied {
  readonly project: string
  readonly changes: readonly string[]
  readonly datasets: readonly DatasetVersion[]
}

export async function apply(folder: string, options: ServerFlags & { json: boolean }): Promise<number> {
  const client = connect(options)
  const applied = await applyFolder(client, folder)
  print(options, applied, () => [
    ...(applied.changes.length > 0 ? applied.changes : ['nothing to change']),
    ...applied.datasets.flatMap(found),
  ])
  return 0
}

export async function applyFolder(client: Client, folder: string): Promise<Applied> {
  const { project, yaml, query } = readProject(folder)
  const path = `/v1/projects/${encodeURIComponent(project)}`
  const { body } = await client.ask<{ changes: string[] }>('PUT', path, { yaml, query })
  const { config } = await client.get<Project>(path)
  const datasets: DatasetVersion[] = []
  for (const [name, file] of files(config)) {
    const full = join(folder, file)
    if (!existsSync(full))
      throw usage(
        `${full}, which dataset ${name} names, is not there.`,
        'Put the file there, or correct file: in falconer.yaml.',
      )
    const upload = { bytes: readFileSync(full), type: uploadType(full) }
    const to = `${path}/datasets/${encodeURIComponent(name)}/versions?name=${encodeURIComponent(file)}`
    datasets.push((await client.ask<DatasetVersion>('POST', to, undefined, { upload })).body)
  }
  return { project, changes: body.changes, datasets }
}

/** What a version holds and what its contract found, in lines. */
export function found(version: DatasetVersion): string[] {
  const { dataset, version: number, rows, contract, blankedCells, quarantined } = version
  const notes = [
    ...(blankedCells > 0 ? [`${blankedCells} cells blanked`] : []),
    ...(quarantined.rows > 0 ? [`${quarantined.rows} rows in quarantine`] : []),
  ]
  const breached = contract
    .filter(({ status, failingRows }) => status === 'breached' || failingRows > 0)
    .map(({ check, then, failingRows, failingShare, examples }) => {
      const example = examples[0] ? `, for example ${examples[0].key}: ${examples[0].value}` : ''
      return `  ${check} (${then}): ${failingRows} rows, ${figure(100 * failingShare, 2)} %${example}`
    })
  return [`${dataset} version ${number}: ${rows} rows${notes.length > 0 ? `; ${notes.join(', ')}` : ''}`, ...breached]
}

/** The datasets that have a file, those that others refer to first, so that references can be checked. */
function files(config: ProjectConfig): [string, string][] {
  const refersTo = (name: string): string[] =>
    config.datasets[name]!.contract.flatMap(({ rule }) => (rule.kind === 'refers to' ? [rule.dataset] : []))
  const order: string[] = []
  const visit = (name: string): void => {
    if (order.includes(name) || !config.datasets[name]) return
    for (const other of refersTo(name)) if (other !== name && !refersTo(other).includes(name)) visit(other)
    order.push(name)
  }
  for (const name of Object.keys(config.datasets)) visit(name)
  return order.flatMap(name => {
    const { file } = config.datasets[name]!
    return file === undefined ? [] : [[name, file] as [string, string]]
  })
}

/** Only what must be known to send it; the server reads and checks the file. */
function readProject(folder: string): { project: string; yaml: string; query: string } {
  const path = join(folder, 'falconer.yaml')
  if (!existsSync(path) || !statSync(path).isFile()) {
    throw usage(
      `There is no falconer.yaml in ${folder}.`,
      'Write one with falconer init FILE, or name the folder: falconer apply FOLDER.',
    )
  }
  const yaml = readFileSync(path, 'utf8')
  const document = parseDocument(yaml)
  const project = document.get('project')
  const query = document.getIn(['data', 'query'])
  const isFile = typeof query === 'string' && /^[\w./-]+\.sql$/.test(query)
  if (isFile && !existsSync(join(folder, query))) {
    throw usage(`${join(folder, query)}, which falconer.yaml names as its query, is not there.`, 'Put the query there.')
  }
  return {
    // Where the name is missing the server says so, with the line.
    project: typeof project === 'string' && project !== '' ? project : 'unnamed',
    yaml,
    query: isFile ? readFileSync(join(folder, query), 'utf8') : '',
  }
}
