/** The best cut of a leaf, found on its histogram. */

/** What a cut of a lane must fulfil. */
export interface SplitRules {
  readonly minRows: number
  readonly minHessian: number
  readonly lambda: number
  readonly minGain: number
}

/** Sums over the rows of a leaf. */
export interface LeafSums {
  readonly gradient: number
  readonly hessian: number
  readonly rows: number
  /** G^2 / (H + lambda) of the leaf uncut. */
  readonly score: number
}

export interface Split {
  /** G_L^2 / (H_L + lambda) + G_R^2 / (H_R + lambda): what cuts of one leaf are compared by. */
  score: number
  gain: number
  lane: number
  /** Value bins up to this one go left; the last value bin means that only missing values go right. */
  bin: number
  /** Where missing values go; none came to the leaf, then whoever grows the tree decides. */
  missing: 'none' | 'left' | 'right'
  gradientLeft: number
  hessianLeft: number
}

export function noSplit(): Split {
  return { score: 0, gain: 0, lane: -1, bin: 0, missing: 'none', gradientLeft: 0, hessianLeft: 0 }
}

/**
 * Improves `best` by the cuts of one lane, whose histogram of `valueBins` + 1 bins starts at `at`.
 *   gain = 1/2 [G_L^2 / (H_L + lambda) + G_R^2 / (H_R + lambda) - score of the leaf]
 * Friedman, Annals of Statistics 29 (2001) 1189; Chen and Guestrin, KDD 2016. Missing values are tried on the right,
 * then on the left. The first of equal gains stays, so ties go to the lowest lane, then the lowest bin.
 *
 * The histogram holds no row counts. No row has a hessian above `maxHessian`, so most cuts have certainly enough rows
 * on both sides; only where that does not decide, `countRows` gives the rows of the leaf in each bin.
 */
export function scanLane(
  histogram: Float64Array,
  at: number,
  valueBins: number,
  leaf: LeafSums,
  rules: SplitRules,
  maxHessian: number,
  lane: number,
  countRows: (lane: number) => Int32Array,
  best: Split,
): void {
  const { gradient: G, hessian: H, score: parent } = leaf
  const { lambda, minHessian, minRows } = rules
  const hasMissing = histogram[at] !== 0 || histogram[at + 1] !== 0
  const certain = minRows * maxHessian
  let counts: Int32Array | undefined
  let bestScore = best.lane < 0 ? 2 * rules.minGain + parent : best.score
  for (let side = 0; side < (hasMissing ? 2 : 1); side++) {
    let gl = side === 1 ? histogram[at]! : 0
    let hl = side === 1 ? histogram[at + 1]! : 0
    const last = hasMissing && side === 0 ? valueBins : valueBins - 1
    for (let bin = 1; bin <= last; bin++) {
      const g = histogram[at + 2 * bin]!
      const h = histogram[at + 2 * bin + 1]!
      if (h === 0 && g === 0) continue
      gl += g
      hl += h
      if (hl < minHessian) continue
      const hr = H - hl
      if (hr < minHessian) break
      const gr = G - gl
      const score = (gl * gl) / (hl + lambda) + (gr * gr) / (hr + lambda)
      if (score <= bestScore) continue
      if (hl < certain || hr < certain) {
        counts ??= countRows(lane)
        let left = side === 1 ? counts[0]! : 0
        for (let b = 1; b <= bin; b++) left += counts[b]!
        if (left < minRows || leaf.rows - left < minRows) continue
      }
      bestScore = score
      best.score = score
      best.gain = (score - parent) / 2
      best.lane = lane
      best.bin = bin
      best.missing = !hasMissing ? 'none' : side === 1 ? 'left' : 'right'
      best.gradientLeft = gl
      best.hessianLeft = hl
    }
  }
}
