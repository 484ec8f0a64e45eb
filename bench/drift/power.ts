/**
 * Power at equal false alarms: how often a changed column is seen where each rule flags the same share of healthy ones.
 * Every rule's limit is the `level` quantile of its own p over healthy windows of the same table, so that none wins by being
 * loose. Ours from rows and from sketches, beside alibi-detect's tests (scipy's Kolmogorov-Smirnov and chi-square, computed
 * here by the same formulas; `--package` runs the package over some tables and prints the largest difference of the p).
 * `node bench/drift/power.ts` prints the table and stores it as power.json and power.md; `… 1000/100` does one size of it.
 * About six minutes.
 */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { random } from '../../src/numeric/random.ts'
import { drift, driftOfRows } from '../../src/statistics/drift/drift.ts'
import type { DriftReport } from '../../src/statistics/drift/report.ts'
import { chiSquareTest } from '../../src/statistics/hypothesis/contingency.ts'
import { kolmogorovSmirnov, kolmogorovSmirnovStatistic } from '../../src/statistics/hypothesis/kolmogorovSmirnov.ts'
import { pool } from '../../src/statistics/hypothesis/pooled.ts'
import { fixBins } from '../../src/statistics/profiles/bins.ts'
import { sketchOf } from '../../src/statistics/profiles/sketch.ts'
import { judgeByPeer, type PeerTable, percent } from './calibrationPeers.ts'
import { changes, columnOf, comparableSize, drawCodes, type Law } from './laws.ts'
import { inOrder, readStored, sizesOf } from './storedSizes.ts'

const level = 0.05
const chosen = process.argv.slice(2).filter(argument => argument.includes('/'))
const replicates = 1000
/** Effects are not asked for: the question is what the tests see. */
const any = { effects: { 'standard deviations': 0, 'JS distance': 0, 'share of rows': 0 } } as const

const ways = ['rows', 'sketches', 'alibi-detect'] as const
type Way = (typeof ways)[number]
/** p of every change column in every replicate. */
type Scores = Record<Way, Float64Array[]>

const laws = changes.map(({ law, name }): Law => ({ ...law, name }))
type Stored = Record<string, { change: string; size: number; flagged: Record<Way, number>; of: number }[]>
const stored: Stored = chosen.length > 0 ? readStored<Stored>('power.json') : {}

for (const [n, m] of sizesOf(chosen)) {
  const rng = random(`power ${n} ${m}`)
  const size = comparableSize(n, m)
  const changed = changes.map(({ changed }, c): Law => ({ ...laws[c]!, draw: changed(size).draw }))
  const scores = { healthy: emptyScores(), changed: emptyScores() }
  const tables: PeerTable[] = []
  for (let i = 0; i < replicates; i++) {
    const reference = laws.map(law => drawCodes(law, n, rng))
    const windows = [laws, changed].map(of => of.map(law => drawCodes(law, m, rng)))
    if (i < 20) tables.push({ reference, windows })
    const a = laws.map((law, c) => columnOf(law, reference[c]!))
    const bins = a.map(column => fixBins(column))
    const base = a.map((column, c) => sketchOf(bins[c]!, column))
    for (const [w, into] of [scores.healthy, scores.changed].entries()) {
      const b = laws.map((law, c) => columnOf(law, windows[w]![c]!))
      const sketches = b.map((column, c) => sketchOf(bins[c]!, column))
      put(into.rows, i, driftOfRows({ rows: n, columns: a }, { rows: m, columns: b }, any))
      put(into.sketches, i, drift(bins, base, sketches, any))
      for (const [c, law] of laws.entries()) {
        into['alibi-detect'][c]![i] = alibiScore(law, reference[c]!, windows[w]![c]!)
      }
    }
  }
  if (process.argv.includes('--package')) comparePackage(tables)
  stored[`${n}/${m}`] = changes.map(({ name }, c) => ({
    change: name,
    size,
    flagged: Object.fromEntries(
      ways.map(way => [way, seen(scores.healthy[way][c]!, scores.changed[way][c]!)]),
    ) as Record<Way, number>,
    of: replicates,
  }))
  store()
  console.error(`${n}/${m} done`)
}

