/** What all stream detectors have in common: one value in, a verdict out, a state that is plain JSON. */
import { largestFinite } from '../profiles/moments.ts'

/** `drift` is said once, at the value that decides; the detector is then empty and begins anew with the next value. */
export type Verdict = 'none' | 'warning' | 'drift'

export interface StreamDetector {
  /** Judges the next value of the stream. A value it cannot use is refused with a RangeError and changes nothing. */
  update(x: number): Verdict
  /** Options and state as plain JSON: `restoreDetector` goes on as if nothing had happened. */
  save(): unknown
}

/** Options and state of a detector as they are stored. */
export interface Saved<Kind extends string, Options, State> {
  readonly kind: Kind
  readonly options: Options
  readonly state: State
}

/** Refuses what is no number: a missing value says nothing about the stream, so the caller leaves it out. */
export function checkNumber(kind: string, x: number): void {
  if (!(Math.abs(x) <= largestFinite)) {
    throw new RangeError(
      `${kind}: the value is ${x}, must be a number within ±${largestFinite}; leave missing values out`,
    )
  }
}

export function checkBit(kind: string, x: number, one: string, zero: string): void {
  if (x !== 0 && x !== 1) {
    throw new RangeError(`${kind}: the value is ${x}, must be 1 (${one}) or 0 (${zero}); leave missing values out`)
  }
}

export function checkShare(kind: string, x: number): void {
  if (!(x >= 0 && x <= 1)) {
    throw new RangeError(`${kind}: the value is ${x}, must be in [0, 1]; leave missing values out`)
  }
}

/** Refuses options outside [least, most]; `whole` asks for an integer. */
export function checkOption(
  kind: string,
  name: string,
  value: number,
  { least, most = Number.POSITIVE_INFINITY, whole = false }: { least: number; most?: number; whole?: boolean },
): void {
  if (value >= least && value <= most && (!whole || Number.isInteger(value))) return
  const what = whole ? 'an integer' : 'a number'
  const range = most === Number.POSITIVE_INFINITY ? `of at least ${least}` : `in [${least}, ${most}]`
  throw new RangeError(`${kind}: ${name} is ${value}, must be ${what} ${range}`)
}
