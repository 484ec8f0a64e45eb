/**
 * FHDDM: a fall of the share of ones in a sliding window. It is a drift when the share has fallen from its largest value
 * by more than Hoeffding's sqrt(ln(1 / confidence) / (2 window)). Feed it 1 for a RIGHT answer: it is the other way
 * round than DDM and EDDM. With a `shortWindow` the newest values are judged by the same rule too (FHDDMS): sooner
 * at sudden drift. Pesaranghader and Viktor, ECML-PKDD 2016; rules and defaults of river 0.26.
 * On a stable stream of which four in five are right the defaults alarm once in 32,000 values.
 */
import { checkBit, checkOption, type Saved, type StreamDetector, type Verdict } from './detector.ts'

export interface FhddmOptions {
  readonly window: number
  readonly confidence: number
  /** Length of the short window; 0 is none. */
  readonly shortWindow: number
}

export const fhddmDefaults: FhddmOptions = { window: 100, confidence: 1e-6, shortWindow: 0 }

interface SavedState {
  /** The newest bits, oldest first. */
  readonly bits: readonly number[]
  readonly most: number
  readonly shortMost: number
}

export type SavedFhddm = Saved<'fhddm', FhddmOptions, SavedState>

export class Fhddm implements StreamDetector {
  private readonly options: FhddmOptions
  private readonly fall: number
  private readonly shortFall: number
  /** A ring: value number n is at n % window. */
  private readonly bits: Uint8Array
  private n = 0
  private ones = 0
  private shortOnes = 0
  private most = 0
  private shortMost = 0

  constructor(options: Partial<FhddmOptions> = {}, state?: SavedState) {
    this.options = { ...fhddmDefaults, ...options }
    const { window, confidence, shortWindow } = this.options
    checkOption('fhddm', 'window', window, { least: 1, whole: true })
    checkOption('fhddm', 'confidence', confidence, { least: 0, most: 1 })
    checkOption('fhddm', 'shortWindow', shortWindow, { least: 0, most: window, whole: true })
    this.fall = Math.sqrt(Math.log(1 / confidence) / (2 * window))
    this.shortFall = Math.sqrt(Math.log(1 / confidence) / (2 * shortWindow))
    this.bits = new Uint8Array(window)
    if (state) {
      for (const bit of state.bits) this.push(bit)
      this.most = state.most
      this.shortMost = state.shortMost
    }
  }

  update(x: number): Verdict {
    checkBit('fhddm', x, 'right answer', 'wrong answer')
    this.push(x)
    const { window, shortWindow } = this.options
    if (this.n < window) return 'none'
    const share = this.ones / window
    if (share > this.most) this.most = share
    let drift = this.most - share > this.fall
    if (shortWindow > 0) {
      const shortShare = this.shortOnes / shortWindow
      if (shortShare > this.shortMost) this.shortMost = shortShare
      drift ||= this.shortMost - shortShare > this.shortFall
    }
    if (!drift) return 'none'
    this.n = this.ones = this.shortOnes = this.most = this.shortMost = 0
    this.bits.fill(0)
    return 'drift'
  }

  save(): SavedFhddm {
    const { bits, n, most, shortMost } = this
    const kept = Math.min(n, bits.length)
    const newest = Array.from({ length: kept }, (_, k) => bits[(n - kept + k) % bits.length]!)
    return { kind: 'fhddm', options: this.options, state: { bits: newest, most, shortMost } }
  }

  private push(bit: number): void {
    const { window, shortWindow } = this.options
    const at = this.n % window
    // Before the ring is full its places hold 0, so nothing is taken off.
    const leaving = this.bits[at]!
    const leavingShort = this.n >= shortWindow ? this.bits[(this.n - shortWindow) % window]! : 0
    this.ones += bit - leaving
    this.shortOnes += bit - leavingShort
    this.bits[at] = bit
    this.n++
  }
}
