/** Laws that hold for every chart. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { type Bar, bars, barsHeight } from './bars.ts'
import { controlChart, controlPanels } from './controlChart.ts'
import { distributions, smallDistributions } from './distributions.ts'
import { limitSteps } from './limitSteps.ts'
import { lineChart } from './lineChart.ts'
import { monthlyComparison } from './monthlyComparison.ts'
import type { ChartOptions, State } from './options.ts'
import { ring } from './ring.ts'
import { sparkline } from './sparkline.ts'
import { everyElement, parseXml, placesOf } from './testing/parseXml.ts'
import { timeline } from './timeline.ts'
import { waterfall, waterfallHeight } from './waterfall.ts'

const base: ChartOptions = {
  id: 'c',
  width: 640,
  height: 280,
  locale: 'en',
  zone: 'America/New_York',
  title: 'A title',
  finding: 'A finding',
  empty: 'No data: nothing was measured yet',
}

const text = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 30 }),
  fc.constantFrom('<script>alert(1)</script>', '"><img onerror=x>', '航班延误', 'Ω&amp;', '\u0000\u200f\ud800'),
)
const value = fc.oneof(
  { weight: 8, arbitrary: fc.double({ min: -1e6, max: 1e6, noDefaultInfinity: true, noNaN: true }) },
  { weight: 1, arbitrary: fc.constantFrom(Number.NaN, 0, -0, 1e-300, 1e300, -1e308, 1.7e308) },
)
const instant = fc.integer({ min: Date.UTC(2012, 0), max: Date.UTC(2014, 11) })
const state = fc.constantFrom<State>('ok', 'busy', 'attention', 'broken', 'idle')
const href = fc.option(fc.constantFrom('/projects/a', '#x'), { nil: undefined })
const options = fc.record({
  id: fc.constant('c'),
  width: fc.integer({ min: 240, max: 1600 }),
  height: fc.integer({ min: 160, max: 700 }),
  locale: fc.constantFrom('en', 'zh-CN', 'de'),
  zone: fc.constantFrom('UTC', 'America/New_York', 'Asia/Shanghai', 'Asia/Kathmandu'),
  title: text,
  finding: text,
  empty: text,
})
const twoDistributions = fc.integer({ min: 1, max: 20 }).chain(n => {
  const shares = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: n, maxLength: n })
  const names = fc.array(text, { minLength: n, maxLength: n })
  const edges = [Number.NEGATIVE_INFINITY, ...Array(n - 1).keys(), Number.POSITIVE_INFINITY]
  const bins = fc.oneof(fc.constant({ edges }), fc.record({ names }))
  return fc.tuple(bins, shares, shares).map(([bins, reference, current]) => ({
    bins,
    reference,
    current,
    lower: reference.map(r => r * 0.9),
    upper: reference.map(r => r * 1.1),
  }))
})
const ascending = <T extends { at: number }>(items: readonly T[]) => [...items].sort((a, b) => a.at - b.at)
const optional = (x: number) => (Number.isNaN(x) ? undefined : x)

const mark = fc.record({ at: instant, label: text, note: fc.option(text, { nil: undefined }), href })

/** Each chart with anything it may be given, already drawn. */
const drawings: Readonly<Record<string, fc.Arbitrary<() => string>>> = {
  controlChart: fc
    .tuple(
      fc.array(fc.record({ at: instant, value, out: fc.boolean(), note: fc.option(text, { nil: undefined }), href }), {
        maxLength: 60,
      }),
      fc.array(fc.record({ at: instant, centre: value, lower: value, upper: value }), { maxLength: 4 }),
      fc.array(mark, { maxLength: 6 }),
      options,
    )
    .map(([points, limits, marks, o]) => () => {
      const steps = ascending(limits).filter(l => Number.isFinite(l.centre))
      return controlChart(
        {
          points: ascending(points),
          limits: steps.map((l, i) => ({
            from: l.at,
            to: steps[i + 1]?.at ?? l.at + 86_400_000,
            centre: l.centre,
            lower: optional(l.lower),
            upper: optional(l.upper),
            version: 1 + (i >> 1),
          })),
          marks,
        },
        { ...o, labels: { centre: 'centre', upper: 'UCL', lower: 'LCL' } },
      )
    }),
  controlPanels: fc
    .tuple(
      fc.array(
        fc.array(
          fc.record({
            value,
            out: fc.boolean(),
            signal: fc.option(text, { nil: undefined }),
            centre: value,
            lower: value,
            upper: value,
            sigma: fc.option(value, { nil: undefined }),
          }),
          { maxLength: 80 },
        ),
        { minLength: 1, maxLength: 2 },
      ),
      fc.array(fc.record({ from: fc.integer({ min: 0, max: 80 }), label: text }), { maxLength: 3 }),
      fc.constantFrom('index' as const, 'labels' as const),
      text,
      options,
    )
    .map(([panels, phases, axis, name, o]) => () => {
      const data = panels.map(panel => ({
        name,
        marks: [],
        phases: phases.toSorted((a, b) => a.from - b.from),
        points: panel.map(({ value, out, signal }, at) => ({
          at,
          value,
          out,
          ...(signal !== undefined && { signal }),
        })),
        limits: limitSteps(
          panel.map(({ centre, lower, upper, sigma }, at) => ({
            at,
            centre: Number.isFinite(centre) ? centre : 0,
            ...(Number.isFinite(lower) && { lower }),
            ...(Number.isFinite(upper) && { upper }),
            ...(sigma !== undefined && Number.isFinite(sigma) && { sigma }),
          })),
        ),
      }))
      return controlPanels(data, {
        ...o,
        labels: { centre: 'CL', upper: 'UCL', lower: 'LCL' },
        axis:
          axis === 'index' ? { kind: 'index', first: 1, name } : { kind: 'labels', labels: panels[0]!.map(() => name) },
      })
    }),
  lineChart: fc
    .tuple(
      fc.array(fc.tuple(text, fc.array(fc.record({ at: instant, value }), { maxLength: 80 })), { maxLength: 3 }),
      fc.array(mark, { maxLength: 4 }),
      fc.constantFrom('time' as const, 'number' as const),
      options,
    )
    .map(([series, marks, axis, o]) => () => {
      const lines = series.map(([name, points], i) => ({
        name,
        x: ascending(points).map(p => p.at),
        y: ascending(points).map(p => p.value),
        token: (['series', 'reference', 'ok'] as const)[i]!,
      }))
      return lineChart(lines, { ...o, axis, marks })
    }),
  timeline: fc
    .tuple(
      fc.array(
        fc.record({
          lane: fc.constantFrom('a', 'b', 'elsewhere'),
          at: instant,
          lasts: fc.option(fc.integer({ min: 0, max: 1e10 }), { nil: undefined }),
          label: text,
          state,
          thread: fc.option(fc.constantFrom('t', 'u'), { nil: undefined }),
          href,
        }),
        { maxLength: 30 },
      ),
      text,
      options,
    )
    .map(
      ([events, name, o]) =>
        () =>
          timeline(
            {
              lanes: [
                { key: 'a', name },
                { key: 'b', name: 'second' },
              ],
              events: events.map(e => ({ ...e, until: e.lasts === undefined ? undefined : e.at + e.lasts })),
              now: Date.UTC(2013, 5),
            },
            { ...o, nowLabel: 'now' },
          ),
    ),
  ring: fc
    .tuple(
      fc.array(fc.record({ name: text, state, line: text, href }), { minLength: 1, maxLength: 8 }),
      state,
      text,
      options,
    )
    .map(
      ([stages, s, line, o]) =>
        () =>
          ring({ stages, state: s, headline: line, line }, o),
    ),
  waterfall: fc
    .tuple(
      fc.array(
        fc.record({ feature: text, value: text, contribution: fc.double({ min: -1e3, max: 1e3, noNaN: true }) }),
        {
          maxLength: 30,
        },
      ),
      options,
    )
    .map(([contributions, o]) => () => {
      const output = contributions.reduce((sum, c) => sum + c.contribution, -1)
      return waterfall(
        { base: -1, output, contributions },
        {
          ...o,
          height: waterfallHeight(contributions.length),
          labels: { base: 'mean', output: 'this row', rest: n => `${n} others` },
        },
      )
    }),
  bars: fc.tuple(fc.array(fc.record({ label: text, value, other: value, href }), { maxLength: 20 }), options).map(
    ([data, o]) =>
      () =>
        bars(
          data.map((b): Bar => ({ ...b, other: optional(b.other) })),
          { ...o, height: barsHeight(data.length) },
        ),
  ),
  distributions: fc.tuple(twoDistributions, options).map(
    ([data, o]) =>
      () =>
        distributions(data, { ...o, labels: { reference: 'reference', current: 'now' } }),
  ),
  smallDistributions: fc.tuple(twoDistributions, options).map(
    ([data, o]) =>
      () =>
        smallDistributions(data, o),
  ),
  sparkline: fc.tuple(fc.array(value, { maxLength: 60 }), options).map(
    ([values, o]) =>
      () =>
        sparkline({ values, out: values.map(v => v > 0), upper: 1, lower: -1 }, o),
  ),
  monthlyComparison: fc
    .tuple(fc.array(fc.record({ label: text, frozen: value, loop: value }), { maxLength: 14 }), fc.boolean(), options)
    .map(
      ([months, higherIsBetter, o]) =>
        () =>
          monthlyComparison(months, { ...o, higherIsBetter, labels: { frozen: 'frozen', loop: 'loop' } }),
    ),
}

