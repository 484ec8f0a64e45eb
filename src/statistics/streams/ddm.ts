/**
 * DDM: drift of a classifier's error rate. The stream is 1 for a wrong answer, 0 for a right one; p is the error rate
 * and s = sqrt(p (1 - p) / n). Where p + s was least they are kept as p0 and s0; it is a warning when
 * p + s > p0 + warningThreshold s0, a drift when p + s > p0 + driftThreshold s0.
 * Gama, Medas, Castillo and Rodrigues, SBIA 2004; rules and defaults of river 0.26.
 * It alarms early or hardly ever: of stable streams with one error in five 30 of 100 alarm within their first 10,000
 * values, and 1 more in the next 90,000.
 */
import { checkBit, checkOption, type Saved, type StreamDetector, type Verdict } from './detector.ts'

export interface DdmOptions {
  /** Values before the first judgement. */
  readonly warmStart: number
  readonly warningThreshold: number
  readonly driftThreshold: number
}

export const ddmDefaults: DdmOptions = { warmStart: 30, warningThreshold: 2, driftThreshold: 3 }

interface State {
  n: number
  rate: number
  leastRate: number
  leastError: number
}

export type SavedDdm = Saved<'ddm', DdmOptions, Readonly<State>>

export class Ddm implements StreamDetector {
  private readonly options: DdmOptions
  private state: State

  constructor(options: Partial<DdmOptions> = {}, state?: Readonly<State>) {
    this.options = { ...ddmDefaults, ...options }
    checkOption('ddm', 'warmStart', this.options.warmStart, { least: 0, whole: true })
    checkOption('ddm', 'warningThreshold', this.options.warningThreshold, { least: 0 })
    checkOption('ddm', 'driftThreshold', this.options.driftThreshold, { least: 0 })
    this.state = state ? { ...state } : empty()
  }

  update(x: number): Verdict {
    checkBit('ddm', x, 'wrong answer', 'right answer')
    const { warmStart, warningThreshold, driftThreshold } = this.options
    const s = this.state
    s.n++
    s.rate += (1 / s.n) * (x - s.rate)
    if (s.n <= warmStart) return 'none'
    const error = Math.sqrt((s.rate * (1 - s.rate)) / s.n)
    const level = s.rate + error
    if (s.n === warmStart + 1 || level <= s.leastRate + s.leastError) {
      s.leastRate = s.rate
      s.leastError = error
    }
    if (level > s.leastRate + driftThreshold * s.leastError) {
      this.state = empty()
      return 'drift'
    }
    return level > s.leastRate + warningThreshold * s.leastError ? 'warning' : 'none'
  }

  save(): SavedDdm {
    return { kind: 'ddm', options: this.options, state: { ...this.state } }
  }
}

function empty(): State {
  return { n: 0, rate: 0, leastRate: 0, leastError: 0 }
}
