/**
 * Frozen limits of every kind of chart, as plain JSON. Phase I makes them, or a person gives them; no step of Phase II
 * changes them. A field that a kind does not need is not there.
 */
import type { EwmaLimitKind } from './runLength.ts'

/** Where limits come from. */
interface Basis {
  /** Reference points (subgroups) that they were estimated from; 0 where everything was given. */
  readonly m: number
  /** Positions of the reference points that were left out. */
  readonly excluded: readonly number[]
  /** How centre and spread were found: 'mean moving range', 'given', … */
  readonly method?: string
  /** First and last reference point: positions, or instants. */
  readonly window?: { readonly from: number; readonly to: number }
  /** Degrees of freedom of the estimated spread. */
  readonly degrees?: number
  /** Points to a false alarm that the width was designed for, the uncertainty of the reference included. */
  readonly arl0?: number
}

/** Chart of single points: Shewhart's individuals chart. */
export interface IndividualsLimits extends Basis {
  readonly kind: 'individuals'
  readonly centre: number
  readonly lower: number
  readonly upper: number
  /** Spread of a point; a third of the distance to the upper limit where it is not there. */
  readonly sigma?: number
}

/** Ranges of neighbouring points: d2 sigma +- L d3 sigma for two points, never below 0. */
export interface MovingRangeLimits extends Basis {
  readonly kind: 'mr'
  /** Mean moving range. */
  readonly centre: number
  readonly L: number
}

/** X-bar chart: means of subgroups, centre +- L sigma / sqrt(n). */
export interface MeanLimits extends Basis {
  readonly kind: 'xbar'
  readonly centre: number
  /** Spread of a single value within its subgroup. */
  readonly sigma: number
  readonly L: number
}

/** R chart: sigma (d2 +- L d3), never below 0. S chart: sigma (c4 +- L sqrt(1 - c4^2)), never below 0. */
export interface SpreadLimits extends Basis {
  readonly kind: 'r' | 's'
  readonly sigma: number
  readonly L: number
}

/** Counts out of n: p charts their share, np the count itself. */
export interface ProportionLimits extends Basis {
  readonly kind: 'p' | 'np'
  /** The share. */
  readonly centre: number
  readonly L: number
  /** Spread of the standardised shares: 1 for binomial counts, other values in Laney's p' chart. */
  readonly spread: number
}

/** Counts that have no upper end: c charts them, u their number per unit. */
export interface RateLimits extends Basis {
  readonly kind: 'c' | 'u'
  /** Mean count of a unit. */
  readonly centre: number
  readonly L: number
  /** Spread of the standardised rates: 1 for Poisson counts, other values in Laney's u' chart. */
  readonly spread: number
}

/** g chart: how many went well between two events; geometric, centre +- L sqrt(centre (centre + 1)), never below 0. */
export interface GapLimits extends Basis {
  readonly kind: 'g'
  readonly centre: number
  readonly L: number
}

/** Chart of the exponentially weighted moving average z = lambda x + (1 - lambda) z. */
export interface EwmaLimits extends Basis {
  readonly kind: 'ewma'
  readonly lambda: number
  readonly L: number
  readonly arl0: number
  readonly limits: EwmaLimitKind
  readonly mean: number
  /** Spread of a point; of a single value, where the points are means of subgroups and come with their size. */
  readonly sd: number
  /** Lag-one correlation of the points that the width allows for; 0 for independent points. */
  readonly correlation: number
}

/**
 * Tabular CUSUM of y = (x - mean) / sd: up = max(0, up + y - k), down = max(0, down - y - k), out above h.
 * k is half the shift to be found, in standard deviations.
 */
export interface CusumLimits extends Basis {
  readonly kind: 'cusum'
  readonly mean: number
  readonly sd: number
  readonly k: number
  readonly h: number
  /** Where both sums begin: 0, or h / 2 for a fast initial response. */
  readonly headStart: number
  readonly arl0: number
}

/** Several numbers at once; matrices are row-major. */
interface VectorBasis extends Basis {
  readonly mean: readonly number[]
  readonly covariance: readonly number[]
}

/** Hotelling's T^2 of a vector, or of the mean vector of a subgroup that comes with its size. */
export interface HotellingLimits extends VectorBasis {
  readonly kind: 't2'
  readonly upper: number
  /** Share of points within limits while nothing changes. */
  readonly confidence: number
  /** Phase I judges the points that the limits were made from, Phase II new ones. */
  readonly phase: 1 | 2
}

/** Multivariate EWMA Z = r X + (1 - r) Z, charted as T^2 of Z against h4. */
export interface MewmaLimits extends VectorBasis {
  readonly kind: 'mewma'
  readonly r: number
  readonly h4: number
  readonly arl0: number
}

/**
 * Chart of what a model does not explain of a series that resembles its own past: residuals of an AR(1) process, or
 * deviations from the level of the same slot of a season.
 */
export interface ResidualLimits extends Basis {
  readonly kind: 'residual'
  readonly model: ResidualModel
  /** Limits for the residuals. */
  readonly chart: IndividualsLimits | EwmaLimits | CusumLimits
}

export type ResidualModel =
  /** x_t - mean = phi (x_{t-1} - mean) + residual */
  | { readonly kind: 'ar1'; readonly mean: number; readonly phi: number }
  /** x_t = level of slot t mod period + residual; the first reference point is slot 0. */
  | { readonly kind: 'season'; readonly levels: readonly number[] }

/** Charts of one number a point. */
export type SingleLimits =
  | IndividualsLimits
  | MovingRangeLimits
  | MeanLimits
  | SpreadLimits
  | ProportionLimits
  | RateLimits
  | GapLimits
  | EwmaLimits
  | CusumLimits
  | ResidualLimits

/** Charts of a vector a point. */
export type VectorLimits = HotellingLimits | MewmaLimits

export type ChartLimits = SingleLimits | VectorLimits
export type ChartKind = ChartLimits['kind']

/** The limits in force for one point. */
export interface Band {
  readonly centre: number
  readonly lower: number
  readonly upper: number
  /** Standard deviation of what is plotted, for zones and run rules; absent where a chart has none. */
  readonly sigma?: number
}
