/**
 * EDDM: drift of the distance between a classifier's errors, better than DDM at slow drift. The stream is 1 for a wrong
 * answer, 0 for a right one. With mean m and deviation s of the distances, m + 2 s is compared with its largest value so
 * far: below `alpha` of it is a warning, below `beta` a drift. Judged at errors only; between them a warning stays.
 * Baena-Garcia et al., 4th Workshop on Knowledge Discovery from Data Streams, 2006; rules and defaults of river 0.26.
 * It alarms early or hardly ever: with the defaults and one error in five 97 of 100 stable streams alarm within 10,000
 * values.
 */
import { checkBit, checkOption, type Saved, type StreamDetector, type Verdict } from './detector.ts'

export interface EddmOptions {
  /** Errors before the first judgement. */
  readonly warmStart: number
  readonly alpha: number
  readonly beta: number
}

export const eddmDefaults: EddmOptions = { warmStart: 30, alpha: 0.95, beta: 0.9 }

interface State {
  n: number
  errors: number
  lastError: number
  mean: number
  /** Centred sum of squares of the distances. */
  squares: number
  largest: number
  warning: boolean
}

export type SavedEddm = Saved<'eddm', EddmOptions, Readonly<State>>

export class Eddm implements StreamDetector {
  private readonly options: EddmOptions
  private state: State

  constructor(options: Partial<EddmOptions> = {}, state?: Readonly<State>) {
    this.options = { ...eddmDefaults, ...options }
    checkOption('eddm', 'warmStart', this.options.warmStart, { least: 0, whole: true })
    checkOption('eddm', 'alpha', this.options.alpha, { least: 0, most: 1 })
    checkOption('eddm', 'beta', this.options.beta, { least: 0, most: this.options.alpha })
    this.state = state ? { ...state } : empty()
  }

  update(x: number): Verdict {
    checkBit('eddm', x, 'wrong answer', 'right answer')
    const s = this.state
    s.n++
    if (x === 1 && this.judgeError(s)) {
      this.state = empty()
      return 'drift'
    }
    return s.warning ? 'warning' : 'none'
  }

  save(): SavedEddm {
    return { kind: 'eddm', options: this.options, state: { ...this.state } }
  }

  private judgeError(s: State): boolean {
    const { warmStart, alpha, beta } = this.options
    const distance = s.n - s.lastError
    const before = s.mean
    s.lastError = s.n
    s.errors++
    s.mean += (1 / s.errors) * (distance - before)
    s.squares += (distance - before) * (distance - s.mean)
    if (s.n <= warmStart) return false
    const level = s.mean + 2 * (s.errors > 1 ? Math.sqrt(s.squares / (s.errors - 1)) : 0)
    if (level > s.largest) {
      s.largest = level
      return false
    }
    if (s.errors <= warmStart) return false
    if (level / s.largest < beta) return true
    s.warning = level / s.largest < alpha
    return false
  }
}

function empty(): State {
  return { n: 0, errors: 0, lastError: 0, mean: 0, squares: 0, largest: -1, warning: false }
}
