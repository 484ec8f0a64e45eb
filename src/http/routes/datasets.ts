/** Datasets: uploads become versions; what a version holds and what its contract found. */
import { createWriteStream } from 'node:fs'
import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { z } from 'zod'
import { FalconerError } from '../../base/errors.ts'
import { type DatasetVersion, ordinal } from '../../loop/records.ts'
import { instant, paging, type Route, route } from '../route.ts'
import { found, listOf, projectOf, type RouteContext, record } from './context.ts'

const formats: Readonly<Record<string, 'parquet' | 'csv' | 'jsonl'>> = {
  'application/vnd.apache.parquet': 'parquet',
  'text/csv': 'csv',
  'application/x-ndjson': 'jsonl',
}
const versions = '/v1/projects/{project}/datasets/{dataset}/versions'

export function datasetRoutes({ platform, scratch, uploadBytes }: RouteContext): Route[] {
  const { records, data, blobs, clock } = platform

  const versionOf = (project: string, dataset: string, number: string) =>
    found(records, 'dataset', `${project}/${dataset}/${ordinal(Number(number))}`)

  return [
    route({
      method: 'POST',
      path: versions,
      role: 'editor',
      summary: 'Imports a file as a dataset version; the same content again gives the version that is there',
      query: z.strictObject({ name: z.string().min(1).max(200).default('upload') }),
      uploads: Object.keys(formats),
      answer: record,
      status: 201,
      handle: async ({ params, query, stream, contentType, caller }) => {
        const project = await projectOf(records, params.project)
        const names = Object.keys(project.body.config.datasets)
        if (!names.includes(params.dataset)) {
          throw new FalconerError(
            'not-found',
            `The project declares no dataset ${params.dataset}, but ${names.join(', ')}.`,
            {
              fix: 'Declare it under datasets: in falconer.yaml and apply again.',
            },
          )
        }
        await mkdir(scratch, { recursive: true })
        const path = join(scratch, `upload-${crypto.randomUUID()}.${formats[contentType]}`)
        try {
          await pipeline(stream!, atMost(uploadBytes), createWriteStream(path))
          const file = { path, name: query.name, format: formats[contentType]! }
          const stored = await data.importFile({ project: params.project, name: params.dataset }, file, caller.id)
          return { body: stored.body }
        } finally {
          await rm(path, { force: true })
        }
      },
    }),
    route({
      method: 'GET',
      path: '/v1/projects/{project}/datasets',
      role: 'reader',
      summary: 'The newest version of each dataset',
      answer: z.object({ items: z.array(record) }),
      handle: async ({ params }) => {
        const project = await projectOf(records, params.project)
        const newest = Object.keys(project.body.config.datasets).map(async dataset => {
          const prefix = `${params.project}/${dataset}/`
          return (await records.list('dataset', { prefix, order: 'descending', limit: 1 })).items[0]?.body
        })
        const items = (await Promise.all(newest)).filter((body): body is DatasetVersion => body !== undefined)
        return { body: { items } }
      },
    }),
    route({
      method: 'GET',
      path: versions,
      role: 'reader',
      summary: 'Versions of a dataset, newest first',
      query: z.strictObject(paging),
      answer: listOf(record),
      handle: async ({ params, query }) => {
        const prefix = `${params.project}/${params.dataset}/`
        const page = await records.list('dataset', { ...query, prefix, order: 'descending' })
        return { body: { items: page.items.map(({ body }) => body), next: page.next } }
      },
    }),
    route({
      method: 'GET',
      path: `${versions}/{n}`,
      role: 'reader',
      summary: 'A dataset version with the results of its contract',
      query: z.strictObject({ profile: z.enum(['0', '1']).default('0') }),
      answer: record,
      handle: async ({ params, query }) => {
        const { body } = await versionOf(params.project, params.dataset, params.n)
        if (query.profile === '0') return { body }
        const columns = JSON.parse(new TextDecoder().decode(await blobs.get(body.profile)))
        return { body: { ...body, columns } }
      },
    }),
    route({
      method: 'GET',
      path: `${versions}/{n}/quarantine`,
      role: 'reader',
      summary: 'Rows kept from training, with reasons',
      query: z.strictObject({ limit: z.coerce.number().int().min(1).max(1000).default(100) }),
      answer: z.object({ items: z.array(record) }),
      handle: async ({ params, query }) => {
        const { body } = await versionOf(params.project, params.dataset, params.n)
        return { body: { items: await data.quarantine(body, query.limit) } }
      },
    }),
    route({
      method: 'POST',
      path: '/v1/projects/{project}/features',
      role: 'client',
      summary: 'What the point-in-time query gives for these rows at an instant, by default now',
      body: z.strictObject({ ids: z.array(z.string().min(1).max(500)).min(1).max(10_000), at: instant.optional() }),
      answer: z.object({ columns: z.array(z.string()), rows: z.array(z.array(z.unknown())) }),
      handle: async ({ params, body }) => {
        await projectOf(records, params.project)
        const now = clock.now()
        if (body.at !== undefined && body.at > now) {
          throw new FalconerError('bad-input', `at is ${new Date(body.at).toISOString()}, which is later than now.`)
        }
        const table = await data.features(params.project, body.ids, body.at ?? now)
        const rows = body.ids.map((_, i) =>
          table.columns.map(({ kind, values }) => (kind === 'time' ? timeText(values[i]!) : (values[i] ?? null))),
        )
        return { body: { columns: table.columns.map(column => column.name), rows } }
      },
    }),
  ]
}

function timeText(at: number): string | null {
  return Number.isNaN(at) ? null : new Date(at).toISOString()
}

function atMost(bytes: number): Transform {
  let seen = 0
  return new Transform({
    transform(chunk: Uint8Array, _encoding, done) {
      seen += chunk.length
      if (seen <= bytes) done(null, chunk)
      else done(new FalconerError('too-large', `The upload is larger than ${bytes} bytes.`))
    },
  })
}
