/**
 * False alarms of drift decisions on tables where nothing has changed: 20 columns with ties, heavy tails, skew, 2 to 50
 * levels and missing values (laws.ts), at four sizes; ours from rows and from sketches, peers by their default rules on the
 * first of the same tables. `node bench/drift/calibration.ts` prints the table and stores it as calibration.json and
 * calibration.md (`… 1000/100` does one size of it); peers come from venv.sh and are left out where they are not installed.
 * About ten minutes.
 */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { random } from '../../src/numeric/random.ts'
import { drift, driftOfRows } from '../../src/statistics/drift/drift.ts'
import type { DriftReport } from '../../src/statistics/drift/report.ts'
import { fixBins } from '../../src/statistics/profiles/bins.ts'
import { sketchOf } from '../../src/statistics/profiles/sketch.ts'
import { judgeByPeer, type PeerTable, peers, percent } from './calibrationPeers.ts'
import { columnOf, drawCodes, healthy } from './laws.ts'
import { inOrder, readStored, sizesOf } from './storedSizes.ts'

const alpha = 0.05
const replicates = 1000
const peerReplicates = { alibi: 100, nannyml: 20, evidently: 15 } as const

interface Cell {
  readonly flagged: number
  readonly of: number
}
type Rates = Record<string, Cell[]>

const chosen = process.argv.slice(2)
const names = [...healthy.map(({ name }) => name), '**any of 20 columns**']
const stored: Record<string, Rates> = chosen.length > 0 ? readStored('calibration.json') : {}
for (const [n, m] of sizesOf(chosen)) {
  const rng = random(`false alarms ${n} ${m}`)
  const rates: Rates = {}
  const tables: PeerTable[] = []
  for (let i = 0; i < replicates; i++) {
    const reference = healthy.map(law => drawCodes(law, n, rng))
    const window = healthy.map(law => drawCodes(law, m, rng))
    if (i < peerReplicates.alibi) tables.push({ reference, windows: [window] })
    const a = healthy.map((law, c) => columnOf(law, reference[c]!))
    const b = healthy.map((law, c) => columnOf(law, window[c]!))
    count('rows', driftOfRows({ rows: n, columns: a }, { rows: m, columns: b }, { alpha }))
    const bins = a.map(column => fixBins(column))
    const sketches = [a, b].map(columns => columns.map((column, c) => sketchOf(bins[c]!, column)))
    count('sketches', drift(bins, sketches[0]!, sketches[1]!, { alpha }))
  }
  for (const peer of peers) {
    const judged = judgeByPeer(peer, healthy, tables.slice(0, peerReplicates[peer]))
    if (!judged) continue
    for (const [columns] of judged) {
      const flags = columns!.map(column => column.drifted)
      add(peer, [...flags, flags.includes(true)])
    }
  }
  stored[`${n}/${m}`] = rates
  store()
  console.error(`${n}/${m} done`)

  function count(way: string, report: DriftReport) {
    const of = healthy.map(law => report.columns.find(column => column.column === law.name))
    add(`${way}: p < ${alpha}`, [
      ...of.map(column => !!column && column.pValue < alpha),
      report.columns.some(c => c.adjustedPValue < alpha),
    ])
    add(`${way}: decision`, [...of.map(column => !!column?.drifted), report.drifted === true])
  }

  function add(way: string, flags: readonly boolean[]) {
    rates[way] ??= flags.map(() => ({ flagged: 0, of: 0 }))
    rates[way] = rates[way].map(({ flagged, of }, i) => ({ flagged: flagged + Number(flags[i]), of: of + 1 }))
  }
}

function store() {
  const text = Object.entries(inOrder(stored))
    .map(([size, rates]) => {
      const ways = Object.keys(rates)
      return [
        `### ${size} rows`,
        '',
        `| % flagged | ${ways.join(' | ')} |`,
        `|---|${ways.map(() => '---:').join('|')}|`,
        ...names.map((name, c) => `| ${name} | ${ways.map(way => percent(rates[way]![c]!)).join(' | ')} |`),
        '',
      ].join('\n')
    })
    .join('\n')
  const json = JSON.stringify({ alpha, columns: names, sizes: inOrder(stored) })
  writeFileSync(join(import.meta.dirname, 'calibration.json'), `${json}\n`)
  writeFileSync(join(import.meta.dirname, 'calibration.md'), `${head()}\n${text}`)
}

function head(): string {
  return [
    '# False alarms where nothing has changed',
    '',
    'Printed by `calibration.ts`: % of healthy columns flagged, ± two standard errors. "p < 0.05" is a column looked at alone;',
    '"decision" is the default decision on all 20 columns with alpha 0.05 (adjusted p and effect). Peers by their default rules:',
    'alibi-detect 0.13.0 `TabularDrift` (p 0.05 a table, Bonferroni), NannyML 0.13.1 (Jensen-Shannon, chunks of a tenth of the',
    'reference; flagged where any chunk is), Evidently 0.7.23 `DataDriftPreset`.',
    '',
  ].join('\n')
}
