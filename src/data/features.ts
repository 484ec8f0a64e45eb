/**
 * The feature query at a point in time. A question is ids and a cutoff; the query answers one row per id from views that
 * are cut at the cutoff (`views.ts`), so nothing later can reach it. The same text answers a live request, a replay and
 * a training set.
 *
 * Many cutoffs are asked in one statement: the query becomes a lateral join over the cutoffs. The first of them is also
 * asked alone, and where the two answers differ, or DuckDB cannot plan the join, each cutoff is asked alone from then on.
 */
import { FalconerError } from '../base/errors.ts'
import type { Tables } from '../base/ports.ts'
import { quoted } from '../base/sqlText.ts'
import { numbers, select, type Table, texts } from '../base/table.ts'
import type { ProjectConfig } from '../loop/project.ts'
import type { SchemaColumn } from '../loop/records.ts'
import { type Answer, answersOf, atName, gather, idName, mismatch } from './answers.ts'
import { checkQuery, ownPrefix } from './queryRules.ts'
import { cutView, type HeldDataset, isOwnColumn, knownColumn, quarantinedColumn } from './views.ts'

export interface FeatureSetup {
  readonly config: ProjectConfig
  /** Text of the query. */
  readonly query: string
  /** The dataset versions: name of the dataset and path of the version's Parquet content. */
  readonly datasets: readonly { readonly name: string; readonly path: string }[]
}

export interface Features {
  /** What the query answers besides the id. */
  readonly columns: readonly SchemaColumn[]
  /**
   * The id column, then the features, in the order of the ids. Errors: `bad-input` naming ids that the query does not
   * answer, `bad-query` naming ids that it answers twice.
   */
  featuresAt(ids: readonly string[], cutoff: number): Promise<Table>
  /** As featuresAt, each id at its own cutoff. */
  featuresAtMany(ids: readonly string[], cutoffs: Float64Array): Promise<Table>
  /**
   * Rows of the entities dataset with from <= cutoff < to that are known at `asOf` and not in quarantine, in order of
   * cutoff and id: id, cutoff, label (NaN while unknown at `asOf`).
   */
  entities(from: number, to: number, asOf: number): Promise<Table>
  close(): Promise<void>
}

/** Database that holds the rows; the query cannot name it. */
const store = `${ownPrefix}_data`
const askedName = `${ownPrefix}_asked`
/** Small groups let DuckDB skip what a question cannot need. */
const rowGroup = 8192
/** Sizes of one batch: more rows or cutoffs bring no more speed. */
const batchCutoffs = 64
const batchRows = 5000

