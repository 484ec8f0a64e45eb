/**
 * From a file to a dataset version: read → derive → judge by the contract → profile → Parquet and manifest → record.
 * A breach warns, empties the cell, keeps the row from training, or refuses the file; whatever is wrong with the file
 * itself is refused with its place. The same file under the same configuration is the version that is there.
 */

import { mkdtemp, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { FalconerError, type Finding } from '../base/errors.ts'
import { canonicalJson } from '../base/json.ts'
import { readJson } from '../base/jsonBlob.ts'
import type { Blobs, Digest, Stored, Tables } from '../base/ports.ts'
import { quoted } from '../base/sqlText.ts'
import type { CheckConfig, DatasetConfig } from '../loop/project.ts'
import { type DatasetVersion, type LoopRecords, ordinal, type SchemaColumn } from '../loop/records.ts'
import { type ColumnProfile, columnProfile } from '../statistics/profiles/profile.ts'
import { judge, loadReferences } from './judge.ts'
import { type ContentConfig, columnTypes, stage } from './stage.ts'
import { isOwnColumn, knownColumn } from './views.ts'

export type Format = 'parquet' | 'csv' | 'jsonl'

export interface ImportRequest {
  readonly project: string
  readonly dataset: string
  readonly config: DatasetConfig
  readonly file: { readonly path: string; readonly name: string; readonly format: Format }
  readonly actor: string
  readonly at: number
  /** Takes a file whose columns differ from those of the version before, under the same configuration. */
  readonly acceptSchema?: boolean
}

export interface ImportPlace {
  readonly records: LoopRecords
  readonly blobs: Blobs
  readonly openTables: () => Promise<Tables>
}

/** Everything that makes a version what it is; the digest of a version is the digest of this. */
interface Manifest {
  readonly falconer: 1
  readonly project: string
  readonly dataset: string
  readonly source: { readonly digest: Digest; readonly format: Format }
  readonly config: ContentConfig
  /** Versions that `refers to` checks looked at. */
  readonly references: readonly { readonly dataset: string; readonly digest: Digest }[]
  readonly content: Digest
  readonly rows: number
  readonly schema: readonly SchemaColumn[]
  readonly parent?: Digest
}

/** Errors: `bad-data`, `bad-config`, `bad-query`, `check-failed`, `too-large`, `stale` where two imports meet. */
export async function importDataset(place: ImportPlace, request: ImportRequest): Promise<Stored<DatasetVersion>> {
  const { records, blobs } = place
  const { project, dataset, file, at, actor } = request
  const { file: _, ...config } = request.config
  const source = await blobs.putFile(file.path)
  const references = await referenced(records, project, dataset, config.contract)
  const parent = await newestVersion(records, project, dataset)
  const before = parent && (await manifestOf(blobs, parent.body))
  const asked = {
    source: { digest: source, format: file.format },
    config,
    references: [...references].map(([name, { digest }]) => ({ dataset: name, digest })),
  }
  if (parent && before && canonicalJson(asked) === canonicalJson(pick(before))) return parent

  const tables = await place.openTables()
  const folder = await mkdtemp(join(tmpdir(), 'falconer-import-'))
  try {
    const path = await blobs.file(source)
    await renamed(path, file.name, () => tables.read('source', path, file.format))
    await stage(tables, dataset, config)
    await loadReferences(tables, blobs, config.contract, references)
    const judgement = await judge(tables, dataset, config, file.name)
    const { rows, profiles } = await profileColumns(tables)
    const schema = profiles.map(({ column: name, kind }) => ({ name, kind }))
    const sameConfig = before !== undefined && canonicalJson(before.config) === canonicalJson(config)
    if (parent && sameConfig && !request.acceptSchema) compareSchemas(parent.body, schema, file.name)
    const key = config.key.map(quoted).join(', ')
    const contentPath = join(folder, 'content.parquet')
    await tables.write(`from final order by ${key}${config.known === 'always' ? '' : `, ${knownColumn}`}`, contentPath)
    const content = await blobs.putFile(contentPath)
    const manifest: Manifest = {
      falconer: 1,
      project,
      dataset,
      ...asked,
      content,
      rows,
      schema,
      ...(parent ? { parent: parent.body.digest } : {}),
    }
    const digest = await blobs.put(Buffer.from(canonicalJson(manifest)))
    const version = (parent?.body.version ?? 0) + 1
    const body: DatasetVersion = {
      project,
      dataset,
      version,
      digest,
      source: { name: file.name, digest: source, sizeBytes: (await stat(path)).size },
      content,
      rows,
      schema,
      profile: await blobs.put(Buffer.from(JSON.stringify(profiles))),
      ...judgement,
      ...(parent ? { parent: parent.body.version } : {}),
      importedAt: at,
    }
    const id = versionId(project, dataset, version)
    await records.commit({
      at,
      actor,
      puts: [{ kind: 'dataset', id, body, expect: 'absent' }],
      audit: [
        {
          type: 'dataset.versioned',
          project,
          subject: id,
          data: {
            digest,
            source: source,
            rows,
            breached: body.contract.filter(({ status }) => status === 'breached').map(({ check }) => check),
            blankedCells: body.blankedCells,
            quarantined: body.quarantined.rows,
          },
        },
      ],
    })
    return (await records.get('dataset', id))!
  } finally {
    await tables.close()
    await rm(folder, { recursive: true, force: true })
  }
}

function versionId(project: string, dataset: string, version: number): string {
  return `${project}/${dataset}/${ordinal(version)}`
}

export async function newestVersion(
  records: LoopRecords,
  project: string,
  dataset: string,
): Promise<Stored<DatasetVersion> | undefined> {
  const page = await records.list('dataset', { prefix: `${project}/${dataset}/`, order: 'descending', limit: 1 })
  return page.items[0]
}

/** The configuration that a version was made under. */
export async function manifestOf(blobs: Blobs, version: DatasetVersion): Promise<Manifest> {
  return readJson<Manifest>(blobs, version.digest)
}

function pick({ source, config, references }: Manifest) {
  return { source, config, references }
}

/** Messages name the file as the user knows it. */
async function renamed(path: string, name: string, work: () => Promise<void>): Promise<void> {
  try {
    await work()
  } catch (error) {
    if (!(error instanceof FalconerError)) throw error
    const shown = (text: string) => text.replaceAll(path, name).replaceAll(basename(path), name)
    throw new FalconerError(error.code, shown(error.message), {
      fix: error.fix,
      findings: error.findings.map(({ at, text }) => ({ at: shown(at), text: shown(text) })),
      cause: error,
    })
  }
}

async function referenced(
  records: LoopRecords,
  project: string,
  dataset: string,
  contract: readonly CheckConfig[],
): Promise<ReadonlyMap<string, DatasetVersion>> {
  const versions = new Map<string, DatasetVersion>()
  for (const { rule } of contract) {
    if (rule.kind !== 'refers to' || rule.dataset === dataset || versions.has(rule.dataset)) continue
    const newest = await newestVersion(records, project, rule.dataset)
    if (!newest) {
      throw new FalconerError('conflict', `${dataset} refers to ${rule.dataset}, which has no version yet.`, {
        fix: `Import ${rule.dataset} first.`,
      })
    }
    versions.set(rule.dataset, newest.body)
  }
  return versions
}

/** Column by column, so that the server answers between them and holds one column at a time. */
async function profileColumns(tables: Tables): Promise<{ rows: number; profiles: readonly ColumnProfile[] }> {
  const profiles: ColumnProfile[] = []
  for (const name of (await columnTypes(tables, 'final')).keys()) {
    if (isOwnColumn(name)) continue
    const { columns } = await tables.query(`select ${quoted(name)} from final`)
    profiles.push(columnProfile(columns[0]!))
    await nextTurn()
  }
  return { rows: profiles[0]!.rows, profiles }
}

function compareSchemas(parent: DatasetVersion, schema: readonly SchemaColumn[], fileName: string): void {
  const findings = parent.schema.flatMap(({ name, kind }): Finding[] => {
    const now = schema.find(column => column.name === name)
    if (!now) return [{ at: name, text: `the column was there in version ${parent.version} and is gone` }]
    return now.kind === kind
      ? []
      : [{ at: name, text: `it was ${kind} in version ${parent.version} and is ${now.kind} now` }]
  })
  if (findings.length === 0) return
  throw new FalconerError('bad-data', `${fileName}: ${findings[0]!.at}: ${findings[0]!.text}.`, {
    findings,
    fix: 'Correct the file; or, where the change is meant, say so in the dataset’s entry of falconer.yaml (derive the column) and apply.',
  })
}
