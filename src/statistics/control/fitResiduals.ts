/** Phase I of residual charts: a model of the reference's own past, and limits for what it leaves unexplained. */
import { checkFinite, type Fit, leastReference } from './exclusion.ts'
import type { CusumLimits, EwmaLimits, IndividualsLimits, ResidualLimits, ResidualModel } from './limits.ts'
import { fitIndividuals, lagOneCorrelation } from './phaseOne.ts'
import { residualOf } from './residuals.ts'
import { meanAndSd } from './spread.ts'

export type ResidualChart = (residuals: Float64Array) => Fit<IndividualsLimits | EwmaLimits | CusumLimits>

/**
 * Residual chart of an AR(1) process, whose phi is the lag-one correlation, or of a `season` of so many points, whose
 * level is the mean of the reference points of the same slot. `chart` makes limits from residuals: fitIndividuals by
 * default, fitEwma or fitCusum for slow drift.
 *
 * The residuals of a reference by its own season are too small, those of new points larger: each reference point is
 * therefore compared with the other points of its slot.
 */
export function fitResiduals(
  points: Float64Array,
  {
    model,
    chart = fitIndividuals,
  }: { readonly model: 'ar1' | { readonly season: number }; readonly chart?: ResidualChart },
): Fit<ResidualLimits> {
  checkFinite('fitResiduals', points)
  const least = model === 'ar1' ? 2 * leastReference : 2 * model.season
  if (points.length < least) return { reason: `${points.length} reference points, ${least} are needed` }
  const { fitted, residuals } = model === 'ar1' ? ar1(points) : season(points, model.season)
  const inner = chart(residuals)
  if (!inner.limits) return inner
  const { m, excluded, method = '', window } = inner.limits
  const how = fitted.kind === 'ar1' ? 'residuals of AR(1)' : `deviations from ${fitted.levels.length} slots`
  return {
    limits: {
      kind: 'residual',
      model: fitted,
      chart: inner.limits,
      m,
      excluded,
      method: `${how}; ${method}`,
      ...(window && { window }),
    },
  }
}

interface Modelled {
  readonly fitted: ResidualModel
  readonly residuals: Float64Array
}

function ar1(points: Float64Array): Modelled {
  const fitted: ResidualModel = { kind: 'ar1', mean: meanAndSd(points).mean, phi: lagOneCorrelation(points) }
  return { fitted, residuals: points.map((x, t) => residualOf(fitted, t, points[t - 1] ?? x, x)) }
}

function season(points: Float64Array, period: number): Modelled {
  if (!(Number.isInteger(period) && period >= 2))
    throw new RangeError(`fitResiduals: season is ${period} points, must be a whole number of at least 2`)
  const slots = Array.from({ length: period }, (_, slot) => points.filter((_, t) => t % period === slot))
  const levels = slots.map(values => meanAndSd(values).mean)
  const residuals = points.map((x, t) => {
    const others = slots[t % period]!.length
    return ((x - levels[t % period]!) * others) / (others - 1)
  })
  return { fitted: { kind: 'season', levels }, residuals }
}
