/** JSON blobs by digest, and the records that several parts of the stage read. */
import { putJson, readJson } from '../base/jsonBlob.ts'
import type { Blobs, Digest, Stored } from '../base/ports.ts'
import type { ChartInUse } from '../loop/chartInUse.ts'
import type { DriftReference } from '../loop/columnDrift.ts'
import { type Alarm, type Limits, type LoopRecords, type ModelVersion, type Monitor, ordinal } from '../loop/records.ts'
import type { Reference } from '../loop/reference.ts'
import type { LimitsContent, PartLimits } from './limits.ts'

export interface Shelf {
  readJson<T>(digest: Digest): Promise<T>
  putJson(value: unknown): Promise<Digest>
  /** Undefined where the monitor has none yet. */
  limitsOf(monitor: Stored<Monitor>): Promise<LimitsInUse | undefined>
  /** The alarms of an endpoint that are not resolved, by monitor: there is at most one of each. */
  openAlarms(endpoint: string): Promise<ReadonlyMap<string, Stored<Alarm>>>
  versionOf(project: string, model: string, semver: string): Promise<ModelVersion | undefined>
  referenceOf(version: ModelVersion): Promise<Reference>
}

export interface LimitsInUse {
  readonly record: Limits
  readonly chart?: ChartInUse | undefined
  /** Of a drift monitor. */
  readonly drift?: DriftReference | undefined
  /** Of one category among several: its part of the false alarms of drift. */
  readonly falseAlarms?: number | undefined
  /** Of a monitor that looks at each category. */
  readonly parts?: Readonly<Record<string, PartLimits>> | undefined
}

/** References of a megabyte, read every day: a few stay in memory. */
const kept = 16

export function createShelf(records: LoopRecords, blobs: Blobs): Shelf {
  const reading = new Map<Digest, Promise<unknown>>()

  const shelf: Shelf = {
    readJson<T>(digest: Digest): Promise<T> {
      let known = reading.get(digest)
      if (!known) {
        known = readJson(blobs, digest)
        if (reading.size >= kept) reading.delete(reading.keys().next().value!)
        reading.set(digest, known)
        known.catch(() => reading.delete(digest))
      }
      return known as Promise<T>
    },
    putJson: value => putJson(blobs, value),
    async limitsOf(monitor) {
      if (monitor.body.limits === 0) return undefined
      const stored = await records.get('limits', `${monitor.id}/${ordinal(monitor.body.limits)}`)
      const record = stored!.body
      return inUse(record, record.content ? await shelf.readJson<LimitsContent>(record.content) : undefined)
    },
    async openAlarms(endpoint) {
      const states = ['open', 'acknowledged'].map(state =>
        records.list('alarm', { prefix: `${endpoint}/`, where: { state }, limit: 10_000 }),
      )
      return new Map(
        (await Promise.all(states)).flatMap(({ items }) => items.map(alarm => [alarm.body.monitor, alarm])),
      )
    },
    async versionOf(project, model, semver) {
      const { items } = await records.list('version', { prefix: `${project}/${model}/`, where: { semver }, limit: 1 })
      return items[0]?.body
    },
    referenceOf: version => shelf.readJson<Reference>(version.reference),
  }
  return shelf
}

export function inUse(record: Limits, content: LimitsContent | undefined): LimitsInUse {
  return {
    record,
    ...(record.chart && { chart: record.chart }),
    ...(content && ('parts' in content ? content : { drift: content })),
  }
}
