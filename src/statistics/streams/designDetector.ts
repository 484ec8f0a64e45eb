/** The setting of a detector that raises one false alarm in a wanted number of values, found by simulation. */
import type { Random } from '../../numeric/random.ts'
import type { DetectorKind, DetectorOptions } from './detectors.ts'
import { type Draw, firstAlarm, type RunLength, runLength } from './runLength.ts'

export interface DesignedDetector {
  readonly options: DetectorOptions
  /** Its run length on other streams than the setting was found on. */
  readonly measured: RunLength
}

/**
 * Options of a detector that raises one false alarm in `arl0` values of a stable stream, which `draw` makes: standard
 * normal values, or the reference values drawn with replacement. One option is solved for, the others are as given.
 * Streams are watched for `limit` values, by default 3 arl0. DDM and EDDM alarm early or hardly ever (their comparison
 * value only gets stricter), so for them the limit is part of the meaning of arl0.
 * The accuracy is that of the simulation: about 1 / sqrt(streams). Throws a RangeError where no setting is rare or
 * frequent enough.
 */
export function designDetector(
  given: DetectorOptions,
  arl0: number,
  draw: Draw,
  { streams = 400, limit = 3 * arl0 }: { streams?: number; limit?: number },
  random: Random,
): DesignedDetector {
  if (!(arl0 >= 50 && arl0 <= 1e7)) throw new RangeError(`designDetector: arl0 is ${arl0}, must be in [50, 1e7]`)
  const { option, low, high, at } = strictness(given, draw, random.fork('scale'))
  const optionsAt = (z: number) => ({ ...given, ...at(z) }) as DetectorOptions
  const simulated = random.fork('design')
  const isRare = (z: number) => rarerThan(arl0, optionsAt(z), draw, streams, limit, simulated)
  let frequent = low
  let rare = high
  if (isRare(low)) throw unreachable(given.kind, option, at(low), arl0, 'fewer')
  if (!isRare(high)) throw unreachable(given.kind, option, at(high), arl0, 'more')
  for (let step = 0; step < 16; step++) {
    const middle = (frequent + rare) / 2
    if (isRare(middle)) rare = middle
    else frequent = middle
  }
  const options = optionsAt(rare)
  return { options, measured: runLength(options, draw, { streams, limit }, random.fork('measure')) }
}

interface Strictness {
  /** What is solved for. */
  readonly option: string
  /** False alarms get rarer from low to high. */
  readonly low: number
  readonly high: number
  readonly at: (z: number) => Readonly<Record<string, number>>
}

/** The option that sets the false-alarm rate of each kind; the warning keeps its distance from the drift. */
function strictness({ kind }: DetectorOptions, draw: Draw, random: Random): Strictness {
  switch (kind) {
    case 'adwin':
      return { option: 'delta', low: 0, high: 30, at: z => ({ delta: 10 ** -z }) }
    case 'page-hinkley': {
      const scale = deviation(draw, random)
      return { option: 'threshold', low: -1, high: 6, at: z => ({ threshold: scale * 10 ** z }) }
    }
    case 'kswin':
      return { option: 'alpha', low: 0, high: 17, at: z => ({ alpha: 10 ** -z }) }
    case 'ddm':
      return {
        option: 'driftThreshold',
        low: 0.5,
        high: 20,
        at: z => ({ driftThreshold: z, warningThreshold: (2 / 3) * z }),
      }
    case 'eddm':
      return { option: 'beta', low: 0, high: 0.9, at: z => ({ beta: 1 - z, alpha: 1 - z / 2 }) }
    case 'fhddm':
      return { option: 'confidence', low: 0, high: 30, at: z => ({ confidence: 10 ** -z }) }
    case 'hddm-a':
    case 'hddm-w':
      return {
        option: 'driftConfidence',
        low: 0,
        high: 30,
        at: z => ({ driftConfidence: 10 ** -z, warningConfidence: Math.min(1, 5 * 10 ** -z) }),
      }
    default:
      return kind satisfies never
  }
}

/**
 * Whether there is less than one alarm in arl0 values. The same streams for every setting, so that the answer changes
 * once between settings; it stops early where it is clear by four standard errors.
 */
function rarerThan(
  arl0: number,
  options: DetectorOptions,
  draw: Draw,
  streams: number,
  limit: number,
  random: Random,
): boolean {
  let alarms = 0
  let expected = 0
  for (let stream = 0; stream < streams; stream++) {
    const { n, alarm } = firstAlarm(options, draw, limit, random.fork(stream))
    if (alarm) alarms++
    expected += n / arl0
    if (stream >= 20 && Math.abs(alarms - expected) > 4 * Math.sqrt(Math.max(alarms, expected))) break
  }
  return alarms < expected
}

function deviation(draw: Draw, random: Random): number {
  const values = Float64Array.from({ length: 1000 }, () => draw(random))
  const mean = values.reduce((sum, x) => sum + x, 0) / values.length
  const variance = values.reduce((sum, x) => sum + (x - mean) ** 2, 0) / values.length
  if (!(variance > 0)) {
    throw new RangeError('designDetector: the stable stream is constant, so no threshold has a false-alarm rate')
  }
  return Math.sqrt(variance)
}

function unreachable(
  kind: DetectorKind,
  option: string,
  at: Readonly<Record<string, number>>,
  arl0: number,
  which: 'fewer' | 'more',
): RangeError {
  return new RangeError(
    `designDetector: ${kind} raises ${which} alarms than one in ${arl0} values even at ${option} ${at[option]}; ask for another arl0 or take another detector`,
  )
}
