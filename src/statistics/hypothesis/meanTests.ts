/**
 * Tests of equal means and of equal spread. Values are brought to a scale near 1 first, so that nothing overflows;
 * infinite values are a reason not to test.
 */
import { median } from '../../numeric/select.ts'
import { fSf, tSf } from '../distributions/distributions.ts'
import { checkPresent, type Sample } from './pooled.ts'
import { type Tested, tooFew } from './tested.ts'

/** t-test of equal means with equal variances, two-sided. */
export function studentT(a: Float64Array, b: Float64Array): Tested {
  return meanTest('studentT', a, b, (va, n, vb, m) => {
    const pooled = ((n - 1) * va + (m - 1) * vb) / (n + m - 2)
    return { error: Math.sqrt(pooled * (1 / n + 1 / m)), df: n + m - 2 }
  })
}

/** t-test of equal means, variances may differ; Welch-Satterthwaite degrees of freedom. */
export function welchT(a: Float64Array, b: Float64Array): Tested {
  return meanTest('welchT', a, b, (va, n, vb, m) => {
    const square = va / n + vb / m
    return { error: Math.sqrt(square), df: square ** 2 / ((va / n) ** 2 / (n - 1) + (vb / m) ** 2 / (m - 1)) }
  })
}

/** Cohen's d: the difference of the means over the pooled standard deviation; undefined without spread. */
export function cohensD(a: Float64Array, b: Float64Array): number | undefined {
  const moments = twoMoments('cohensD', a, b)
  if (moments.reason !== undefined) return undefined
  const { meanA, va, n, meanB, vb, m } = moments
  const pooled = ((n - 1) * va + (m - 1) * vb) / (n + m - 2)
  return pooled > 0 ? (meanA - meanB) / Math.sqrt(pooled) : undefined
}

/** Levene's test that two or more samples have equal spread, around the medians (Brown and Forsythe 1974). */
export function leveneMedian(samples: readonly Sample[]): Tested {
  const rows = samples.map(sample => (sample instanceof Float64Array ? sample : sample.ascending))
  const scale = commonScale('leveneMedian', rows)
  const sizes = rows.map(values => values.length)
  const missing = tooFew(sizes, 2)
  if (missing) return missing
  if (rows.length < 2) return { reason: `${rows.length} samples, 2 are needed` }
  if (scale === undefined) return { reason: 'infinite values; count them apart' }
  const total = sizes.reduce((sum, size) => sum + size, 0)
  const means: number[] = []
  let within = 0
  let grand = 0
  for (const [i, sample] of samples.entries()) {
    const values = rows[i]!
    const middle = scale * (sample instanceof Float64Array ? median(values)! : middleOf(values))
    let sum = 0
    for (let k = 0; k < values.length; k++) sum += Math.abs(scale * values[k]! - middle)
    const mean = sum / values.length
    for (let k = 0; k < values.length; k++) within += (Math.abs(scale * values[k]! - middle) - mean) ** 2
    means.push(mean)
    grand += sum / total
  }
  if (!(within > 0)) return { reason: 'no spread within the samples' }
  let between = 0
  for (const [i, mean] of means.entries()) between += sizes[i]! * (mean - grand) ** 2
  const df1 = rows.length - 1
  const df2 = total - rows.length
  const statistic = (between * df2) / (within * df1)
  return { result: { statistic, p: fSf(statistic, df1, df2) } }
}

function middleOf(ascending: Float64Array): number {
  const half = ascending.length >> 1
  return ascending.length % 2 === 1 ? ascending[half]! : ascending[half - 1]! / 2 + ascending[half]! / 2
}

function meanTest(
  name: string,
  a: Float64Array,
  b: Float64Array,
  errorOf: (va: number, n: number, vb: number, m: number) => { error: number; df: number },
): Tested {
  const moments = twoMoments(name, a, b)
  if (moments.reason !== undefined) return { reason: moments.reason }
  const { meanA, va, n, meanB, vb, m } = moments
  const { error, df } = errorOf(va, n, vb, m)
  if (!(error > 0)) return { reason: 'no spread within the samples' }
  const statistic = (meanA - meanB) / error
  return { result: { statistic, p: 2 * tSf(Math.abs(statistic), df) } }
}

type TwoMoments =
  | { readonly reason: string }
  | {
      readonly reason?: undefined
      readonly meanA: number
      readonly va: number
      readonly n: number
      readonly meanB: number
      readonly vb: number
      readonly m: number
    }

/** Means and variances (divisor n - 1), both samples in the same scale. */
function twoMoments(name: string, a: Float64Array, b: Float64Array): TwoMoments {
  const scale = commonScale(name, [a, b])
  const missing = tooFew([a.length, b.length], 2)
  if (missing) return missing
  if (scale === undefined) return { reason: 'infinite values; count them apart' }
  const [meanA, va] = meanAndVariance(a, scale)
  const [meanB, vb] = meanAndVariance(b, scale)
  return { meanA, va, n: a.length, meanB, vb, m: b.length }
}

function meanAndVariance(values: Float64Array, scale: number): [mean: number, variance: number] {
  let sum = 0
  for (let i = 0; i < values.length; i++) sum += scale * values[i]!
  const mean = sum / values.length
  let squares = 0
  for (let i = 0; i < values.length; i++) squares += (scale * values[i]! - mean) ** 2
  return [mean, squares / (values.length - 1)]
}

/**
 * The power of 2 that brings the largest value below 1, only where squares could overflow or vanish; undefined for
 * infinite values. NaN is refused.
 */
function commonScale(name: string, samples: readonly Float64Array[]): number | undefined {
  let largest = 0
  for (const values of samples) {
    for (let i = 0; i < values.length; i++) {
      const size = Math.abs(values[i]!)
      if (size > largest) largest = size
      else if (Number.isNaN(size)) checkPresent(name, values)
    }
  }
  if (largest === Number.POSITIVE_INFINITY) return undefined
  if (largest === 0 || (largest > 1e-100 && largest < 1e100)) return 1
  return 2 ** -Math.max(-1000, Math.min(1000, Math.floor(Math.log2(largest)) + 1))
}
