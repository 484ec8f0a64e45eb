/**
 * How often a detector raises a false alarm, and the setting that gives a wanted rate: by seeded simulation of a
 * stable stream, which may be the reference values themselves, drawn with replacement.
 */
import type { Random } from '../../numeric/random.ts'
import { chiSquareQuantile } from '../distributions/distributions.ts'
import { type Measured, measured, undefinedBecause } from '../measured.ts'
import { type DetectorOptions, streamDetector } from './detectors.ts'

/** The next value of a stream. */
export type Draw = (random: Random) => number

export interface RunLength {
  /** Independent streams, each watched to its first alarm or for `limit` values. */
  readonly streams: number
  readonly limit: number
  /** Streams with an alarm. */
  readonly alarms: number
  /** Values seen in all streams. */
  readonly values: number
  /** Values per alarm; on a stable stream this is ARL0. */
  readonly arl: Measured
  /** 95 % interval of the ARL; `upper` is undefined without an alarm. Exact for run lengths that are exponential. */
  readonly lower: number
  readonly upper: Measured
}

/**
 * The average run length over independent streams. A stream without an alarm counts its `limit` values and no alarm:
 * the maximum likelihood for exponential run lengths; with a limit far above the ARL it is their mean.
 */
export function runLength(
  options: DetectorOptions,
  draw: Draw,
  { streams = 400, limit = 100_000 }: { streams?: number; limit?: number },
  random: Random,
): RunLength {
  let alarms = 0
  let values = 0
  for (let stream = 0; stream < streams; stream++) {
    const { n, alarm } = firstAlarm(options, draw, limit, random.fork(stream))
    values += n
    if (alarm) alarms++
  }
  const none = `no alarm in ${values} values`
  return {
    streams,
    limit,
    alarms,
    values,
    arl: alarms > 0 ? measured(values / alarms) : undefinedBecause(none),
    lower: (2 * values) / chiSquareQuantile(0.975, 2 * alarms + 2),
    upper: alarms > 0 ? measured((2 * values) / chiSquareQuantile(0.025, 2 * alarms)) : undefinedBecause(none),
  }
}

/** One stream from an empty detector to its first alarm, or `limit` values. */
export function firstAlarm(
  options: DetectorOptions,
  draw: Draw,
  limit: number,
  random: Random,
): { readonly n: number; readonly alarm: boolean } {
  const detector = streamDetector(options.kind === 'kswin' ? { ...options, seed: random.next() } : options)
  for (let n = 1; n <= limit; n++) if (detector.update(draw(random)) === 'drift') return { n, alarm: true }
  return { n: limit, alarm: false }
}
