/**
 * Drift of a mean of values in [0, 1] by Hoeffding's and McDiarmid's bounds, without a law for the values.
 *
 * HDDM-A compares the mean of all values with their mean up to the cut point, where mean + bound was least:
 *   drift when mean - mean0 >= sqrt(m / 2 ln(2 / confidence)),   m = (n - n0) / (n0 n)
 * HDDM-W compares exponentially weighted means after and up to the cut point:
 *   drift when after - upTo > sqrt((b1 + b2) ln(1 / confidence) / 2),   b = lambda^2 + (1 - lambda)^2 b from 1 on
 * and a warning by the looser `warningConfidence`. One-sided they see a rise only (of an error rate: 1 is wrong).
 * Frias-Blanco et al., IEEE TKDE 27 (2015) 810; rules and defaults of river 0.26.
 * On a stable stream with one error in five HDDM-W alarms once in 13,000 values; of such streams of 10,000 values HDDM-A
 * alarms in 10 of 100.
 */
import { checkOption, checkShare, type Saved, type StreamDetector, type Verdict } from './detector.ts'

export interface HddmAOptions {
  readonly driftConfidence: number
  readonly warningConfidence: number
  /** Whether a fall is a drift too. */
  readonly twoSided: boolean
}

export interface HddmWOptions extends HddmAOptions {
  /** Weight of the newest value. */
  readonly lambda: number
}

export const hddmADefaults: HddmAOptions = { driftConfidence: 0.001, warningConfidence: 0.005, twoSided: false }
export const hddmWDefaults: HddmWOptions = { ...hddmADefaults, lambda: 0.05 }

interface StateA {
  n: number
  mean: number
  /** Cut points for a rise and a fall: values and mean up to them. */
  lowN: number
  lowMean: number
  highN: number
  highMean: number
}

export type SavedHddmA = Saved<'hddm-a', HddmAOptions, Readonly<StateA>>

export class HddmA implements StreamDetector {
  private readonly options: HddmAOptions
  /** ln(1 / confidence) of a drift for the cut points; ln(2 / confidence) of a drift and of a warning. */
  private readonly cut: number
  private readonly drift: number
  private readonly warning: number
  private state: StateA

  constructor(options: Partial<HddmAOptions> = {}, state?: Readonly<StateA>) {
    this.options = { ...hddmADefaults, ...options }
    checkConfidences('hddm-a', this.options)
    this.cut = Math.log(1 / this.options.driftConfidence)
    this.drift = Math.log(2 / this.options.driftConfidence)
    this.warning = Math.log(2 / this.options.warningConfidence)
    this.state = state ? { ...state } : emptyA()
  }

  update(x: number): Verdict {
    checkShare('hddm-a', x)
    const { cut, drift, warning, state: s } = this
    const { twoSided } = this.options
    s.n++
    s.mean += (1 / s.n) * (x - s.mean)
    const bound = hoeffding(s.n, cut)
    if (s.n === 1 || s.lowMean + hoeffding(s.lowN, cut) >= s.mean + bound) {
      s.lowN = s.n
      s.lowMean = s.mean
    }
    if (s.n === 1 || s.highMean - hoeffding(s.highN, cut) <= s.mean - bound) {
      s.highN = s.n
      s.highMean = s.mean
    }
    const rise = s.mean - s.lowMean
    const fall = s.highMean - s.mean
    if (differs(rise, s.lowN, s.n, drift) || (twoSided && differs(fall, s.highN, s.n, drift))) {
      this.state = emptyA()
      return 'drift'
    }
    const warns = differs(rise, s.lowN, s.n, warning) || (twoSided && differs(fall, s.highN, s.n, warning))
    return warns ? 'warning' : 'none'
  }

  save(): SavedHddmA {
    return { kind: 'hddm-a', options: this.options, state: { ...this.state } }
  }
}

function emptyA(): StateA {
  return { n: 0, mean: 0, lowN: 0, lowMean: 0, highN: 0, highMean: 0 }
}

function hoeffding(n: number, log: number): number {
  return Math.sqrt((1 / (2 * n)) * log)
}

