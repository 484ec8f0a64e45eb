/**
 * Stream detectors beside river's: the same detections, updates per CPU second, and false alarms beside delays.
 *
 *   sh bench/streams/venv.sh
 *   node bench/streams.ts [--python PATH] [--repetitions 7] [--only detections,speeds,alarms]
 *
 * Speeds are taken in turns, ours and theirs, each in a loop over the same values that asks for the verdict; medians.
 * A stable stream is 10,000 standard normal values, or bits of which one in five is an error; in the others the mean
 * rises after 2,000 of them by half a standard deviation or a whole one (an error rate of 0.2 by 0.2 or 0.4). The delay
 * is the median number of values to the first alarm after the change, those of streams with none counted as 10,000.
 * Designed settings are for an alarm in one stable stream of ten, counted on others than they were found on.
 * river's KSWIN, which takes half a millisecond a value, is given a fifth of the streams.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { parseArgs } from 'node:util'
import { random } from '../src/numeric/random.ts'
import { ewmaDesign } from '../src/statistics/control/runLength.ts'
import { designDetector } from '../src/statistics/streams/designDetector.ts'
import {
  type DetectorKind,
  type DetectorOptions,
  detectorKinds,
  streamDetector,
} from '../src/statistics/streams/detectors.ts'

const root = join(import.meta.dirname, '..')
const { values: options } = parseArgs({
  options: {
    python: { type: 'string', default: join(root, '.falconer/bench/streams-venv/bin/python') },
    repetitions: { type: 'string', default: '7' },
    only: { type: 'string', default: 'detections,speeds,alarms' },
  },
})
/** Settings beside the defaults that are designed for the same false alarms. */
const others: Partial<Record<DetectorKind, readonly DetectorOptions[]>> = {
  'page-hinkley': [{ kind: 'page-hinkley', delta: 0.25, alpha: 1 }],
  kswin: [{ kind: 'kswin', windowSize: 200, statSize: 100 }],
}

/** Stable values before the change. */
const changeAt = 2000
const folder = join(root, '.falconer/bench/streams')
mkdirSync(folder, { recursive: true })
const peer = startPeer()
const { version } = await peer.hello()
console.log(`river ${version} beside Node ${process.version}`)

const parts = options.only.split(',')
if (parts.includes('detections')) await sameDetections(40)
if (parts.includes('speeds')) await speeds(Number(options.repetitions))
if (parts.includes('alarms')) await falseAlarmsAndDelays(100)
peer.end()

/** Random streams under random settings: every alarm at the same value. */
async function sameDetections(trials: number): Promise<void> {
  const rng = random('differential')
  let alarms = 0
  for (let trial = 0; trial < trials; trial++) {
    for (const kind of detectorKinds) {
      const [ours, theirs] = randomSettings(kind, rng.next())
      const values = new Float64Array(3000)
      let level = 0.3
      for (let i = 0; i < values.length; i++) {
        if (rng.next() < 0.004) level = 0.1 + 0.7 * rng.next()
        if (isNumeric(kind)) values[i] = Math.round(100 * (3 * level + rng.normal())) / 100
        else values[i] = rng.next() < level ? 1 : 0
      }
      const found = allAlarms(ours, values)
      const [expected] = await peer.alarms({ kind, options: theirs, file: write(`${kind}.bin`, values), streams: 1 })
      if (JSON.stringify(found) !== JSON.stringify(expected)) {
        throw new Error(`${JSON.stringify(ours)}: alarms at ${found}, river at ${expected}`)
      }
      alarms += found.length
    }
  }
  console.log(`same detections: ${trials} random streams and settings for each detector, ${alarms} alarms\n`)
}

async function speeds(repetitions: number): Promise<void> {
  console.log('million updates per CPU second      ours   river   ratio')
  const rng = random('speed')
  const normal = Float64Array.from({ length: 1_000_000 }, () => rng.normal())
  const errors = Float64Array.from({ length: 1_000_000 }, () => (rng.next() < 0.2 ? 1 : 0))
  const files = { normal: write('normal.bin', normal), errors: write('errors.bin', errors) }
  for (const kind of detectorKinds) {
    const values = isNumeric(kind) ? normal : errors
    const file = isNumeric(kind) ? files.normal : files.errors
    const length = kind === 'kswin' ? 3000 : 200_000
    allAlarms({ kind }, values.subarray(0, 100_000))
    const ours: number[] = []
    const theirs: number[] = []
    for (let repetition = 0; repetition < repetitions; repetition++) {
      const before = process.cpuUsage()
      allAlarms({ kind }, values)
      const { user, system } = process.cpuUsage(before)
      ours.push(values.length / (user + system))
      const { seconds } = await peer.speed({ kind, options: {}, file, streams: 1, length })
      theirs.push(length / seconds / 1e6)
    }
    const [a, b] = [median(ours), median(theirs)]
    const digits = b < 0.1 ? 4 : 2
    console.log(
      `${kind.padEnd(32)} ${a.toFixed(2).padStart(7)} ${b.toFixed(digits).padStart(7)} ${(a / b).toFixed(0).padStart(7)}`,
    )
  }
  console.log()
}