function store() {
  const text = Object.entries(inOrder(stored))
    .map(([size, rows]) =>
      [
        `### ${size} rows`,
        '',
        `| % flagged | ${ways.join(' | ')} |`,
        `|---|${ways.map(() => '---:').join('|')}|`,
        ...rows.map(({ change, flagged, of }) => {
          const cells = ways.map(way => percent({ flagged: flagged[way], of }))
          return `| ${change} | ${cells.join(' | ')} |`
        }),
        '',
      ].join('\n'),
    )
    .join('\n')
  const head = [
    '# Power at equal false alarms',
    '',
    `Printed by \`power.ts\`: % of changed columns flagged, ± two standard errors, where each rule flags ${100 * level} % of healthy`,
    `columns of the same law (its own quantile over ${replicates} healthy windows, which adds about as much error again). Sizes of the`,
    'changes are scaled with the rows (`laws.ts`), so that the tables can be compared. alibi-detect tests no missing numbers: its',
    "column is Kolmogorov-Smirnov and chi-square on what is there. Ours is the column's p, whatever the effect.",
    '',
  ].join('\n')
  writeFileSync(join(import.meta.dirname, 'power.json'), `${JSON.stringify({ level, sizes: inOrder(stored) })}\n`)
  writeFileSync(join(import.meta.dirname, 'power.md'), `${head}\n${text}`)
}

function emptyScores(): Scores {
  const empty = () => laws.map(() => new Float64Array(replicates).fill(1))
  return { rows: empty(), sketches: empty(), 'alibi-detect': empty() }
}

/** p over all parts of a column, whatever their effects. */
function put(into: Float64Array[], i: number, report: DriftReport): void {
  for (const { column, pValue } of report.columns) into[laws.findIndex(({ name }) => name === column)]![i] = pValue
}

/** A score that falls with the p of alibi-detect's test: that itself for categories, -D for numbers. */
function alibiScore(law: Law, reference: Float64Array, window: Float64Array): number {
  if (law.kind === 'number') return -kolmogorovSmirnovStatistic(pool([present(reference), present(window)]))
  return alibiP(law, reference, window)
}

function alibiP({ kind }: Law, reference: Float64Array, window: Float64Array): number {
  const a = present(reference)
  const b = present(window)
  if (kind === 'number') return kolmogorovSmirnov(a, b, 'asymptotic').result!.p
  const levels = 1 + Math.max(...a, ...b)
  const counts = [a, b].map(values => {
    const of = new Float64Array(levels)
    for (const code of values) of[code]!++
    return of
  })
  return chiSquareTest(counts[0]!, counts[1]!).result?.p ?? 1
}

function present(values: Float64Array): Float64Array {
  return values.filter(x => !Number.isNaN(x))
}

/** Changed windows below the limit that `level` of the healthy ones are below; equal p at the limit count in part. */
function seen(healthy: Float64Array, changed: Float64Array): number {
  const limit = healthy.slice().sort()[Math.round(level * healthy.length)]!
  const below = (p: Float64Array) => p.reduce((count, x) => count + Number(x < limit), 0)
  const equal = (p: Float64Array) => p.reduce((count, x) => count + Number(x === limit), 0)
  const share = (level * healthy.length - below(healthy)) / equal(healthy)
  return Math.round(below(changed) + share * equal(changed))
}

function comparePackage(tables: readonly PeerTable[]) {
  let largest = 0
  judgeByPeer('alibi', laws, tables)?.forEach((windows, i) => {
    windows.forEach((columns, w) => {
      columns.forEach(({ score }, c) => {
        // Missing numbers have no score there; missing categories are a category there.
        const p = alibiP(laws[c]!, tables[i]!.reference[c]!, tables[i]!.windows[w]![c]!)
        if (score !== null) largest = Math.max(largest, Math.abs(score - p))
      })
    })
  })
  console.error(`largest difference from the package's p: ${largest.toPrecision(2)}`)
}