describe('every chart', () => {
  for (const [name, drawing] of Object.entries(drawings)) {
    test(`${name}: the same input gives the same bytes, well-formed, inside its frame, and text stays text`, () => {
      fc.assert(
        fc.property(drawing, draw => {
          const svg = draw()
          assert.equal(draw(), svg)
          const root = parseXml(svg)
          assert.equal(root.name, 'svg')
          assert.deepEqual(
            root.children.slice(0, 2).map(c => c.name),
            ['title', 'desc'],
          )
          const [, , width, height] = root.attributes.viewBox!.split(' ').map(Number)
          for (const node of everyElement(root)) {
            assert.ok(!['script', 'img', 'foreignObject', 'style'].includes(node.name), node.name)
            for (const key of Object.keys(node.attributes)) assert.ok(!/^on|^style$/.test(key), key)
            for (const [x, y] of placesOf(node)) {
              assert.ok(x >= -1 && x <= width! + 1, `${node.name} at x ${x} of ${width}`)
              assert.ok(y >= -1 && y <= height! + 1, `${node.name} at y ${y} of ${height}`)
            }
          }
        }),
        { numRuns: 150, seed: 20130301 },
      )
    })
  }
})

test('a chart names itself and states its finding, with ids under the prefix of its caller', () => {
  const svg = parseXml(sparkline({ values: [1, 2] }, { ...base, id: 'auc', title: 'AUC', finding: 'AUC rose to 2' }))
  assert.equal(svg.attributes.role, 'img')
  assert.equal(svg.attributes['aria-labelledby'], 'auc-title')
  assert.deepEqual(svg.children[0], { name: 'title', attributes: { id: 'auc-title' }, children: [], text: 'AUC' })
  assert.equal(svg.children[1]!.text, 'AUC rose to 2')
})

