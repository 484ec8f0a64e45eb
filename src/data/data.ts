/** The data stage: datasets come in as versions, and the feature query is answered over the newest of each. */

import { FalconerError } from '../base/errors.ts'
import { sha256Json } from '../base/hash.ts'
import { canonicalJson } from '../base/json.ts'
import { readJson } from '../base/jsonBlob.ts'
import type { Blobs, Clock, Stored, Tables } from '../base/ports.ts'
import { literal } from '../base/sqlText.ts'
import type { Table } from '../base/table.ts'
import type { DatasetConfig } from '../loop/project.ts'
import type { DatasetVersion, LoopRecords, Project } from '../loop/records.ts'
import type { ColumnProfile } from '../statistics/profiles/profile.ts'
import { type Features, openFeatures } from './features.ts'
import { type Format, importDataset, manifestOf, newestVersion } from './importDataset.ts'
import { isOwnColumn, quarantinedColumn, reasonsColumn } from './views.ts'

export interface DataParts {
  readonly records: LoopRecords
  readonly blobs: Blobs
  /** A scratch database, made anew at each call. */
  readonly openTables: () => Promise<Tables>
  readonly clock: Clock
}

interface DatasetPlace {
  readonly project: string
  readonly name: string
}

export interface Data {
  /** Imports a local file as the next version; the same file again is the version that is there. */
  importFile(
    dataset: DatasetPlace,
    file: { readonly path: string; readonly name: string; readonly format: Format },
    actor: string,
    options?: { readonly acceptSchema?: boolean },
  ): Promise<Stored<DatasetVersion>>
  newest(dataset: DatasetPlace): Promise<Stored<DatasetVersion> | undefined>
  profile(version: DatasetVersion): Promise<readonly ColumnProfile[]>
  /** Rows kept from training, in order of their key, each with `reasons`. */
  quarantine(
    version: DatasetVersion,
    limit: number,
    skip?: number,
  ): Promise<readonly Readonly<Record<string, unknown>>[]>
  /** The newest version of every dataset of the project that has one. */
  datasets(project: string): Promise<readonly DatasetVersion[]>
  features(project: string, ids: readonly string[], at: number): Promise<Table>
  /** The feature query over the newest versions; follows new versions and new queries by itself. */
  featuresFor(project: string): Omit<Features, 'columns' | 'close'>
  close(): Promise<void>
}

export function createData(parts: DataParts): Data {
  const { records, blobs, openTables, clock } = parts
  const open = new Map<string, { readonly question: string; readonly features: Promise<Features> }>()
  const current = new Set<string>()
  const imports = new Map<string, Promise<unknown>>()
  const unfollow = records.follow(entries => {
    for (const { project, type } of entries) {
      if (type.startsWith('dataset.') || type.startsWith('project.')) current.delete(project)
    }
  })

  async function projectOf(name: string): Promise<Project> {
    const project = await records.get('project', name)
    if (!project) throw new FalconerError('not-found', `There is no project ${name}.`)
    return project.body
  }

  async function datasets(project: string): Promise<DatasetVersion[]> {
    const { config } = await projectOf(project)
    const newest = await Promise.all(Object.keys(config.datasets).map(name => newestVersion(records, project, name)))
    return newest.flatMap(version => (version ? [version.body] : []))
  }

  async function opened(project: string): Promise<Features> {
    const before = open.get(project)
    if (before && current.has(project)) return before.features
    current.add(project)
    const { config } = await projectOf(project)
    const versions = await datasets(project)
    for (const version of versions) {
      const { config: imported } = await manifestOf(blobs, version)
      if (meaning(imported) !== meaning(config.datasets[version.dataset]!)) {
        current.delete(project)
        throw new FalconerError('conflict', `${version.dataset} was imported under an earlier falconer.yaml.`, {
          fix: `Import ${version.dataset} again: falconer apply does it.`,
        })
      }
    }
    const question = sha256Json({ data: config.data, versions: versions.map(({ digest }) => digest) })
    if (before?.question === question) return before.features
    const features = (async () => {
      const contents = versions.map(async ({ dataset, content }) => ({
        name: dataset,
        path: await blobs.file(content),
      }))
      const tables = await openTables()
      try {
        return await openFeatures(tables, { config, query: config.data.query, datasets: await Promise.all(contents) })
      } catch (error) {
        await tables.close()
        throw error
      }
    })()
    open.set(project, { question, features })
    features.catch(() => {
      open.delete(project)
      current.delete(project)
    })
    // What is still asked of the old one is answered before it closes.
    before?.features.then(old => old.close()).catch(() => {})
    return features
  }

  return {
    async importFile({ project, name }, file, actor, options = {}) {
      const config = (await projectOf(project)).config.datasets[name]
      if (!config) {
        throw new FalconerError('not-found', `Project ${project} has no dataset ${name}.`, {
          fix: 'Add it under datasets in falconer.yaml and apply.',
        })
      }
      // One after the other per project: a check may refer to another dataset's newest version.
      const before = imports.get(project) ?? Promise.resolve()
      const mine = before
        .catch(() => {})
        .then(() =>
          importDataset(
            { records, blobs, openTables },
            { project, dataset: name, config, file, actor, at: clock.now(), ...options },
          ),
        )
      imports.set(project, mine)
      return mine
    },
    newest: ({ project, name }) => newestVersion(records, project, name),
    async profile(version) {
      return readJson<readonly ColumnProfile[]>(blobs, version.profile)
    },
    async quarantine(version, limit, skip = 0) {
      if (version.quarantined.rows === 0) return []
      const tables = await openTables()
      try {
        const content = `read_parquet(${literal(await blobs.file(version.content))})`
        const answer = await tables.query(
          `from ${content} where ${quarantinedColumn} limit cast($limit as bigint) offset cast($skip as bigint)`,
          { limit, skip },
        )
        return rowsOf(answer)
      } finally {
        await tables.close()
      }
    },
    datasets,
    features: async (project, ids, at) => (await opened(project)).featuresAt(ids, at),
    featuresFor: project => ({
      featuresAt: async (ids, cutoff) => (await opened(project)).featuresAt(ids, cutoff),
      featuresAtMany: async (ids, cutoffs) => (await opened(project)).featuresAtMany(ids, cutoffs),
      entities: async (from, to, asOf) => (await opened(project)).entities(from, to, asOf),
    }),
    async close() {
      unfollow()
      await Promise.all([...imports.values()].map(running => running.catch(() => {})))
      await Promise.all([...open.values()].map(({ features }) => features.then(f => f.close()).catch(() => {})))
      open.clear()
    },
  }
}

/** The part of a dataset's configuration that its content depends on for questions. */
function meaning({ key, derive, known, later }: Omit<DatasetConfig, 'file'>): string {
  return canonicalJson({ key, derive, known, later })
}

function rowsOf(answer: Table): Readonly<Record<string, unknown>>[] {
  return Array.from({ length: answer.rows }, (_, row) => {
    const entries = answer.columns.flatMap(({ name, kind, values }): [string, unknown][] => {
      const value = values[row]!
      if (name === reasonsColumn) return [['reasons', String(value ?? '').split('; ')]]
      if (isOwnColumn(name)) return []
      if (typeof value === 'number' && Number.isNaN(value)) return [[name, null]]
      if (kind === 'time') return [[name, new Date(value as number).toISOString()]]
      return [[name, kind === 'boolean' ? value === 1 : value]]
    })
    return Object.fromEntries(entries)
  })
}
