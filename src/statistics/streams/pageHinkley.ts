/**
 * Page and Hinkley's test for a change of the mean, up, down or both: a CUSUM about the running mean.
 *   u = alpha u + (x - mean) - delta,  d = alpha d + (x - mean) + delta
 *   drift when u - min u > threshold or max d - d > threshold, from `minInstances` values on
 * Page, Biometrika 41 (1954) 100; rules and defaults of river 0.26 (max d starts at -1). `delta` and `threshold` carry
 * the unit of the stream; on stable standard normal values the defaults alarm once in 1,600 values.
 */
import { checkNumber, checkOption, type Saved, type StreamDetector, type Verdict } from './detector.ts'

export interface PageHinkleyOptions {
  readonly minInstances: number
  readonly delta: number
  readonly threshold: number
  /** Forgetting factor of the sums. */
  readonly alpha: number
  readonly mode: 'up' | 'down' | 'both'
}

export const pageHinkleyDefaults: PageHinkleyOptions = {
  minInstances: 30,
  delta: 0.005,
  threshold: 50,
  alpha: 1 - 0.0001,
  mode: 'both',
}

interface State {
  n: number
  mean: number
  up: number
  down: number
  least: number
  most: number
}

export type SavedPageHinkley = Saved<'page-hinkley', PageHinkleyOptions, Readonly<State>>

export class PageHinkley implements StreamDetector {
  private readonly options: PageHinkleyOptions
  private state: State

  constructor(options: Partial<PageHinkleyOptions> = {}, state?: Readonly<State>) {
    this.options = { ...pageHinkleyDefaults, ...options }
    checkOption('page-hinkley', 'minInstances', this.options.minInstances, { least: 1, whole: true })
    checkOption('page-hinkley', 'delta', this.options.delta, { least: 0 })
    checkOption('page-hinkley', 'threshold', this.options.threshold, { least: 0 })
    checkOption('page-hinkley', 'alpha', this.options.alpha, { least: 0, most: 1 })
    this.state = state ? { ...state } : empty()
  }

  update(x: number): Verdict {
    checkNumber('page-hinkley', x)
    const { minInstances, delta, threshold, alpha, mode } = this.options
    const s = this.state
    s.n++
    s.mean += (1 / s.n) * (x - s.mean)
    const deviation = x - s.mean
    s.up = alpha * s.up + deviation - delta
    s.down = alpha * s.down + deviation + delta
    if (s.n === 1 || s.up < s.least) s.least = s.up
    if (s.down > s.most) s.most = s.down
    if (s.n < minInstances) return 'none'
    const rose = mode !== 'down' && s.up - s.least > threshold
    const fell = mode !== 'up' && s.most - s.down > threshold
    if (!rose && !fell) return 'none'
    this.state = empty()
    return 'drift'
  }

  save(): SavedPageHinkley {
    return { kind: 'page-hinkley', options: this.options, state: { ...this.state } }
  }
}

function empty(): State {
  return { n: 0, mean: 0, up: 0, down: 0, least: 0, most: -1 }
}
