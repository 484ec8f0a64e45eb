/** The columns of a table as the points that a chart takes. */
import { FalconerError } from '../../base/errors.ts'
import { column, numbers, type Table } from '../../base/table.ts'
import { type Subgroups, subgroups } from '../../statistics/control/subgroups.ts'
import { meanAndCovariance } from '../../statistics/control/vectors.ts'
import { requireColumn } from '../files.ts'
import { usage } from '../terminal.ts'
import type { ChartRequest } from './request.ts'

export interface Observed {
  /** One number a point: value, count, gap, or mean of a subgroup. */
  readonly values: Float64Array
  readonly sizes?: Float64Array
  readonly groups?: Subgroups
  /** One vector a point, with the covariance within its subgroup where there are subgroups. */
  readonly vectors?: readonly (readonly number[])[]
  readonly within?: readonly (readonly number[])[]
  /** Row of each point, its first where it has several; from 0. */
  readonly rows: Int32Array
  /** Points that limits are made from. */
  readonly phase1: readonly number[]
  /** Name of each point: its subgroup, or what --at says. */
  readonly labels?: readonly string[]
  /** Instants, where --at is a column of time. */
  readonly times?: Float64Array
  readonly notes: readonly string[]
}

export function observe(table: Table, request: ChartRequest, file: string): Observed {
  const names = request.column === undefined ? request.columns : [request.column]
  for (const name of [...names, ...optional(request.subgroup), ...optional(request.at)])
    requireColumn(table, name, file)
  const columns = names.map(name => numeric(table, name))
  const sizes = request.size === undefined ? undefined : sizesOf(table, request.size, file)
  const { kept, notes } = usable(table, [...columns, ...optional(sizes)], request)
  const points = pointsOf(table, request, columns, sizes, kept)
  const phase1 = phase1Of(table, request, points.rows, file)
  return { ...points, ...namesOf(table, request, points.rows), phase1, notes }
}

function optional<T>(value: T | undefined): T[] {
  return value === undefined ? [] : [value]
}

function numeric(table: Table, name: string): Float64Array {
  if (column(table, name).kind === 'text')
    throw new FalconerError('bad-data', `Column ${name} is text, a chart needs numbers.`, {
      fix: 'Name another column.',
    })
  return numbers(table, name)
}

/** A column, or the same number for every row. */
function sizesOf(table: Table, size: string, file: string): Float64Array {
  const constant = Number(size)
  if (!table.columns.some(({ name }) => name === size) && constant > 0)
    return new Float64Array(table.rows).fill(constant)
  requireColumn(table, size, file)
  return numeric(table, size)
}

/** Rows where nothing is missing or infinite. */
function usable(
  table: Table,
  columns: readonly Float64Array[],
  { subgroup }: ChartRequest,
): { kept: Int32Array; notes: string[] } {
  const label = subgroup === undefined ? undefined : column(table, subgroup)
  const kept: number[] = []
  for (let row = 0; row < table.rows; row++) {
    const named =
      label === undefined || (label.kind === 'text' ? label.values[row] !== null : !Number.isNaN(label.values[row]))
    if (named && columns.every(values => Number.isFinite(values[row]))) kept.push(row)
  }
  const left = table.rows - kept.length
  const notes =
    left === 0 ? [] : [`${left} of ${table.rows} rows have a value that is missing or infinite and are left out`]
  return { kept: Int32Array.from(kept), notes }
}

type Points = Pick<Observed, 'values' | 'sizes' | 'groups' | 'vectors' | 'within' | 'rows'>

function pointsOf(
  table: Table,
  request: ChartRequest,
  columns: readonly Float64Array[],
  sizes: Float64Array | undefined,
  kept: Int32Array,
): Points {
  const isVector = request.kind === 't2' || request.kind === 'mewma'
  const by = groupingOf(table, request, kept)
  if (isVector) return vectorsOf(columns, kept, by)
  if (request.column === undefined) {
    // One subgroup a row.
    const flat = Float64Array.from({ length: kept.length * columns.length }, (_, i) => {
      return columns[i % columns.length]![kept[Math.floor(i / columns.length)]!]!
    })
    const groups = subgroups(flat, { size: columns.length })
    return { values: groups.means, sizes: groups.sizes, groups, rows: kept }
  }
  const values = Float64Array.from(kept, row => columns[0]![row]!)
  if (by === undefined) {
    return { values, ...(sizes && { sizes: Float64Array.from(kept, row => sizes[row]!) }), rows: kept }
  }
  const groups = subgroups(values, by)
  return { values: groups.means, sizes: groups.sizes, groups, rows: groups.first.map(i => kept[i]!) }
}

