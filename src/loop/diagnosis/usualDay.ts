/**
 * Where the days of a number column lie, from their quantiles: a day is its median and the log of its spread, and its
 * distance from the days before, under a conversion q -> f q + o, is
 *   ((m' - (f m + o)) / (f s_m))^2 + ((w' - (w + ln f)) / s_w)^2
 * with means m, w and prediction standard deviations s_m, s_w of the days before: about 2 for a day like them.
 */

export interface Conversion {
  readonly name: string
  readonly factor: number
  readonly offset: number
  /** Values that the old unit can have; a wind direction is no temperature. */
  readonly from: readonly [number, number]
}

export const identity: Conversion = {
  name: 'none',
  factor: 1,
  offset: 0,
  from: [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY],
}

export interface UsualDay {
  readonly middle: number
  readonly middleSd: number
  readonly width: number
  readonly widthSd: number
}

/** How far the middle moves from one day to the next. */
export function stepsOf(days: readonly (readonly number[] | undefined)[]): number[] {
  return days.flatMap((day, i) => {
    const next = days[i + 1]
    return day && next ? [middleOf(next) - middleOf(day)] : []
  })
}

export function usualDay(days: readonly (readonly number[])[], steps: readonly number[]): UsualDay {
  const middles = days.map(middleOf)
  const widths = days.map(day => Math.log(widthOf(day)))
  const wider = Math.sqrt(1 + 1 / days.length)
  const typicalWidth = Math.exp(average(widths))
  return {
    middle: average(middles),
    // A few days that happen to agree do not know how days differ.
    middleSd: wider * Math.max(sdOf(middles), steps.length < 2 ? 0 : sdOf(steps), 0.2 * typicalWidth),
    width: average(widths),
    widthSd: wider * Math.max(sdOf(widths), 0.25),
  }
}

export function distance(usual: UsualDay, day: readonly number[], { factor, offset }: Conversion): number {
  const middle = (middleOf(day) - (factor * usual.middle + offset)) / (factor * usual.middleSd)
  const width = (Math.log(widthOf(day)) - (usual.width + Math.log(factor))) / usual.widthSd
  return middle ** 2 + width ** 2
}

function middleOf(quantiles: readonly number[]): number {
  return quantiles[quantiles.length >> 1]!
}

export function widthOf(quantiles: readonly number[]): number {
  return quantiles.at(-1)! - quantiles[0]!
}

export function average(values: readonly number[]): number {
  return values.reduce((a, b) => a + b, 0) / values.length
}

function sdOf(values: readonly number[]): number {
  const centre = average(values)
  return Math.sqrt(values.reduce((a, b) => a + (b - centre) ** 2, 0) / (values.length - 1))
}
