/** Textbook examples through the command's own path: a table and options in, the JSON out. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import { type Table, table } from '../../base/table.ts'
import { parseXml } from '../../charts/testing/parseXml.ts'
import { random } from '../../numeric/random.ts'
import { answer } from './answer.ts'
import { makeChart } from './make.ts'
import { chartPage } from './page.ts'
import { picture } from './picture.ts'
import { type ChartOptionsGiven, requestOf } from './request.ts'
import { terminalChart } from './terminalChart.ts'
import { verdict } from './words.ts'

const golden = JSON.parse(
  readFileSync(new URL('../../../test/golden/control_chart_examples.json', import.meta.url), 'utf8'),
)
const near = (actual: number, expected: number, tolerance: number) =>
  assert.ok(Math.abs(actual - expected) <= tolerance, `${actual} is not ${expected}`)

type Values = readonly (number | boolean)[]

function tableOf(columns: Readonly<Record<string, Values>>): Table {
  return table(
    Object.entries(columns).map(([name, values]) => ({
      name,
      kind: typeof values[0] === 'boolean' ? 'boolean' : 'number',
      values: Float64Array.from(values, Number),
    })),
  )
}

interface Answer {
  readonly kind: string
  readonly center: number
  readonly lcl: number
  readonly ucl: number
  readonly sigma: number | null
  readonly arl0: number
  readonly points: { value: number; statistic: number | null; lcl: number; ucl: number; signal: string | false }[]
  readonly signals: number[]
  readonly notes: string[]
  readonly companion?: Answer
  readonly phase1: { excluded: number[] }
  readonly expectedArl0?: number
  readonly L?: number
  readonly rules?: { id: string }[]
  readonly frozen: Record<string, unknown>
}

const defaults = { reestimate: false, limits: 'time-varying', fir: false, json: true, check: false } as const

function made(
  columns: Readonly<Record<string, Values>>,
  options: Partial<ChartOptionsGiven> & Pick<ChartOptionsGiven, 'kind'>,
) {
  return makeChart(tableOf(columns), requestOf({ ...defaults, ...options }), 'rows.csv')
}

function chart(...given: Parameters<typeof made>): Answer {
  return JSON.parse(JSON.stringify(answer(made(...given))))
}

describe('falconer chart', () => {
  it('draws X-bar and R of piston rings with limits from the trial samples, and finds samples 37 to 39', () => {
    const rings = chart(golden.data.pistonrings, {
      kind: 'xbar-r',
      column: 'diameter',
      subgroup: 'sample',
      phase1: 'trial',
    })
    const expected = golden.pistonrings_xbar_first_25
    near(rings.center, expected.center, 1e-6)
    near(rings.ucl, expected.ucl, 1e-6)
    near(rings.lcl, expected.lcl, 1e-6)
    near(rings.sigma!, expected.sd_from_ranges, 1e-9)
    assert.deepEqual(rings.signals, [36, 37, 38])
    assert.equal(rings.points[36]!.signal, 'above UCL')
    assert.equal(rings.points[0]!.signal, false)
    assert.equal(rings.points.length, 40)
    near(rings.companion!.center, expected.rbar, 1e-8)
    near(rings.arl0, 370.4, 0.05)
  })

  it('takes subgroups by size, or one column for each value, as well as by a label', () => {
    const { diameter, sample } = golden.data.pistonrings
    const byLabel = chart({ diameter, sample }, { kind: 'xbar-s', column: 'diameter', subgroup: 'sample' })
    const bySize = chart({ diameter }, { kind: 'xbar-s', column: 'diameter', subgroupSize: 5 })
    const wide = Object.fromEntries(
      [0, 1, 2, 3, 4].map(k => [`v${k}`, diameter.filter((_: number, i: number) => i % 5 === k)]),
    )
    const byRow = chart(wide, { kind: 'xbar-s', columns: 'v0,v1,v2,v3,v4' })
    for (const other of [bySize, byRow]) {
      near(other.ucl, byLabel.ucl, 1e-12)
      assert.deepEqual(other.signals, byLabel.signals)
    }
  })

  it('charts NIST individuals from the moving range, with what such a short reference costs', () => {
    const { x, mean, ucl, lcl } = golden.nist_individuals_6_3_2_2
    const nist = chart({ x }, { kind: 'individuals', column: 'x' })
    near(nist.center, mean, 1e-9)
    near(nist.ucl, ucl, 6e-5)
    near(nist.lcl, lcl, 6e-5)
    assert.equal(nist.companion!.points[0]!.statistic, null)
    // Ten points: limits that are called 3 sigma raise a false alarm far more often than once in 370 points.
    assert.ok(nist.expectedArl0! < 100)
    assert.match(nist.notes.join(), /expect a false alarm in about/)
    const wide = chart({ x }, { kind: 'individuals', column: 'x', arl0: 370.4 })
    assert.ok(wide.ucl > nist.ucl)
  })

  it('charts CUSUM and EWMA with a given target, sum by sum', () => {
    const { x, target, k, h } = golden.nist_cusum_6_3_2_3
    const cusum = chart({ x }, { kind: 'cusum', column: 'x', center: target, sigma: 1, k, h })
    assert.equal(cusum.signals[0], 13)
    near(cusum.points[19]!.statistic!, 19.04, 0.006)
    const e = golden.nist_ewma_6_3_2_4
    const ewma = chart({ x: e.x }, { kind: 'ewma', column: 'x', center: e.mean, sigma: e.sd, lambda: e.lambda, L: 3 })
    near(ewma.ucl, e.ucl_asymptotic, 6e-6)
    near(ewma.points[0]!.ucl, e.mean + 3 * e.sd * e.lambda, 1e-9)
    for (const [i, z] of e.z_rounded.entries()) near(ewma.points[i]!.statistic!, z, 0.006)
    assert.deepEqual(ewma.signals, [])
    const fixed = chart(
      { x: e.x },
      { kind: 'ewma', column: 'x', center: e.mean, sigma: e.sd, lambda: e.lambda, L: 3, limits: 'asymptotic' },
    )
    near(fixed.points[0]!.ucl, e.ucl_asymptotic, 6e-6)
    const mean = golden.pistonrings_xbar_first_25
    for (const kind of ['ewma', 'cusum'] as const) {
      const rings = chart(golden.data.pistonrings, {
        kind,
        column: 'diameter',
        subgroup: 'sample',
        center: mean.center,
        sigma: mean.sd_from_ranges,
        ...(kind === 'ewma' ? { L: 3 } : { h: 5 }),
      })
      assert.deepEqual(rings.signals, [36, 37, 38, 39])
    }
  })

  it('charts p, np, c and u, warns of overdispersion, and charts Laney where it is', () => {
    const { D, size, trial } = golden.data.orangejuice
    const p = chart({ D, size, trial }, { kind: 'p', column: 'D', size: 'size', phase1: '30' })
    near(p.center, golden.orangejuice_p_first_30.pbar, 6e-7)
    assert.deepEqual(p.signals.slice(0, 2), [14, 22])
    assert.match(p.notes.join(), /laney-p/)
    const np = chart({ D }, { kind: 'np', column: 'D', size: '50', phase1: '30' })
    near(np.ucl, golden.orangejuice_p_first_30.np.ucl, 6e-4)
    const laney = chart({ D, size }, { kind: 'laney-p', column: 'D', size: 'size', phase1: '30' })
    assert.ok(laney.ucl > p.ucl)
    const c = chart(golden.data.circuit, { kind: 'c', column: 'x', phase1: 'trial' })
    near(c.ucl, golden.circuit_c_first_26.ucl, 6e-6)
    const u = chart(golden.data.dyedcloth, { kind: 'u', column: 'x', size: 'size' })
    near(u.points[0]!.lcl, golden.dyedcloth_u.first_lcl, 6e-6)
    const reestimated = chart({ D, size }, { kind: 'p', column: 'D', size: 'size', phase1: '30', reestimate: true })
    assert.deepEqual(reestimated.phase1.excluded, [14, 20, 22])
  })

  it('charts several columns together', () => {
    const columns = Object.keys(golden.data.boiler).join()
    const t2 = chart(golden.data.boiler, { kind: 't2', columns })
    near(t2.ucl, golden.boiler_t2_individuals.phase1_ucl, 6e-6)
    near(t2.points[8]!.statistic!, golden.boiler_t2_individuals.max_t2, 6e-5)
    const later = chart(golden.data.boiler, { kind: 't2', columns, phase1: '20', arl0: 200 })
    assert.ok(later.points[19]!.ucl < later.points[20]!.ucl)
    const mewma = chart(golden.data.boiler, { kind: 'mewma', columns: 't1,t2', h: 8.6336 })
    near(mewma.arl0, 200, 5e-3)
    // 25 points are a short reference: limits that allow for it are wider.
    assert.ok(mewma.expectedArl0! < 60)
    assert.ok(chart(golden.data.boiler, { kind: 'mewma', columns: 't1,t2', arl0: 200 }).ucl > 12)
  })

  it('applies run rules by name or number, names them at the points, and says what they cost', () => {
    const x = Array.from({ length: 30 }, (_, i) => (i < 20 ? [0, 1, -1, 0.5, -0.5][i % 5]! : 0.4))
    const options = { kind: 'individuals', column: 'x', center: 0, sigma: 1 } as const
    const ruled = chart({ x }, { ...options, rules: 'western-electric' })
    near(ruled.arl0, 91.75, 0.01)
    assert.match(String(ruled.points[27]!.signal), /8 in a row on one side/)
    assert.deepEqual(
      chart({ x }, { ...options, rules: '1,2' }).rules?.map(({ id }) => id),
      ['nelson-2'],
    )
    assert.deepEqual(chart({ x }, options).signals, [])
    near(chart({ x }, { ...options, rules: 'nelson' }).arl0, 73, 5)
  })

  it('charts what a series does not owe to its past or its season', () => {
    const rng = random('ar')
    let before = 0
    const x = Array.from({ length: 300 }, () => {
      before = 0.8 * before + rng.normal()
      return before
    })
    const plain = chart({ x }, { kind: 'individuals', column: 'x' })
    const residual = chart({ x }, { kind: 'individuals', column: 'x', residuals: 'ar1' })
    assert.ok(plain.signals.length > 20)
    assert.match(plain.notes.join(), /--residuals ar1/)
    assert.ok(residual.signals.length <= 4)
    const week = Array.from(
      { length: 70 },
      (_, i) => [0, 0, 0, 0, 0, 5, 6][i % 7]! + 0.5 * rng.normal() + (i > 60 ? 3 : 0),
    )
    const season = chart({ week }, { kind: 'ewma', column: 'week', residuals: 'season:7', phase1: '49' })
    assert.ok(season.signals[0]! > 60 && season.signals[0]! < 64)
  })

  it('leaves rows with missing values out, and says so', () => {
    const gaps = chart(
      { x: [1, 2, Number.NaN, 3, 2, 1, 2, Number.POSITIVE_INFINITY, 3, 2] },
      { kind: 'individuals', column: 'x' },
    )
    assert.equal(gaps.points.length, 8)
    assert.match(gaps.notes.join(), /2 of 10 rows/)
  })

  it('says what is wrong with a request and what to do', () => {
    const refused = (options: Partial<ChartOptionsGiven> & Pick<ChartOptionsGiven, 'kind'>, message: RegExp) =>
      assert.throws(() => chart({ x: [1, 2, 3, 4, 5, 6], n: [9, 9, 9, 9, 9, 9] }, options), message)
    refused({ kind: 'p', column: 'x' }, /of how many each count is/)
    refused({ kind: 'xbar-r', column: 'x' }, /which rows belong together/)
    refused({ kind: 't2', columns: 'x' }, /several columns/)
    refused({ kind: 'individuals', column: 'x', L: 3, arl0: 500 }, /both say how wide/)
    refused({ kind: 'ewma', column: 'x', rules: 'nelson' }, /independent/)
    refused({ kind: 'individuals', column: 'y' }, /no column y; it has x, n/)
    refused({ kind: 'individuals', column: 'x', phase1: '99' }, /there are 6 points/)
    refused({ kind: 'individuals', column: 'x', phase1: '3' }, /3 reference points, 5 are needed/)
    refused({ kind: 'p', column: 'n', size: 'x' }, /wanted a count between 0 and the size/)
    refused({ kind: 'individuals', column: 'x', rules: '9' }, /no run rule 9/)
  })

  it('writes a picture, a page and a chart of characters that say the same', () => {
    const rings = made(golden.data.pistonrings, {
      kind: 'xbar-r',
      column: 'diameter',
      subgroup: 'sample',
      phase1: 'trial',
    })
    assert.match(verdict(rings), /X-bar: OUT OF CONTROL at 37, 38, 39 \(3 of 40 points\)\. R: in control/)
    const svg = picture(rings, 'Rings', { width: 900, height: 500 })
    assert.equal(parseXml(svg).name, 'svg')
    assert.ok(svg.includes('Phase II'))
    const html = chartPage(rings, 'Rings <1>')
    assert.ok(html.includes('OUT OF CONTROL at 37, 38, 39') && html.includes('Rings &lt;1&gt;'))
    assert.ok(!/(src|href)="?http/.test(html))
    const characters = terminalChart(rings.main, 80)
    assert.equal(characters.join('').split('X').length - 1, 3)
    assert.ok(characters.every(line => line.length <= 80))
  })

  it('charts ten thousand points in a blink', () => {
    const rng = random('long')
    const x = Array.from({ length: 10_000 }, () => rng.normal())
    const long = chart({ x }, { kind: 'individuals', column: 'x' })
    assert.equal(long.points.length, 10_000)
    assert.ok(long.signals.length > 5 && long.signals.length < 60)
  })
})
