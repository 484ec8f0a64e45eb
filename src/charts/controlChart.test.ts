import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type ControlChartData, controlChart, controlPanels } from './controlChart.ts'
import { limitSteps } from './limitSteps.ts'
import { everyElement, parseXml } from './testing/parseXml.ts'

const options = {
  id: 'c',
  width: 640,
  height: 400,
  locale: 'en',
  zone: 'UTC',
  title: 'A title',
  finding: 'A finding',
  empty: 'No points',
  labels: { centre: 'CL', upper: 'UCL', lower: 'LCL' },
  axis: { kind: 'index', first: 1 },
} as const

const nodes = (svg: string) => [...everyElement(parseXml(svg))]
const texts = (svg: string) => nodes(svg).flatMap(({ name, text }) => (name === 'text' ? [text] : []))

function panel(values: readonly number[], more: Partial<ControlChartData> = {}): ControlChartData {
  return {
    points: values.map((value, at) => ({ at, value, out: value > 3 })),
    limits: limitSteps(values.map((_, at) => ({ at, centre: 0, lower: -3, upper: 3, sigma: 1 }))),
    marks: [],
    ...more,
  }
}

test('limits that differ from point to point are steps half way between the points; equal ones are one step', () => {
  const upper = [3, 3, 4, 4, 3]
  const steps = limitSteps(upper.map((u, at) => ({ at, centre: 0, upper: u })))
  assert.deepEqual(
    steps.map(({ from, to, upper }) => [from, to, upper]),
    [
      [-0.5, 1.5, 3],
      [1.5, 3.5, 4],
      [3.5, 4.5, 3],
    ],
  )
})

test('points are numbered from 1, a phase has a divider with its name, and zones lie at one and two sigma', () => {
  const phases = [
    { from: -0.5, label: 'Phase I' },
    { from: 4.5, label: 'Phase II' },
  ]
  const svg = controlChart(panel([0, 1, -1, 0, 1, 2, 1, 0, 1, 0], { phases }), options)
  assert.ok(texts(svg).includes('1') || texts(svg).includes('2'))
  assert.ok(texts(svg).includes('Phase I') && texts(svg).includes('Phase II'))
  assert.equal(nodes(svg).filter(n => n.name === 'line' && n.attributes['stroke-dasharray'] === '6 4').length, 1)
  const zones = nodes(svg).filter(
    n => n.name === 'path' && ['1 3', '3 4'].includes(n.attributes['stroke-dasharray'] ?? ''),
  )
  assert.equal(zones.length, 4)
})

test('a signal bears the name of its rule, and its neighbours theirs where there is room', () => {
  const points = [0, 1, 4, 1, 0].map((value, at) => ({
    at,
    value,
    out: at === 2,
    ...(at === 2 && { signal: '2 of 3' }),
  }))
  const svg = controlChart({ ...panel([0, 1, 4, 1, 0]), points }, options)
  assert.deepEqual(texts(svg).filter(text => text === '2 of 3').length, 1)
})

test('two panels share one axis, each with its name and its own limits', () => {
  const range = panel([1, 2, 1, 2], {
    name: 'R',
    limits: limitSteps([0, 1, 2, 3].map(at => ({ at, centre: 1.5, lower: 0, upper: 5 }))),
  })
  const svg = controlPanels([panel([0, 1, -1, 0], { name: 'X-bar' }), range], options)
  for (const text of ['X-bar', 'R', 'UCL 3', 'UCL 5', 'CL 1.5']) assert.ok(texts(svg).includes(text), text)
})

test('close limits are told apart, and a centre that is rounding is zero without a sign', () => {
  const limits = limitSteps([{ at: 0, centre: 74.001176, lower: 73.988048, upper: 74.014304 }])
  assert.ok(texts(controlChart({ ...panel([74]), limits }, options)).includes('UCL 74.0143'))
  const zero = limitSteps([{ at: 0, centre: -4.5e-17, lower: -3, upper: 3 }])
  assert.ok(texts(controlChart({ ...panel([0]), limits: zero }, options)).includes('CL 0'))
})

test('of a long series every signal stays, and the picture is no longer than the screen needs', () => {
  const values = Array.from({ length: 10_000 }, (_, i) => (i % 1000 === 500 ? 4 : Math.sin(i)))
  const began = performance.now()
  const svg = controlChart(panel(values), options)
  const took = performance.now() - began
  assert.equal(
    nodes(svg).filter(n => n.name === 'path' && n.attributes.d?.endsWith('Z') && n.attributes.fill?.includes('broken'))
      .length,
    10,
  )
  assert.ok(svg.length < 60_000, `${svg.length} characters`)
  assert.ok(took < 500, `${took} ms`)
})

test('points named by their subgroups stand under their names', () => {
  const svg = controlChart(panel([0, 1, 2]), {
    ...options,
    axis: { kind: 'labels', labels: ['lot A', 'lot B', 'lot C'] },
  })
  for (const name of ['lot A', 'lot B', 'lot C']) assert.ok(texts(svg).includes(name))
})
