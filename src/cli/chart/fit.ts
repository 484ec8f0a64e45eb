/** Limits of the chart that was asked for, from its Phase I points. */
import { FalconerError } from '../../base/errors.ts'
import type { Fit, PhaseOneOptions } from '../../statistics/control/exclusion.ts'
import { fitGaps, fitProportions, fitRates } from '../../statistics/control/fitCounts.ts'
import { fitResiduals } from '../../statistics/control/fitResiduals.ts'
import { fitSubgroups, type SubgroupLimits, type SubgroupSpread } from '../../statistics/control/fitSubgroups.ts'
import { fitHotelling, fitMewma } from '../../statistics/control/fitVectors.ts'
import type { ChartLimits, CusumLimits, EwmaLimits } from '../../statistics/control/limits.ts'
import {
  cusumWidth,
  ewmaWidth,
  fitCusum,
  fitEwma,
  fitIndividuals,
  fitMovingRanges,
} from '../../statistics/control/phaseOne.ts'
import type { Observed } from './observe.ts'
import type { ChartRequest } from './request.ts'

export type Residuals = 'ar1' | { readonly season: number }

export interface Fitted {
  readonly limits: ChartLimits
  /** The chart of spread that belongs to it. */
  readonly companion?: ChartLimits
  /** Of T^2: the reference's own points are judged by other limits than new ones. */
  readonly phase1Limits?: ChartLimits
}

export function fit(observed: Observed, request: ChartRequest): Fitted {
  const { kind } = request
  const reference = referenceOf(observed)
  const { values, sizes, groups } = reference
  const options = widthOptions(request)
  switch (kind) {
    case 'xbar-r':
    case 'xbar-s': {
      const { means, spread } = both(groups!, options, kind === 'xbar-r' ? 'range' : 'deviation')
      return { limits: means, companion: spread }
    }
    case 'r':
      return { limits: both(groups!, options, 'range').spread }
    case 's':
      return { limits: both(groups!, options, 'deviation').spread }
    case 'individuals': {
      if (request.residuals) return { limits: residualLimits(values, request, options) }
      const method = request.arl0 === undefined ? 'moving-range' : 'prediction'
      return {
        limits: made(fitIndividuals(values, { ...options, method })),
        companion: made(fitMovingRanges(values, options)),
      }
    }
    case 'mr':
      return { limits: made(fitMovingRanges(values, options)) }
    case 'p':
    case 'np':
      return { limits: made(fitProportions(values, sizes!, { ...options, kind })) }
    case 'laney-p':
      return { limits: made(fitProportions(values, sizes!, { ...options, overdispersed: true })) }
    case 'c':
      return { limits: made(fitRates(values, undefined, options)) }
    case 'u':
      return { limits: made(fitRates(values, sizes!, options)) }
    case 'laney-u':
      return { limits: made(fitRates(values, sizes!, { ...options, overdispersed: true })) }
    case 'g':
      return { limits: made(fitGaps(values, options)) }
    case 'ewma':
      if (request.residuals) return { limits: residualLimits(values, request, options) }
      return { limits: groups ? groupedEwma(groups, request, options) : made(fitEwma(values, ewmaOptions(request))) }
    case 'cusum':
      if (request.residuals) return { limits: residualLimits(values, request, options) }
      return { limits: groups ? groupedCusum(groups, request, options) : made(fitCusum(values, cusumOptions(request))) }
    case 't2':
      return hotelling(reference, request)
    case 'mewma': {
      const { arl0, h, lambda } = request
      return {
        limits: made(
          fitMewma(reference.vectors!, {
            rounds: request.reestimate ? 2 : 0,
            ...(lambda !== undefined && { r: lambda }),
            ...(h !== undefined && { h4: h }),
            ...(arl0 !== undefined && { arl0 }),
          }),
        ),
      }
    }
  }
}

/** The observations of Phase I alone. */
export function referenceOf(observed: Observed): Pick<Observed, 'values' | 'sizes' | 'groups' | 'vectors' | 'within'> {
  const { phase1, values, sizes, groups, vectors, within } = observed
  const pick = (from: Float64Array) => Float64Array.from(phase1, i => from[i]!)
  return {
    values: values.length === 0 ? values : pick(values),
    ...(sizes && { sizes: pick(sizes) }),
    ...(groups && {
      groups: {
        means: pick(groups.means),
        ranges: pick(groups.ranges),
        deviations: pick(groups.deviations),
        sizes: pick(groups.sizes),
        first: Int32Array.from(phase1, i => groups.first[i]!),
      },
    }),
    ...(vectors && { vectors: phase1.map(i => vectors[i]!) }),
    ...(within && { within: phase1.map(i => within[i]!) }),
  }
}

