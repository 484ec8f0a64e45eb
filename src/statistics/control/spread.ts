/** Mean and spread of few points. */

/** Divisor n - 1, one pass (Welford, Technometrics 4 (1962) 419). */
export function meanAndSd(values: ArrayLike<number>): { mean: number; sd: number } {
  let mean = 0
  let sum = 0
  for (let i = 0; i < values.length; i++) {
    const d = values[i]! - mean
    mean += d / (i + 1)
    sum += d * (values[i]! - mean)
  }
  return { mean, sd: Math.sqrt(sum / (values.length - 1)) }
}

export function meanMovingRange(values: ArrayLike<number>): number {
  let sum = 0
  for (let i = 1; i < values.length; i++) sum += Math.abs(values[i]! - values[i - 1]!)
  return sum / (values.length - 1)
}