function differs(difference: number, n0: number, n: number, log: number): boolean {
  if (n0 === n) return false
  const m = ((n - n0) / n0) * (1 / n)
  return difference >= Math.sqrt((m / 2) * log)
}

/** An exponentially weighted mean and its bound condition; n counts the values up to 1, which starts the mean. */
interface Weighted {
  n: number
  mean: number
  bound: number
}

interface StateW {
  total: Weighted
  /** For a rise: the values up to the cut point and after it, and the least mean + bound. */
  riseBefore: Weighted
  riseAfter: Weighted
  riseCut: number
  fallBefore: Weighted
  fallAfter: Weighted
  fallCut: number
}

export type SavedHddmW = Saved<'hddm-w', HddmWOptions, Readonly<StateW>>

export class HddmW implements StreamDetector {
  private readonly options: HddmWOptions
  /** ln(1 / confidence) of a drift and of a warning. */
  private readonly drift: number
  private readonly warning: number
  private state: StateW

  constructor(options: Partial<HddmWOptions> = {}, state?: Readonly<StateW>) {
    this.options = { ...hddmWDefaults, ...options }
    checkConfidences('hddm-w', this.options)
    checkOption('hddm-w', 'lambda', this.options.lambda, { least: 0, most: 1 })
    this.drift = Math.log(1 / this.options.driftConfidence)
    this.warning = Math.log(1 / this.options.warningConfidence)
    this.state = state ? structuredClone(state) : emptyW()
  }

  update(x: number): Verdict {
    checkShare('hddm-w', x)
    const { drift, warning, state: s } = this
    const { twoSided, lambda } = this.options
    const first = s.total.n === 0
    add(s.total, x, lambda)
    const width = mcDiarmid(s.total.bound, drift)
    if (first || s.total.mean + width < s.riseCut) {
      s.riseCut = s.total.mean + width
      copy(s.total, s.riseBefore)
      clear(s.riseAfter)
    } else add(s.riseAfter, x, lambda)
    if (first || s.total.mean - width > s.fallCut) {
      s.fallCut = s.total.mean - width
      copy(s.total, s.fallBefore)
      clear(s.fallAfter)
    } else add(s.fallAfter, x, lambda)
    if (exceeds(s.riseBefore, s.riseAfter, drift) || (twoSided && exceeds(s.fallAfter, s.fallBefore, drift))) {
      this.state = emptyW()
      return 'drift'
    }
    const warns =
      exceeds(s.riseBefore, s.riseAfter, warning) || (twoSided && exceeds(s.fallAfter, s.fallBefore, warning))
    return warns ? 'warning' : 'none'
  }

  save(): SavedHddmW {
    return { kind: 'hddm-w', options: this.options, state: structuredClone(this.state) }
  }
}

function emptyW(): StateW {
  const none = (): Weighted => ({ n: 0, mean: 0, bound: 1 })
  return {
    total: none(),
    riseBefore: none(),
    riseAfter: none(),
    riseCut: 0,
    fallBefore: none(),
    fallAfter: none(),
    fallCut: 0,
  }
}

function add(to: Weighted, x: number, lambda: number): void {
  to.mean = to.n === 0 ? x : lambda * x + (1 - lambda) * to.mean
  to.bound = lambda * lambda + (1 - lambda) ** 2 * to.bound
  to.n = 1
}

function copy(from: Weighted, to: Weighted): void {
  to.n = from.n
  to.mean = from.mean
  to.bound = from.bound
}

function clear(to: Weighted): void {
  to.n = 0
  to.mean = 0
  to.bound = 1
}

function mcDiarmid(bound: number, log: number): number {
  return Math.sqrt((bound * log) / 2)
}

/** Whether the mean of `high` is above that of `low` by more than the bound. */
function exceeds(low: Weighted, high: Weighted, log: number): boolean {
  if (low.n === 0 || high.n === 0) return false
  return high.mean - low.mean > mcDiarmid(low.bound + high.bound, log)
}

function checkConfidences(kind: string, { driftConfidence, warningConfidence }: HddmAOptions): void {
  checkOption(kind, 'driftConfidence', driftConfidence, { least: 0, most: 1 })
  checkOption(kind, 'warningConfidence', warningConfidence, { least: driftConfidence, most: 1 })
}
