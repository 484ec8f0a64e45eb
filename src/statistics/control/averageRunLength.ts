/** The mean number of points to a false alarm of any frozen limits, for independent points (normal, binomial, …). */
import { normalSf } from '../distributions/distributions.ts'
import { d2, d3 } from './constants.ts'
import { bandOf, ewmaVariance } from './controlChart.ts'
import { countSignalRate } from './countRunLength.ts'
import { twoSidedCusumArl } from './cusumRunLength.ts'
import type { ChartLimits } from './limits.ts'
import { mewmaArl, mewmaFalseAlarmRate } from './mewmaRunLength.ts'
import { ewmaArl, ewmaFalseAlarmRate, shewhartArl } from './runLength.ts'
import { averagedOverReferences, expectedFalseAlarmRate, type Reference } from './shortReference.ts'
import { movingRangeArl, spreadSignalRate } from './spreadRunLength.ts'

/** ARL0 of this width if centre and spread of the limits were exactly right; `size` of a typical point where sizes count. */
export function nominalArl0(limits: ChartLimits, size = 1): number {
  switch (limits.kind) {
    case 'individuals': {
      const { centre, lower, upper, sigma } = bandOf(limits)
      return 1 / (normalSf((upper - centre) / sigma!) + normalSf((centre - lower) / sigma!))
    }
    case 'xbar':
      return shewhartArl(limits.L)
    case 'r':
    case 's':
      return 1 / spreadSignalRate(limits.kind, size, limits.L)
    case 'mr':
      return movingRangeArl({ range: d2(2) + limits.L * d3(2) })
    case 'p':
    case 'np':
    case 'c':
    case 'u':
    case 'g':
      return 1 / countSignalRate(limits, size)
    case 'ewma':
      return ewmaArl({ lambda: limits.lambda, L: limits.L, limits: limits.limits })
    case 'cusum':
      return twoSidedCusumArl(limits)
    case 't2':
      return 1 / (1 - limits.confidence)
    case 'mewma':
      return mewmaArl({ r: limits.r, p: limits.mean.length, h4: limits.h4 })
    case 'residual':
      return nominalArl0(limits.chart)
  }
}

/**
 * 1 / the false-alarm rate that these limits have on average over references as short as theirs, where centre and spread
 * were estimated from normal points: what one may expect. Undefined for kinds whose limits already hold it (T^2) or where
 * it is not known.
 */
export function expectedArl0(limits: ChartLimits): number | undefined {
  if (limits.kind === 'residual') return expectedArl0(limits.chart)
  const reference = referenceOf(limits)
  if (reference === undefined) return undefined
  switch (limits.kind) {
    case 'individuals': {
      const { centre, upper, sigma } = bandOf(limits)
      return 1 / expectedFalseAlarmRate((upper - centre) / sigma!, reference, { unbiased: isUnbiased(limits.method) })
    }
    case 'xbar':
      return 1 / expectedFalseAlarmRate(limits.L, reference, { unbiased: isUnbiased(limits.method) })
    case 'ewma': {
      // A correlated series counts as fewer points in limits that are wider by as much.
      const widened = ewmaVariance(limits.lambda, Number.POSITIVE_INFINITY, limits.correlation)
      return widened === ewmaVariance(limits.lambda, Number.POSITIVE_INFINITY, 0)
        ? 1 / ewmaFalseAlarmRate(limits.lambda, limits.L, reference)
        : undefined
    }
    case 'cusum': {
      const { k, h, headStart } = limits
      return (
        1 /
        averagedOverReferences(
          reference,
          (shift, scale) => 1 / twoSidedCusumArl({ k: k * scale, h: h * scale, headStart: headStart * scale, shift }),
        )
      )
    }
    case 'mewma': {
      const { r, h4, mean, m } = limits
      return m > mean.length + 4 ? 1 / mewmaFalseAlarmRate({ r, p: mean.length, h4 }, m) : undefined
    }
    default:
      return undefined
  }
}

function referenceOf(limits: ChartLimits): Reference | undefined {
  if (limits.m === 0 || limits.method === undefined) return undefined
  return {
    points: limits.method.startsWith('given centre') ? Number.POSITIVE_INFINITY : limits.m,
    degrees: limits.degrees ?? Number.POSITIVE_INFINITY,
  }
}

/** Ranges and mean standard deviations are divided by their own mean. */
function isUnbiased(method: string | undefined): boolean {
  return method?.includes('range') === true || method?.includes('/ c4') === true
}