function widthOptions({ reestimate, L, arl0, center, sigma }: ChartRequest): PhaseOneOptions {
  return {
    rounds: reestimate ? 2 : 0,
    ...(L !== undefined && { L }),
    ...(arl0 !== undefined && { arl0 }),
    ...(center !== undefined && { centre: center }),
    ...(sigma !== undefined && { sigma }),
  }
}

function ewmaOptions(request: ChartRequest): NonNullable<Parameters<typeof fitEwma>[1]> {
  return {
    ...widthOptions(request),
    limits: request.limits,
    ...(request.lambda !== undefined && { lambda: request.lambda }),
  }
}

function cusumOptions(request: ChartRequest): NonNullable<Parameters<typeof fitCusum>[1]> {
  return {
    ...widthOptions(request),
    headStart: request.fir ? 0.5 : 0,
    ...(request.k !== undefined && { k: request.k }),
    ...(request.h !== undefined && { h: request.h }),
  }
}

function residualLimits(values: Float64Array, request: ChartRequest, options: PhaseOneOptions): ChartLimits {
  return made(
    fitResiduals(values, {
      model: request.residuals!,
      chart: residuals =>
        request.kind === 'ewma'
          ? fitEwma(residuals, ewmaOptions(request))
          : request.kind === 'cusum'
            ? fitCusum(residuals, cusumOptions(request))
            : fitIndividuals(residuals, options),
    }),
  )
}

/** EWMA of subgroup means: sigma within subgroups, and its degrees of freedom, make the limits. */
function groupedEwma(groups: Groups, request: ChartRequest, options: PhaseOneOptions): EwmaLimits {
  const { centre, sigma, reference, where } = levelOf(groups, options)
  const { lambda = 0.2, limits } = request
  const width = ewmaWidth({ lambda, limits, reference }, options)
  return { kind: 'ewma', lambda, ...width, limits, mean: centre, sd: sigma, correlation: 0, ...where }
}

function groupedCusum(groups: Groups, request: ChartRequest, options: PhaseOneOptions): CusumLimits {
  const { centre, sigma, reference, where } = levelOf(groups, options)
  return { kind: 'cusum', mean: centre, sd: sigma, ...cusumWidth(cusumOptions(request), reference), ...where }
}

type Groups = NonNullable<Observed['groups']>

/** Ranges lose much in larger subgroups. */
const largestForRange = 10

function levelOf(groups: Groups, { L: _L, arl0: _arl0, ...options }: PhaseOneOptions) {
  const method = groups.sizes.some(n => n > largestForRange) ? 'pooled' : 'range'
  const { kind: _, L: _width, centre, sigma, ...where } = both(groups, options, method).means
  const reference = {
    points: options.centre === undefined ? Math.max(5, where.m) : Number.POSITIVE_INFINITY,
    degrees: Math.max(4, where.degrees ?? Number.POSITIVE_INFINITY),
  }
  return { centre, sigma, reference, where }
}

function both(groups: Groups, options: PhaseOneOptions, method: SubgroupSpread): SubgroupLimits {
  return made(fitSubgroups(groups, { ...options, method }))
}

function hotelling(reference: ReturnType<typeof referenceOf>, request: ChartRequest): Fitted {
  const { vectors, within, sizes } = reference
  const confidence = request.confidence ?? (request.arl0 === undefined ? undefined : 1 - 1 / request.arl0)
  const limitsOf = (phase: 1 | 2) =>
    made(
      fitHotelling(vectors!, {
        rounds: request.reestimate ? 2 : 0,
        phase,
        ...(confidence !== undefined && { confidence }),
        ...(within && { within: { covariances: within, n: sizes![0]! } }),
      }),
    )
  const own = limitsOf(1)
  return request.phase1 === undefined ? { limits: own } : { limits: limitsOf(2), phase1Limits: own }
}

function made<L>(fitted: Fit<L>): L {
  if (fitted.limits !== undefined) return fitted.limits
  throw new FalconerError('bad-data', `There are no limits: ${fitted.reason}.`, {
    fix: 'Use more rows as reference, or give --center and --sigma.',
  })
}