test('zero points say no data and why', () => {
  const words = (svg: string) => Array.from(everyElement(parseXml(svg)), e => e.text).join(' ')
  const labels = { centre: 'c', upper: 'u', lower: 'l' }
  assert.match(
    words(controlChart({ points: [], limits: [], marks: [] }, { ...base, labels })),
    /nothing was measured yet/,
  )
  assert.match(words(lineChart([], { ...base, axis: 'time' })), /nothing was measured yet/)
  assert.match(words(bars([], base)), /nothing was measured yet/)
})

test('a point out of limits has another shape, not only another colour', () => {
  const at = Date.UTC(2013, 2, 1)
  const svg = controlChart(
    {
      points: [
        { at, value: 0.1, out: false },
        { at: at + 86_400_000, value: 0.9, out: true, note: 'above the upper limit' },
      ],
      limits: [{ from: at, to: at + 86_400_000, centre: 0, lower: -0.5, upper: 0.5, version: 1 }],
      marks: [],
    },
    { ...base, labels: { centre: 'centre', upper: 'UCL', lower: 'LCL' } },
  )
  const nodes = [...everyElement(parseXml(svg))]
  assert.equal(nodes.filter(n => n.name === 'circle').length, 1)
  const signal = nodes.find(n => n.name === 'path' && n.children[0]?.text === 'above the upper limit')
  assert.ok(signal?.attributes.d?.endsWith('Z'))
  assert.ok(nodes.some(n => n.name === 'text' && n.text === 'UCL 0.5'))
})

