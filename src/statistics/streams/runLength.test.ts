import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { random } from '../../numeric/random.ts'
import { designDetector } from './designDetector.ts'
import type { DetectorKind, DetectorOptions } from './detectors.ts'
import { type Draw, type RunLength, runLength } from './runLength.ts'

const normal: Draw = rng => rng.normal()
const errors: Draw = rng => (rng.next() < 0.2 ? 1 : 0)
const answers: Draw = rng => (rng.next() < 0.8 ? 1 : 0)
const stable: Readonly<Record<DetectorKind, Draw>> = {
  adwin: normal,
  'page-hinkley': normal,
  kswin: normal,
  ddm: errors,
  eddm: errors,
  fhddm: answers,
  'hddm-a': errors,
  'hddm-w': errors,
}

test("stable streams raise false alarms as often as with river's detectors", () => {
  const { run_lengths } = JSON.parse(
    readFileSync(new URL('../../../test/golden/streams/detectors.json', import.meta.url), 'utf8'),
  ) as { run_lengths: { kind: DetectorKind; streams: number; limit: number; alarms: number; values: number }[] }
  assert.equal(run_lengths.length, Object.keys(stable).length)
  for (const river of run_lengths) {
    const { kind, streams, limit } = river
    const ours = runLength({ kind }, stable[kind], { streams, limit }, random(`river ${kind}`))
    // Alarms are binomial; values vary with them.
    const share = (ours.alarms + river.alarms + 1) / (2 * streams + 2)
    const tolerance = 3.5 * Math.sqrt(2 * streams * share * (1 - share)) + 1
    assert.ok(Math.abs(ours.alarms - river.alarms) < tolerance, `${kind}: ${ours.alarms} alarms, river ${river.alarms}`)
    const rate = (ours.alarms + 0.5) / ours.values / ((river.alarms + 0.5) / river.values)
    const spread = 3.5 * Math.sqrt(1 / (ours.alarms + 0.5) + 1 / (river.alarms + 0.5))
    assert.ok(Math.abs(Math.log(rate)) < spread, `${kind}: ${rate} times as often as river`)
  }
})

test('the defaults alarm on stable streams as often as their files say', () => {
  const stated: [DetectorKind, number, { streams: number; limit: number }][] = [
    ['page-hinkley', 1600, { streams: 300, limit: 20_000 }],
    ['kswin', 750, { streams: 300, limit: 10_000 }],
    ['fhddm', 32_000, { streams: 100, limit: 200_000 }],
    ['hddm-w', 13_000, { streams: 200, limit: 100_000 }],
  ]
  for (const [kind, arl0, simulation] of stated) {
    const { arl } = runLength({ kind }, stable[kind], simulation, random(`stated ${kind}`))
    assert.ok(Math.abs(Math.log(arl.value! / arl0)) < 3.5 / Math.sqrt(simulation.streams), `${kind}: ${arl.value}`)
  }
  // Streams of 10,000 with an alarm, out of 100.
  for (const [kind, alarms] of [
    ['adwin', 0.6],
    ['ddm', 30],
    ['eddm', 97],
    ['hddm-a', 10],
  ] as const) {
    const found =
      runLength({ kind }, stable[kind], { streams: 300, limit: 10_000 }, random(`stated ${kind}`)).alarms / 3
    const spread = 3.5 * Math.sqrt((alarms * (100 - alarms)) / 300) + 0.5
    assert.ok(Math.abs(found - alarms) < spread, `${kind}: ${found} of 100`)
  }
})

test('a detector designed for one false alarm in a number of values has that rate on other streams', () => {
  const cases: [DetectorOptions, number][] = [
    [{ kind: 'adwin', clock: 1 }, 600],
    [{ kind: 'page-hinkley' }, 400],
    [{ kind: 'page-hinkley', mode: 'up', delta: 0.25, alpha: 1 }, 400],
    [{ kind: 'ddm' }, 400],
    [{ kind: 'eddm' }, 400],
    [{ kind: 'hddm-a' }, 400],
    [{ kind: 'hddm-w', twoSided: true }, 400],
  ]
  for (const [options, arl0] of cases) {
    const { options: designed, measured } = designDetector(options, arl0, stable[options.kind], {}, random('design'))
    // Two simulations of 400 streams: 7 % standard error.
    assert.ok(Math.abs(measured.arl.value! / arl0 - 1) < 0.25, `${JSON.stringify(designed)}: ${measured.arl.value}`)
    assert.ok(measured.lower < measured.arl.value! && measured.arl.value! < measured.upper.value!)
  }
})

test('where the statistic has steps, the design takes the rarer side', () => {
  const { options, measured } = designDetector({ kind: 'fhddm' }, 500, answers, {}, random('steps'))
  assert.ok(measured.lower < 1000 && measured.arl.value! > 450, `${JSON.stringify(options)}: ${measured.arl.value}`)
  const kswin = designDetector({ kind: 'kswin', windowSize: 60 }, 300, normal, { streams: 200 }, random('steps'))
  assert.ok(kswin.measured.arl.value! > 250 && kswin.measured.arl.value! < 700, `${kswin.measured.arl.value}`)
})

test('a Page-Hinkley threshold carries the unit of the stream', () => {
  const design = (draw: Draw) =>
    designDetector({ kind: 'page-hinkley', delta: 0 }, 500, draw, {}, random('unit')).options as { threshold: number }
  const inMetres = design(normal).threshold
  const inMillimetres = design(rng => 1000 * rng.normal()).threshold
  assert.ok(Math.abs(inMillimetres / inMetres / 1000 - 1) < 0.01, `${inMetres} m, ${inMillimetres} mm`)
})

test('the 95 % interval of a run length covers the run length 19 times in 20', () => {
  // Page-Hinkley as a coin: alarms with probability 1/50 at each value from the first on.
  const coin: DetectorOptions = { kind: 'page-hinkley', minInstances: 1, threshold: 10, alpha: 0, delta: 0 }
  const draw: Draw = rng => (rng.next() < 1 / 50 ? -1e6 : 0)
  let covered = 0
  const trials = 400
  for (let trial = 0; trial < trials; trial++) {
    const { lower, upper } = runLength(coin, draw, { streams: 40, limit: 60 }, random(`cover ${trial}`))
    if (lower <= 50 && 50 <= (upper.value ?? Number.POSITIVE_INFINITY)) covered++
  }
  assert.ok(covered > 0.93 * trials && covered <= 0.985 * trials, `${covered} of ${trials}`)
})

test('without an alarm the run length is undefined with its reason and has a lower bound', () => {
  const rare: RunLength = runLength({ kind: 'adwin' }, () => 1, { streams: 3, limit: 1000 }, random('none'))
  assert.deepEqual(rare.arl, { reason: 'no alarm in 3000 values' })
  // 97.5 % bound: -ln(0.025) = 3.69 alarms.
  assert.ok(Math.abs(rare.lower - 3000 / 3.6889) < 0.01)
})

test('a rate that no setting gives is refused', () => {
  assert.throws(
    () => designDetector({ kind: 'adwin' }, 100, normal, {}, random(1)),
    /adwin raises fewer alarms than one in 100 values even at delta 1/,
  )
  assert.throws(
    () => designDetector({ kind: 'page-hinkley' }, 500, () => 3, {}, random(1)),
    /stable stream is constant/,
  )
  assert.throws(() => designDetector({ kind: 'ddm' }, 1, errors, {}, random(1)), /arl0 is 1, must be in \[50, 1e7\]/)
})