/** Takes the database over: after this it reads no file and its settings are locked. */
export async function openFeatures(tables: Tables, setup: FeatureSetup): Promise<Features> {
  const { config, query } = setup
  const { data } = config
  await tables.query(`attach ':memory:' as ${store} (row_group_size ${rowGroup})`)
  const held: HeldDataset[] = []
  for (const { name, path } of setup.datasets) held.push(await hold(tables, config, name, path))
  await tables.query('set enable_external_access = false')
  await tables.query('set lock_configuration = true')

  const use = await checkQuery(tables, query, [...held.map(({ name }) => name), 'entities'])
  if (!use.views.has('entities')) {
    throw new FalconerError('bad-query', 'The feature query does not read entities, the ids that it is asked for.', {
      fix: `Begin with: from entities join ${data.entities} using (${data.id}).`,
    })
  }
  const rows = await entityRows(tables, config, held)
  const text = query.trim().replace(/;\s*$/, '')
  const views = held.filter(({ name }) => use.views.has(name.toLowerCase()))

  function withViews(cutoff: string, entities: string): string {
    const all = views.map(view => `${quoted(view.name)} as not materialized (${cutView(view, cutoff)})`)
    return `with ${[...all, `entities as not materialized (${entities})`].join(',\n')}\n
      select cast(${quoted(data.id)} as varchar) as ${idName}, * exclude (${quoted(data.id)}) from (\n${text}\n)`
  }
  const typedId = (id: string) => `try_cast(${id} as ${rows.idType}) as ${quoted(data.id)}`
  const at = instant('$cutoff')
  const alone = withViews(at, `select ${typedId('unnest($ids)')}, ${at} as cutoff`)
  const together = `with ${askedName} as materialized (
      select unnest($ids) as id, ${instant('unnest($cutoffs)')} as asked_at)
    select ${ownPrefix}_c.asked_at as ${atName}, ${ownPrefix}_q.*
    from (select distinct asked_at from ${askedName}) ${ownPrefix}_c, lateral (
    ${withViews(
      `${ownPrefix}_c.asked_at`,
      `select ${typedId('id')}, asked_at as cutoff from ${askedName} where asked_at = ${ownPrefix}_c.asked_at`,
    )}) ${ownPrefix}_q`

  const columns = await answerColumns()
  let joinable = true
  const ahead = { last: Number.NaN, depth: 2, pause: 0, skip: 0, answers: new Map<number, Answer>() }

  async function answerColumns(): Promise<readonly SchemaColumn[]> {
    let empty: Table
    try {
      empty = await tables.query(alone, { ids: [], cutoff: 0 })
    } catch (error) {
      throw queryFailed(error)
    }
    const found = empty.columns.slice(1)
    for (const { name, kind } of found) {
      if (name.toLowerCase() === data.label.toLowerCase()) {
        throw new FalconerError(
          'bad-query',
          `The feature query answers ${name}, the label; it is not known at prediction.`,
        )
      }
      if (kind === 'time') {
        throw new FalconerError(
          'bad-query',
          `The feature query answers ${name}, an instant; features are numbers or text.`,
          {
            fix: `Answer a number instead, such as hour(${name}) or an age: date_diff('day', ${name}, cutoff).`,
          },
        )
      }
    }
    return found.map(({ name, kind }) => ({ name, kind }))
  }

  async function askAlone(ids: readonly string[], cutoff: number): Promise<Answer> {
    const answer = await tables.query(alone, { ids, cutoff })
    return answersOf(answer, cutoff).get(cutoff) ?? { source: answer, rowOf: new Map() }
  }

  async function askTogether(asked: readonly Asked[]): Promise<ReadonlyMap<number, Answer> | undefined> {
    const ids = asked.flatMap(group => group.ids)
    const cutoffs = Float64Array.from(asked.flatMap(group => group.ids.map(() => group.cutoff)))
    try {
      return answersOf(await tables.query(together, { ids, cutoffs }))
    } catch (error) {
      // Some queries have no plan as a lateral join; alone they do.
      if (error instanceof FalconerError && error.code === 'bad-query' && error.findings.length === 0) return undefined
      throw error
    }
  }

  /** Answers of all groups; batches are checked against their first cutoff asked alone. */
  async function ask(asked: readonly Asked[]): Promise<ReadonlyMap<number, Answer>> {
    const answers = new Map<number, Answer>()
    for (const batch of batches(asked)) {
      const first = batch[0]!
      answers.set(first.cutoff, await askAlone(first.ids, first.cutoff))
      if (batch.length === 1) continue
      const joint = joinable ? await askTogether(batch) : undefined
      joinable &&= joint !== undefined && !mismatch(answers.get(first.cutoff)!, joint.get(first.cutoff), first.ids)
      for (const { cutoff, ids } of batch.slice(1)) {
        const joined = joinable ? joint?.get(cutoff) : undefined
        answers.set(cutoff, joined ?? (await askAlone(ids, cutoff)))
      }
    }
    return answers
  }

  /** Where cutoffs come in order and are the rows' own, the next ones are answered before they are asked. */
  async function readAhead(ids: readonly string[], cutoff: number): Promise<Answer> {
    if (ahead.skip > 0 || !joinable || !(cutoff > ahead.last)) {
      ahead.skip = Math.max(0, ahead.skip - 1)
      return askAlone(ids, cutoff)
    }
    const next = await rows.upcoming(cutoff, ahead.depth)
    const own = next[0]
    const wanted = new Set(own?.cutoff === cutoff ? own.ids : [])
    if (!ids.every(id => wanted.has(id))) {
      // The cutoffs asked for are not the rows' own times: try again ever more rarely.
      ahead.pause = Math.min(1024, 2 * ahead.pause + 1)
      ahead.skip = ahead.pause
      return askAlone(ids, cutoff)
    }
    ahead.pause = 0
    ahead.depth = Math.min(batchCutoffs, 2 * ahead.depth)
    ahead.answers = new Map(await ask(next))
    return ahead.answers.get(cutoff)!
  }

  return {
    columns,
    async featuresAt(ids, cutoff) {
      checkCutoffs([cutoff])
      const distinct = [...new Set(ids)]
      const kept = ahead.answers.get(cutoff)
      const answer = kept && distinct.every(id => kept.rowOf.has(id)) ? kept : await readAhead(distinct, cutoff)
      ahead.last = cutoff
      return gather(data.id, columns, ids, () => cutoff, new Map([[cutoff, answer]]))
    },
    async featuresAtMany(ids, cutoffs) {
      if (ids.length !== cutoffs.length) {
        throw new RangeError(`featuresAtMany: ${ids.length} ids and ${cutoffs.length} cutoffs, must be as many`)
      }
      checkCutoffs(cutoffs)
      const groups = new Map<number, Set<string>>()
      ids.forEach((id, row) => {
        const group = groups.get(cutoffs[row]!)
        if (group) group.add(id)
        else groups.set(cutoffs[row]!, new Set([id]))
      })
      const asked = [...groups].sort(([a], [b]) => a - b).map(([cutoff, set]) => ({ cutoff, ids: [...set] }))
      return gather(data.id, columns, ids, row => cutoffs[row]!, await ask(asked))
    },
    entities: rows.between,
    close: () => tables.close(),
  }
}