type Grouping = { readonly size: number } | { readonly labels: (string | number | null)[] }

function groupingOf(table: Table, { subgroup, subgroupSize }: ChartRequest, kept: Int32Array): Grouping | undefined {
  if (subgroup !== undefined) {
    const { values } = column(table, subgroup)
    return { labels: Array.from(kept, row => values[row]!) }
  }
  return subgroupSize === undefined ? undefined : { size: subgroupSize }
}

function vectorsOf(columns: readonly Float64Array[], kept: Int32Array, by: Grouping | undefined): Points {
  const all = Array.from(kept, row => columns.map(values => values[row]!))
  const none = new Float64Array(0)
  if (by === undefined) return { values: none, vectors: all, rows: kept }
  // The first column tells which rows belong together.
  const first = subgroups(
    Float64Array.from(all, vector => vector[0]!),
    by,
  )
  const groups = membersOf(by, all.length)
  const n = groups[0]!.length
  if (groups.some(members => members.length !== n) || n < 2)
    throw usage(
      'A t2 chart of subgroups needs subgroups of one size, of at least 2 rows.',
      'Leave out the ones that differ.',
    )
  const moments = groups.map(members => meanAndCovariance(members.map(i => all[i]!)))
  return {
    values: none,
    vectors: moments.map(({ mean }) => mean),
    within: moments.map(({ covariance }) => covariance),
    sizes: first.sizes,
    rows: first.first.map(i => kept[i]!),
  }
}

function membersOf(by: Grouping, rows: number): number[][] {
  const groups = new Map<unknown, number[]>()
  for (let i = 0; i < rows; i++) {
    const label = 'size' in by ? Math.floor(i / by.size) : by.labels[i]
    const members = groups.get(label)
    if (members) members.push(i)
    else groups.set(label, [i])
  }
  return [...groups.values()]
}

/** The first n points, or those whose row says so in a column; all points where nothing is said. */
function phase1Of(table: Table, { phase1 }: ChartRequest, rows: Int32Array, file: string): readonly number[] {
  const points = Array.from(rows.keys())
  if (phase1 === undefined) return points
  if (/^\d+$/.test(phase1) && !table.columns.some(({ name }) => name === phase1)) {
    const count = Number(phase1)
    if (count > points.length || count === 0)
      throw usage(`--phase1 is ${count}, there are ${points.length} points.`, 'Use fewer.')
    return points.slice(0, count)
  }
  requireColumn(table, phase1, file)
  const flags = column(table, phase1)
  const chosen = points.filter(i => {
    const value = flags.values[rows[i]!]
    return flags.kind === 'text' ? /^(true|yes|y|1|t)$/i.test(String(value)) : Number(value) === 1
  })
  if (chosen.length > 0) return chosen
  throw usage(`Column ${phase1} marks no row as reference.`, 'It must hold true, yes or 1 where a row is.')
}

function namesOf(table: Table, { at, subgroup }: ChartRequest, rows: Int32Array): Pick<Observed, 'labels' | 'times'> {
  const name = at ?? subgroup
  if (name === undefined) return {}
  const from = column(table, name)
  if (from.kind === 'time') {
    const times = Float64Array.from(rows, row => from.values[row]!)
    if (times.every((t, i) => Number.isFinite(t) && (i === 0 || t >= times[i - 1]!))) return { times }
    return { labels: Array.from(times, t => (Number.isFinite(t) ? new Date(t).toISOString().slice(0, 10) : '')) }
  }
  return { labels: Array.from(rows, row => String(from.values[row] ?? '')) }
}