test('a missing value breaks the line, and a point alone between gaps is a dot', () => {
  const y = [1, 2, Number.NaN, 3, Number.NaN, 4, 5]
  const svg = lineChart([{ name: 's', x: [...y.keys()], y, token: 'series' }], { ...base, axis: 'number' })
  const nodes = [...everyElement(parseXml(svg))]
  const line = nodes.find(n => n.name === 'path')!
  assert.equal(line.attributes.d!.match(/M/g)!.length, 3)
  assert.equal(nodes.filter(n => n.name === 'circle').length, 1)
})

test('limits are steps: a new version starts a new line', () => {
  const day = 86_400_000
  const at = Date.UTC(2013, 2, 1)
  const limits = [
    { from: at, to: at + day, centre: 0, lower: -1, upper: 1, version: 1 },
    { from: at + day, to: at + 2 * day, centre: 0, lower: -1.5, upper: 1.5, version: 1 },
    { from: at + 2 * day, to: at + 3 * day, centre: 0.2, lower: -1, upper: 1.4, version: 2 },
  ]
  const svg = controlChart(
    { points: [{ at, value: 0, out: false }], limits, marks: [] },
    { ...base, labels: { centre: 'centre', upper: 'UCL', lower: 'LCL' } },
  )
  const dashed = [...everyElement(parseXml(svg))].filter(n => n.name === 'path' && n.attributes['stroke-dasharray'])
  assert.equal(dashed.length, 2)
  for (const path of dashed) assert.equal(path.attributes.d!.match(/M/g)!.length, 2)
})

test('the bars of a waterfall begin at the base, end at the output, and join on the way', () => {
  const svg = waterfall(
    {
      base: 0,
      output: 2,
      contributions: [
        { feature: 'hour', value: '17', contribution: 3 },
        { feature: 'carrier', value: 'UA', contribution: -1 },
      ],
    },
    { ...base, height: waterfallHeight(2), labels: { base: 'mean', output: 'this flight', rest: n => `${n} others` } },
  )
  const extents = [...everyElement(parseXml(svg))]
    .filter(n => n.name === 'path')
    .map(n => placesOf(n).map(([x]) => x))
    .map(xs => [Math.min(...xs), Math.max(...xs)] as const)
  const ends = [...everyElement(parseXml(svg))]
    .filter(n => n.attributes['stroke-width'] === '2')
    .map(n => placesOf(n)[0]![0])
  const [hour, carrier] = extents
  assert.equal(hour![0], ends[0])
  assert.equal(carrier![1], hour![1])
  assert.equal(carrier![0], ends[1])
})

test('a hundred thousand points become at most four per pixel', () => {
  const n = 100_000
  const x = Float64Array.from({ length: n }, (_, i) => i)
  const y = Float64Array.from(
    { length: n },
    (_, i) => Math.sin(i * 12.9898) * 43758.5453 - Math.floor(Math.sin(i * 12.9898) * 43758.5453),
  )
  const svg = lineChart([{ name: 'noise', x, y, token: 'series' }], { ...base, axis: 'number' })
  const line = [...everyElement(parseXml(svg))].find(node => node.name === 'path')!
  assert.ok(placesOf(line).length <= 4 * base.width)
})