interface Asked {
  readonly cutoff: number
  readonly ids: readonly string[]
}

function* batches(asked: readonly Asked[]): Generator<readonly Asked[]> {
  let batch: Asked[] = []
  let rows = 0
  for (const group of asked) {
    if (batch.length === batchCutoffs || (rows > 0 && rows + group.ids.length > batchRows)) {
      yield batch
      batch = []
      rows = 0
    }
    batch.push(group)
    rows += group.ids.length
  }
  if (batch.length > 0) yield batch
}

function checkCutoffs(cutoffs: Iterable<number>): void {
  for (const cutoff of cutoffs) {
    if (!Number.isFinite(cutoff))
      throw new RangeError(`features: the cutoff is ${cutoff}, must be milliseconds since 1970 UTC`)
  }
}

/** SQL of an instant given in milliseconds, exact to the microsecond. */
function instant(milliseconds: string): string {
  return `make_timestamp(cast(round(${milliseconds} * 1000) as bigint))`
}

async function hold(tables: Tables, config: ProjectConfig, name: string, path: string): Promise<HeldDataset> {
  const dataset = config.datasets[name]
  if (!dataset) throw new FalconerError('bad-config', `There is no dataset ${name} in the project.`)
  const place = `${store}.${quoted(name)}`
  await tables.read(`${ownPrefix}_read`, path, 'parquet')
  await tables.query(`create table ${place} as from ${ownPrefix}_read`)
  await tables.query(`drop table ${ownPrefix}_read`)
  const columns = (await tables.query(`from ${place} limit 0`)).columns.map(column => column.name)
  const key = dataset.key.map(quoted).join(', ')
  const several = columns.includes(knownColumn)
    ? await tables.query(`select 1 from ${place} group by ${key} having count(*) > 1 limit 1`)
    : undefined
  return { name, config: dataset, table: place, columns, corrected: (several?.rows ?? 0) > 0 }
}

