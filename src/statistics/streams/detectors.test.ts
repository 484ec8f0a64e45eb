import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import fc from 'fast-check'
import { random } from '../../numeric/random.ts'
import {
  type DetectorOptions,
  detectorKinds,
  restoreDetector,
  type SavedDetector,
  streamDetector,
} from './detectors.ts'
import { equalSizesSf } from './kswin.ts'

const golden = (name: string) =>
  JSON.parse(readFileSync(new URL(`../../../test/golden/streams/${name}`, import.meta.url), 'utf8'))

/** Indices of drifts, and of warnings as ranges. */
function judge(options: DetectorOptions, stream: readonly number[]) {
  const detector = streamDetector(options)
  const drifts: number[] = []
  const warnings: [number, number][] = []
  for (const [i, x] of stream.entries()) {
    const verdict = detector.update(x)
    if (verdict === 'drift') drifts.push(i)
    if (verdict !== 'warning') continue
    const last = warnings.at(-1)
    if (last?.[1] === i - 1) last[1] = i
    else warnings.push([i, i])
  }
  return { drifts, warnings }
}

/** river's names of the options. */
const ours: Readonly<Record<string, string>> = {
  max_buckets: 'maxBuckets',
  min_window_length: 'minWindowLength',
  grace_period: 'gracePeriod',
  min_instances: 'minInstances',
  window_size: 'windowSize',
  stat_size: 'statSize',
  warm_start: 'warmStart',
  warning_threshold: 'warningThreshold',
  drift_threshold: 'driftThreshold',
  sliding_window_size: 'window',
  confidence_level: 'confidence',
  short_window_size: 'shortWindow',
  two_sided_test: 'twoSided',
  drift_confidence: 'driftConfidence',
  warning_confidence: 'warningConfidence',
  lambda_val: 'lambda',
}

test('every detector raises its alarms and warnings at exactly the values where river raises them', () => {
  const { streams, answers } = golden('detectors.json')
  assert.ok(answers.length > 70)
  for (const { kind, options, stream, drifts, warnings } of answers) {
    const renamed = Object.fromEntries(Object.entries(options).map(([name, value]) => [ours[name] ?? name, value]))
    const found = judge({ kind, ...renamed } as DetectorOptions, streams[stream])
    assert.deepEqual(found, { drifts, warnings }, `${kind} ${JSON.stringify(options)} on ${stream}`)
  }
  assert.deepEqual(new Set(answers.map((answer: { kind: string }) => answer.kind)), new Set(detectorKinds))
})

test('the published detections on steps of counts, of normal values and of error bits are reproduced', () => {
  const { streams, detections } = golden('stream_detectors.json')
  const named: Record<string, DetectorOptions> = {
    adwin_default: { kind: 'adwin' },
    page_hinkley_default: { kind: 'page-hinkley' },
    'kswin_alpha.0001_w200_s100_seed42': { kind: 'kswin', alpha: 1e-4, windowSize: 200, statSize: 100, seed: 42 },
    ddm_default: { kind: 'ddm' },
    eddm_default: { kind: 'eddm' },
    fhddm_default: { kind: 'fhddm' },
  }
  assert.deepEqual(Object.keys(detections).sort(), Object.keys(named).sort())
  for (const [name, byStream] of Object.entries(detections)) {
    for (const [stream, drifts] of Object.entries(byStream as Record<string, number[]>)) {
      assert.deepEqual(judge(named[name]!, streams[stream]).drifts, drifts, `${name} on ${stream}`)
    }
  }
})

test("the critical distance of KSWIN comes from scipy's exact p of two samples of one size, to 1e-12", () => {
  for (const [n, k, p] of golden('detectors.json').equal_sizes_p as [number, number, number][]) {
    assert.ok(Math.abs(equalSizesSf(n, k) / p - 1) < 1e-12, `n ${n}, k ${k}: ${equalSizesSf(n, k)}, scipy ${p}`)
  }
})

test('a detector that is saved as JSON and restored at any value gives the same verdicts', () => {
  fc.assert(
    fc.property(fc.constantFrom(...detectorKinds), fc.integer(), fc.nat(600), (kind, seed, at) => {
      const draw = random(seed)
      const whole = streamDetector({ kind } as DetectorOptions)
      let parted = streamDetector({ kind } as DetectorOptions)
      for (let i = 0; i < 900; i++) {
        const x = draw.next() < (i < 450 ? 0.3 : 0.8) ? 1 : 0
        if (i === at) parted = restoreDetector(JSON.parse(JSON.stringify(parted.save())) as SavedDetector)
        assert.equal(parted.update(x), whole.update(x), `${kind}, value ${i}`)
      }
      assert.deepEqual(parted.save(), whole.save())
    }),
    { numRuns: 200 },
  )
})

test('a value that a detector cannot use is refused by name and changes nothing', () => {
  for (const kind of detectorKinds) {
    const detector = streamDetector({ kind } as DetectorOptions)
    detector.update(1)
    const before = JSON.stringify(detector.save())
    for (const x of [Number.NaN, Number.POSITIVE_INFINITY, -1e80]) {
      assert.throws(() => detector.update(x), new RegExp(`${kind}: the value is .* leave missing values out`))
    }
    assert.equal(JSON.stringify(detector.save()), before)
  }
  assert.throws(() => streamDetector({ kind: 'ddm' }).update(0.5), /must be 1 \(wrong answer\) or 0 \(right answer\)/)
  assert.throws(() => streamDetector({ kind: 'hddm-a' }).update(1.5), /must be in \[0, 1\]/)
})

test('options that make no sense are refused', () => {
  assert.throws(
    () => streamDetector({ kind: 'kswin', windowSize: 50 }),
    /windowSize is 50, must be an integer of at least 60/,
  )
  assert.throws(() => streamDetector({ kind: 'adwin', delta: Number.NaN }), /delta is NaN/)
  assert.throws(() => streamDetector({ kind: 'eddm', alpha: 0.8 }), /beta is 0.9, must be a number in \[0, 0.8\]/)
  assert.throws(
    () => streamDetector({ kind: 'cusum' } as unknown as DetectorOptions),
    /kind is cusum, must be one of adwin, page-hinkley/,
  )
})

test('a constant stream is no drift', () => {
  for (const kind of detectorKinds) {
    for (const x of [0, 1]) {
      const { drifts } = judge({ kind } as DetectorOptions, new Array<number>(2000).fill(x))
      assert.deepEqual(drifts, [], `${kind} on ${x}`)
    }
  }
})