async function falseAlarmsAndDelays(streams: number): Promise<void> {
  console.log('stable streams of 10,000 values with an alarm; median delay at a rise of 0.5 and of 1 sd')
  console.log(`${'detector'.padEnd(13)} ${'setting'.padEnd(50)} alarms   0.5 sd    1 sd`)
  for (const kind of detectorKinds) {
    const sets = [0, 0.5, 1].map(shift => {
      const values = shiftedStreams(kind, streams, shift)
      return { from: shift === 0 ? 0 : changeAt, values }
    })
    // river's KSWIN takes half a millisecond a value.
    const peers = kind === 'kswin' ? streams / 5 : streams
    const theirs: number[][] = []
    for (const { from, values } of sets) {
      const length = values.length / streams
      const file = write(`${kind}.bin`, values.subarray(0, peers * length))
      const task = { kind, options: {}, file, streams: peers, from }
      theirs.push((await peer.alarms(task)).map(alarms => alarms[0] ?? -1))
    }
    printAlarms(kind, 'river, defaults', theirs)
    printAlarms(kind, 'ours, defaults', firstAlarms({ kind }, sets, streams))
    // One stream in ten alarms: 1 - exp(-limit / arl0) = 0.1.
    for (const given of [{ kind } as DetectorOptions, ...(others[kind] ?? [])]) {
      const design = designDetector(
        given,
        10_000 / -Math.log(0.9),
        rng => stableValue(kind, rng),
        { streams: kind === 'kswin' ? 150 : 1500, limit: 10_000 },
        random(`bench ${kind}`),
      )
      const [, half, whole] = firstAlarms(design.options, sets, streams)
      const alarms = design.measured.alarms / design.measured.streams
      printRow(kind, `ours, ${settingOf(design.options)}`, alarms, [half!, whole!])
    }
  }
  ewmaRow(streams)
}

/** Streams one after the other: 10,000 values, or 2,000 and 10,000 shifted ones. */
function shiftedStreams(kind: DetectorKind, streams: number, shift: number): Float64Array {
  const rng = random(`${isNumeric(kind)} ${shift}`)
  const length = shift === 0 ? 10_000 : changeAt + 10_000
  return Float64Array.from({ length: streams * length }, (_, i) =>
    stableValue(kind, rng, i % length >= changeAt ? shift : 0),
  )
}

/** FHDDM takes 1 for a right answer, the others 1 for an error. */
function stableValue(kind: DetectorKind, rng: { next(): number; normal(): number }, shift = 0): number {
  if (isNumeric(kind)) return rng.normal() + shift
  const error = rng.next() < 0.2 + 0.4 * shift
  return error === (kind !== 'fhddm') ? 1 : 0
}

function firstAlarms(
  of: DetectorOptions,
  sets: readonly { readonly from: number; readonly values: Float64Array }[],
  streams: number,
): number[][] {
  return sets.map(({ from, values }) => {
    const length = values.length / streams
    return Array.from({ length: streams }, (_, s) => {
      const detector = streamDetector(of.kind === 'kswin' ? { ...of, seed: s } : of)
      for (let i = 0; i < length; i++) {
        if (detector.update(values[s * length + i]!) === 'drift' && i >= from) return i
      }
      return -1
    })
  })
}

/** The EWMA chart whose mean and sd come from the first 1,000 values, for the same false alarms. */
function ewmaRow(streams: number): void {
  const lambda = 0.05
  const L = ewmaDesign(lambda, 10_000 / -Math.log(0.9), { reference: 1000 })
  const first = [0, 0.5, 1].map(shift => {
    const values = shiftedStreams('adwin', streams, shift)
    const length = values.length / streams
    return Array.from({ length: streams }, (_, s) => {
      const stream = values.subarray(s * length, (s + 1) * length)
      const reference = stream.subarray(0, 1000)
      const mean = reference.reduce((sum, x) => sum + x, 0) / 1000
      const sd = Math.sqrt(reference.reduce((sum, x) => sum + (x - mean) ** 2, 0) / 999)
      const half = L * sd * Math.sqrt(lambda / (2 - lambda))
      let z = mean
      for (let i = 1000; i < length; i++) {
        z += lambda * (stream[i]! - z)
        if (Math.abs(z - mean) <= half) continue
        if (shift === 0 || i >= changeAt) return i
        z = mean
      }
      return -1
    })
  })
  printAlarms('EWMA chart', `lambda 0.05, L ${L.toFixed(2)}, 1,000 reference values`, first)
}

