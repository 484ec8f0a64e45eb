/**
 * KSWIN: the newest `statSize` values of a sliding window against a random sample of as many older ones, by the exact
 * two-sample test of Kolmogorov and Smirnov. A drift when p <= alpha and D > 0.1.
 * Raab, Heusinger and Schleif, Neurocomputing 416 (2020) 340; rules and defaults of river 0.26. The sample of update n is
 * a function of the seed and n; with a window of 2 statSize it is all older values and nothing is random.
 *
 * The window is kept in ascending order, so D is one walk over it, and p falls with D, so alpha is one critical D.
 * A test at every value is about statSize tests of the same values: alpha is no false-alarm rate: with the
 * defaults a stable stream alarms once in 750 values.
 */
import { hashText, mix32 } from '../../numeric/hash32.ts'
import { checkNumber, checkOption, type Saved, type StreamDetector, type Verdict } from './detector.ts'

export interface KswinOptions {
  readonly alpha: number
  readonly windowSize: number
  readonly statSize: number
  readonly seed: number | string
}

export const kswinDefaults: KswinOptions = { alpha: 0.005, windowSize: 100, statSize: 30, seed: 0 }

interface SavedState {
  /** Values since the last drift. */
  readonly n: number
  /** The newest of them, oldest first. */
  readonly window: readonly number[]
}

export type SavedKswin = Saved<'kswin', KswinOptions, SavedState>

export class Kswin implements StreamDetector {
  private readonly options: KswinOptions
  /** Least statSize * D that is a drift. */
  private readonly critical: number
  /** A ring: value number n is at n % windowSize. */
  private readonly window: Float64Array
  /** Places of the ring in ascending order of their values. */
  private readonly order: Int32Array
  /** What a place adds to the difference of the two counts: 1 for a newest value, -1 for a drawn one. */
  private readonly step: Int8Array
  private readonly seed: number
  private n = 0

  constructor(options: Partial<KswinOptions> = {}, state?: SavedState) {
    this.options = { ...kswinDefaults, ...options }
    const { alpha, windowSize, statSize } = this.options
    checkOption('kswin', 'alpha', alpha, { least: 0, most: 1 })
    checkOption('kswin', 'statSize', statSize, { least: 2, whole: true })
    checkOption('kswin', 'windowSize', windowSize, { least: 2 * statSize, whole: true })
    this.critical = criticalDistance(statSize, alpha)
    this.window = new Float64Array(windowSize)
    this.order = new Int32Array(windowSize)
    this.step = new Int8Array(windowSize)
    this.seed = hashText(String(this.options.seed))
    if (state) {
      this.n = state.n - state.window.length
      for (const [held, x] of state.window.entries()) this.push(x, held)
    }
  }

  update(x: number): Verdict {
    checkNumber('kswin', x)
    const { windowSize } = this.options
    this.push(x, Math.min(this.n, windowSize))
    if (this.n < windowSize) return 'none'
    this.draw()
    if (this.distance() < this.critical) return 'none'
    this.n = 0
    return 'drift'
  }

  save(): SavedKswin {
    const { n, window } = this
    const kept = Math.min(n, window.length)
    const newest = Array.from({ length: kept }, (_, k) => window[(n - kept + k) % window.length]!)
    return { kind: 'kswin', options: this.options, state: { n, window: newest } }
  }

  /** Puts a value into the ring and its order, which holds `held` values. */
  private push(x: number, held: number): void {
    const { window, order } = this
    const place = this.n % window.length
    // The hole: the place that leaves, or the end of an order that is not full.
    let hole = held
    if (held === window.length) {
      hole = 0
      while (order[hole] !== place) hole++
    }
    while (hole > 0 && window[order[hole - 1]!]! > x) {
      order[hole] = order[hole - 1]!
      hole--
    }
    const last = Math.min(held, window.length - 1)
    while (hole < last && window[order[hole + 1]!]! < x) {
      order[hole] = order[hole + 1]!
      hole++
    }
    order[hole] = place
    window[place] = x
    this.n++
  }

  /**
   * Marks the newest values and a random sample of the older ones: each of those that are left is taken with the
   * probability wanted / left (Fan, Muller and Rezucha 1962), by a random number that is a hash of its position.
   */
  private draw(): void {
    const { step, n, seed } = this
    const { windowSize, statSize } = this.options
    const older = windowSize - statSize
    let wanted = statSize
    let place = n % windowSize
    for (let left = older; left > 0; left--) {
      const number = mix32(seed + Math.imul(n * older + left, 0x9e3779b9)) * 2 ** -32
      const taken = number * left < wanted ? 1 : 0
      step[place] = -taken
      wanted -= taken
      if (++place === windowSize) place = 0
    }
    for (let newest = 0; newest < statSize; newest++) {
      step[place] = 1
      if (++place === windowSize) place = 0
    }
  }

  /** statSize times the largest distance between the distribution functions of the newest and the drawn values. */
  private distance(): number {
    const { window, order, step } = this
    let difference = 0
    let largest = 0
    let value = window[order[0]!]!
    for (let k = 0; k < order.length; k++) {
      const place = order[k]!
      const next = window[place]!
      // Equal values step together.
      if (next !== value) {
        largest = Math.max(largest, Math.abs(difference))
        value = next
      }
      difference += step[place]!
    }
    return largest
  }
}

/** The least k with p(k / n) <= alpha and k / n > 0.1; more than n where there is none. */
function criticalDistance(n: number, alpha: number): number {
  let k = Math.floor(n / 10) + 1
  while (k <= n && equalSizesSf(n, k) > alpha) k++
  return k
}

/**
 * P(D >= k / n) of two samples of n values each, by reflection:
 *   2 sum_{j >= 1} (-1)^{j+1} C(2n, n - j k) / C(2n, n)
 * Gnedenko and Korolyuk 1951. Equal to scipy's exact p to 1e-12 (test).
 */
export function equalSizesSf(n: number, k: number): number {
  if (k <= 0) return 1
  let sum = 0
  let term = 1
  let i = 0
  for (let j = 1; j * k <= n; j++) {
    for (; i < j * k; i++) term *= (n - i) / (n + i + 1)
    sum += j % 2 === 1 ? term : -term
  }
  return Math.min(1, 2 * sum)
}
