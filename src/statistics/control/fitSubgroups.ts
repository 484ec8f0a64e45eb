/** Phase I of charts of subgroups: X-bar with R or S, and the R and S charts themselves. Subgroups may differ in size. */
import { c4, d2, d3, equivalentDegrees } from './constants.ts'
import { bandOf } from './controlChart.ts'
import { checkFinite, checkSigma, type Fit, type PhaseOneOptions, phaseOne } from './exclusion.ts'
import type { MeanLimits, SpreadLimits } from './limits.ts'
import { shewhartDesign } from './runLength.ts'
import { designedFor, knownExactly, predictionWidth, type Reference } from './shortReference.ts'
import { spreadDesign } from './spreadRunLength.ts'
import type { Subgroups } from './subgroups.ts'

/**
 * How sigma within subgroups is estimated: from R / d2 or S / c4, averaged over subgroups, or pooled:
 * sqrt(sum (n - 1) S^2 / sum (n - 1)).
 */
export type SubgroupSpread = 'range' | 'deviation' | 'pooled'

/** Both charts of subgroups, made from the same sigma. */
export interface SubgroupLimits {
  readonly means: MeanLimits
  /** R where sigma comes from ranges, else S. */
  readonly spread: SpreadLimits
  readonly m: number
  /** Subgroups left out because their mean or their spread was out of limits. */
  readonly excluded: readonly number[]
}

/**
 * Centre (mean of all values) and sigma of both charts. A width L is used as it stands; with `arl0` each chart is
 * designed for it, the uncertainty of the reference included: means by Student's t and sqrt(1 + 1 / m), spread by its
 * exact distribution for the most frequent size.
 */
export function fitSubgroups(
  groups: Omit<Subgroups, 'first'>,
  { method = 'range', ...options }: PhaseOneOptions & { readonly method?: SubgroupSpread } = {},
): Fit<SubgroupLimits> {
  checkFinite('fitSubgroups', groups.means)
  checkSigma('fitSubgroups', options.sigma)
  const { centre, sigma } = options
  if (centre !== undefined && sigma !== undefined) {
    const known = { centre, sigma, reference: knownExactly, unbiased: false }
    return { limits: bothCharts(groups, known, options, method, { m: 0, excluded: [], method: 'given' }) }
  }
  const fitted = phaseOne<SubgroupLimits & { window?: MeanLimits['window'] }>(
    groups.means.length,
    { ...options, least: 2 },
    kept => {
      const basis = estimate(groups, kept, options, method)
      if (basis === undefined) return { reason: 'all values within the reference subgroups are equal' }
      const how = `${centre === undefined ? '' : 'given centre, '}${sigma === undefined ? names[method] : 'given sigma'}`
      return { limits: bothCharts(groups, basis, options, method, { m: kept.length, excluded: [], method: how }) }
    },
    ({ means, spread }, i) => {
      const n = groups.sizes[i]!
      const ofMean = outside(bandOf(means, n), groups.means[i]!)
      if (n < 2) return ofMean
      const value = spread.kind === 'r' ? groups.ranges[i]! : groups.deviations[i]!
      return Math.max(ofMean, outside(bandOf(spread, n), value))
    },
  )
  if (!fitted.limits) return fitted
  const { means, spread, m, excluded, window } = fitted.limits
  const where = { excluded, ...(window && { window }) }
  return { limits: { means: { ...means, ...where }, spread: { ...spread, ...where }, m, excluded } }
}

const names: Readonly<Record<SubgroupSpread, string>> = {
  range: 'mean range / d2',
  deviation: 'mean standard deviation / c4',
  pooled: 'pooled standard deviation',
}

interface Basis {
  readonly centre: number
  readonly sigma: number
  readonly reference: Reference
  /** The estimate of sigma was divided by its own mean. */
  readonly unbiased: boolean
}

function bothCharts(
  groups: Omit<Subgroups, 'first'>,
  { centre, sigma, reference, unbiased }: Basis,
  options: PhaseOneOptions,
  method: SubgroupSpread,
  where: { m: number; excluded: readonly number[]; method: string },
): SubgroupLimits {
  const { L, arl0 } = options
  const kind = method === 'range' ? 'r' : 's'
  const designed = arl0 !== undefined && L === undefined
  const width = designed ? predictionWidth(shewhartDesign(arl0), reference, { unbiased }) : (L ?? 3)
  const size = Math.max(2, mostFrequent(groups.sizes))
  const frozen = {
    ...where,
    ...(reference.degrees < Number.POSITIVE_INFINITY && { degrees: reference.degrees }),
    ...designedFor(options),
  }
  const { degrees } = reference
  const spreadWidth = designed ? spreadDesign(kind, size, arl0, { degrees, unbiased }) : (L ?? 3)
  return {
    means: { kind: 'xbar', centre, sigma, L: width, ...frozen },
    spread: { kind, sigma, L: spreadWidth, ...frozen },
    m: where.m,
    excluded: where.excluded,
  }
}

function estimate(
  { means, ranges, deviations, sizes }: Omit<Subgroups, 'first'>,
  kept: readonly number[],
  options: PhaseOneOptions,
  method: SubgroupSpread,
): Basis | undefined {
  let total = 0
  let values = 0
  let sum = 0
  let degrees = 0
  let variation = 0
  let spreads = 0
  for (const i of kept) {
    const n = sizes[i]!
    total += n * means[i]!
    values += n
    if (n < 2) continue
    spreads++
    degrees += n - 1
    if (method === 'range') {
      sum += ranges[i]! / d2(n)
      variation += (d3(n) / d2(n)) ** 2
    } else if (method === 'deviation') {
      sum += deviations[i]! / c4(n)
      variation += 1 / c4(n) ** 2 - 1
    } else sum += (n - 1) * deviations[i]! ** 2
  }
  const pooled = method === 'pooled'
  const sigma = options.sigma ?? (pooled ? Math.sqrt(sum / degrees) : sum / spreads)
  if (!(sigma > 0)) return undefined
  const estimated = pooled ? degrees : equivalentDegrees(variation / spreads ** 2)
  return {
    centre: options.centre ?? total / values,
    sigma,
    unbiased: !pooled && options.sigma === undefined,
    reference: {
      points: options.centre === undefined ? kept.length : Number.POSITIVE_INFINITY,
      degrees: options.sigma === undefined ? estimated : Number.POSITIVE_INFINITY,
    },
  }
}

/** How far out, in widths of the band. */
function outside({ lower, upper }: { lower: number; upper: number }, value: number): number {
  return Math.max(value - upper, lower - value) / (upper - lower)
}

function mostFrequent(sizes: Float64Array): number {
  const counts = new Map<number, number>()
  for (const n of sizes) counts.set(n, (counts.get(n) ?? 0) + 1)
  let best = 2
  for (const [n, count] of counts) if (count > (counts.get(best) ?? 0)) best = n
  return best
}