/** First alarms, or -1, of stable streams and of those with a rise. */
function printAlarms(kind: string, setting: string, [stable, ...shifted]: readonly (readonly number[])[]): void {
  printRow(kind, setting, stable!.filter(i => i >= 0).length / stable!.length, shifted)
}

function printRow(kind: string, setting: string, alarms: number, shifted: readonly (readonly number[])[]): void {
  const [half, whole] = shifted.map(at => median(at.map(i => (i < 0 ? 10_000 : i - changeAt + 1))))
  const share = `${Math.round(100 * alarms)} %`
  console.log(
    `${kind.padEnd(13)} ${setting.padEnd(50)} ${share.padStart(6)} ${String(half).padStart(8)} ${String(whole).padStart(7)}`,
  )
}

function settingOf({ kind: _, ...rest }: DetectorOptions): string {
  return Object.entries(rest)
    .filter(([name]) => !/^warning/.test(name))
    .map(([name, value]) => `${name} ${Number(Number(value).toPrecision(3))}`)
    .join(', ')
}

/** A setting in our names and the same in river's. */
function randomSettings(kind: DetectorKind, u: number): [DetectorOptions, Record<string, unknown>] {
  const v = (u * 1000) % 1
  switch (kind) {
    case 'adwin': {
      const clock = 1 + Math.floor(40 * v)
      const delta = 10 ** (-6 * u)
      return [
        { kind, clock, delta },
        { clock, delta },
      ]
    }
    case 'page-hinkley': {
      const threshold = 5 + 60 * u
      const alpha = 1 - v / 50
      return [
        { kind, threshold, alpha },
        { threshold, alpha },
      ]
    }
    case 'kswin': {
      const statSize = 20 + Math.floor(40 * u)
      const alpha = 10 ** (-2 - 3 * v)
      // With a window of twice the statistic nothing is drawn at random.
      return [
        { kind, statSize, windowSize: 2 * statSize, alpha },
        { stat_size: statSize, window_size: 2 * statSize, alpha },
      ]
    }
    case 'ddm': {
      const driftThreshold = 1.5 + 2 * u
      return [{ kind, driftThreshold }, { drift_threshold: driftThreshold }]
    }
    case 'eddm': {
      const beta = 0.6 + 0.35 * u
      return [{ kind, beta }, { beta }]
    }
    case 'fhddm': {
      const confidence = 10 ** (-6 * u)
      const shortWindow = 1 + Math.floor(90 * v)
      return [
        { kind, confidence, shortWindow },
        { confidence_level: confidence, short_window_size: shortWindow },
      ]
    }
    case 'hddm-a':
    case 'hddm-w': {
      const driftConfidence = 10 ** (-1 - 4 * u)
      const twoSided = v < 0.5
      return [
        { kind, driftConfidence, warningConfidence: 0.2, twoSided },
        { drift_confidence: driftConfidence, warning_confidence: 0.2, two_sided_test: twoSided },
      ]
    }
    default:
      return kind satisfies never
  }
}

function isNumeric(kind: DetectorKind): boolean {
  return kind === 'adwin' || kind === 'page-hinkley' || kind === 'kswin'
}

function allAlarms(of: DetectorOptions, values: Float64Array): number[] {
  const detector = streamDetector(of)
  const found: number[] = []
  for (let i = 0; i < values.length; i++) if (detector.update(values[i]!) === 'drift') found.push(i)
  return found
}

function write(name: string, values: Float64Array): string {
  const file = join(folder, name)
  writeFileSync(file, values)
  return file
}

function median(of: readonly number[]): number {
  return [...of].sort((a, b) => a - b)[of.length >> 1]!
}

interface Task {
  readonly kind: DetectorKind
  readonly options: Record<string, unknown>
  readonly file: string
  readonly streams: number
  readonly length?: number
  readonly from?: number
}

function startPeer() {
  const child: ChildProcess = spawn(options.python, [join(root, 'bench/streams/peer.py')], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const lines = createInterface({ input: child.stdout! })[Symbol.asyncIterator]()
  const answer = async () => {
    const { value, done } = await lines.next()
    if (done) throw new Error('river has stopped')
    return JSON.parse(value)
  }
  const ask = (task: object) => {
    child.stdin!.write(`${JSON.stringify(task)}\n`)
    return answer()
  }
  return {
    hello: answer,
    speed: (task: Task) => ask({ do: 'speed', ...task }) as Promise<{ seconds: number }>,
    alarms: (task: Task) => ask({ do: 'alarms', ...task }) as Promise<number[][]>,
    end: () => child.stdin!.end(),
  }
}
