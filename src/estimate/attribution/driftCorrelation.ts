/** Whether a feature drifts when the performance changes, over windows. */
import { tCdf } from '../../statistics/distributions/distributions.ts'
import { adjustP } from '../../statistics/hypothesis/multipleTesting.ts'

export interface DriftCorrelation {
  readonly feature: string
  /** Pearson's correlation over windows; null where one of the two does not vary. */
  readonly correlation: number | null
  readonly windows: number
  /** By Student's law, two-sided; adjusted over the features (Benjamini-Hochberg). Null where there is no correlation. */
  readonly p: number | null
  readonly adjustedP: number | null
}

/** Fewer windows than this give no correlation. */
export const leastCorrelated = 5

/**
 * Correlation over windows of a feature's drift with the change of the performance, the strongest first. A hint, no
 * cause: two features that drift together correlate alike. NaN in either list leaves that window out.
 */
export function driftCorrelation(
  performanceChange: Float64Array,
  drift: readonly { readonly feature: string; readonly values: Float64Array }[],
): DriftCorrelation[] {
  const found = drift.map(({ feature, values }) => {
    if (values.length !== performanceChange.length) {
      throw new RangeError(
        `driftCorrelation: ${values.length} values of ${feature} for ${performanceChange.length} windows`,
      )
    }
    const both = (_: number, i: number) => Number.isFinite(values[i]! + performanceChange[i]!)
    const x = values.filter(both)
    const y = performanceChange.filter(both)
    const n = x.length
    const correlation = n < leastCorrelated ? null : pearson(x, y)
    return { feature, correlation, windows: n, p: correlation === null ? null : correlationP(correlation, n) }
  })
  const adjusted = adjustP(Float64Array.from(found, ({ p }) => p ?? Number.NaN))
  return found
    .map((one, i) => ({ ...one, adjustedP: one.p === null ? null : adjusted[i]! }))
    .sort((a, b) => Math.abs(b.correlation ?? 0) - Math.abs(a.correlation ?? 0))
}

/** t = r sqrt((n - 2) / (1 - r^2)) has n - 2 degrees of freedom. */
function correlationP(r: number, n: number): number {
  const left = 1 - r * r
  return left <= 0 ? 0 : Math.min(1, 2 * tCdf(-Math.abs(r) * Math.sqrt((n - 2) / left), n - 2))
}

function pearson(x: Float64Array, y: Float64Array): number | null {
  const [mx, my] = [x, y].map(values => values.reduce((sum, v) => sum + v, 0) / values.length) as [number, number]
  let [xx, yy, xy] = [0, 0, 0]
  for (let i = 0; i < x.length; i++) {
    xx += (x[i]! - mx) ** 2
    yy += (y[i]! - my) ** 2
    xy += (x[i]! - mx) * (y[i]! - my)
  }
  const scale = Math.sqrt(xx) * Math.sqrt(yy)
  return scale > 0 ? Math.max(-1, Math.min(1, xy / scale)) : null
}