/** The rows that are predicted: by time, for training and for reading ahead. */
async function entityRows(tables: Tables, config: ProjectConfig, held: readonly HeldDataset[]) {
  const { data } = config
  const dataset = held.find(({ name }) => name === data.entities)
  if (!dataset) {
    throw new FalconerError('not-found', `Dataset ${data.entities}, whose rows are predicted, has no version yet.`, {
      fix: 'Import it first.',
    })
  }
  const own = dataset.columns.filter(name => !isOwnColumn(name))
  for (const [role, name] of Object.entries({ id: data.id, time: data.time, label: data.label })) {
    if (!own.some(column => column.toLowerCase() === name.toLowerCase())) {
      throw new FalconerError(
        'bad-config',
        `data.${role} is ${name}, which ${data.entities} does not have: ${own.join(', ')}.`,
      )
    }
  }
  const typed = await tables.query(
    `select any_value(typeof(${quoted(data.id)})) as id, any_value(typeof(${quoted(data.time)})) as time,
     any_value(typeof(${quoted(data.label)})) as label from (from ${dataset.table} limit 1)`,
  )
  const type = (name: string) => texts(typed, name)[0] ?? 'VARCHAR'
  if (type('label') === 'VARCHAR' && typed.rows > 0 && texts(typed, 'label')[0] !== null) {
    throw new FalconerError(
      'bad-config',
      `data.label is ${data.label}, which is text; it must be 0 and 1, or a number.`,
      {
        fix: `Derive a number from it, such as ${data.label} = 'yes'.`,
      },
    )
  }
  if (texts(typed, 'time')[0] !== null && !/^(TIMESTAMP|DATE)/.test(type('time'))) {
    throw new FalconerError('bad-config', `data.time is ${data.time}, which holds no instants but ${type('time')}.`)
  }
  const id = `cast(${quoted(data.id)} as varchar)`
  const time = `cast(${quoted(data.time)} as timestamp)`
  const trained = dataset.columns.includes(quarantinedColumn) ? `not ${quarantinedColumn}` : 'true'
  const keep = { ...dataset, columns: dataset.columns }
  const known = cutView(keep, instant('$asOf'))
  const view = known.replace('select ', `select ${trained} as ${ownPrefix}_trained, `)
  const between = `select ${id} as id, epoch_us(${time}) / 1000.0 as cutoff, cast(${quoted(data.label)} as double) as label
    from (${view}) where ${ownPrefix}_trained and ${time} >= ${instant('$from')} and ${time} < ${instant('$to')}
    order by ${time}, id`
  const times = `select distinct ${time} as t from ${dataset.table} where ${time} >= ${instant('$cutoff')} order by t limit $depth`
  const upcoming = `select ${id} as id, epoch_us(${time}) / 1000.0 as cutoff from ${dataset.table}
    where ${time} >= ${instant('$cutoff')} and ${time} <= (select max(t) from (${times})) order by ${time}, id`
  const first = Date.parse('0001-01-01T00:00:00Z')
  const last = Date.parse('9999-12-31T00:00:00Z')
  const clamp = (at: number) => Math.min(last, Math.max(first, at))

  return {
    idType: type('id'),
    async between(from: number, to: number, asOf: number): Promise<Table> {
      const answer = await tables.query(between, { from: clamp(from), to: clamp(to), asOf: clamp(asOf) })
      return select(answer, ['id', 'cutoff', 'label'])
    },
    async upcoming(cutoff: number, depth: number): Promise<Asked[]> {
      const answer = await tables.query(upcoming, { cutoff, depth })
      const ids = texts(answer, 'id')
      const cutoffs = numbers(answer, 'cutoff')
      const groups: { cutoff: number; ids: string[] }[] = []
      ids.forEach((name, row) => {
        if (groups.at(-1)?.cutoff !== cutoffs[row]) groups.push({ cutoff: cutoffs[row]!, ids: [] })
        groups.at(-1)!.ids.push(name!)
      })
      return groups
    },
  }
}

function queryFailed(error: unknown): unknown {
  if (!(error instanceof FalconerError) || error.code !== 'bad-query') return error
  const text = error.message.split('\n')[0]!
  return new FalconerError('bad-query', `The feature query cannot be used: ${text}`, { cause: error })
}
