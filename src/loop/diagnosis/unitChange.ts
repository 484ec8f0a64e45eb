/**
 * Has a column changed its unit? A unit changes from one day to the next, a season does not: days are compared with the
 * days just before. Two signs are looked for, one in the column alone and one in how it goes with the other columns.
 */
import type { Table } from '../../base/table.ts'
import { added, completeRows, fullColumns, productsOf, type Regression, regress } from './columnRegression.ts'

interface Conversion {
  readonly name: string
  readonly factor: number
  readonly offset: number
  /** Values that the old unit can have; a wind direction is no temperature. */
  readonly from: readonly [number, number]
}

const anything = [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY] as const
const fahrenheit = [-80, 140] as const
const celsius = [-62, 60] as const
const kelvin = [210, 333] as const

const conversions: readonly Conversion[] = [
  { name: 'degrees Fahrenheit to Celsius', factor: 5 / 9, offset: -160 / 9, from: fahrenheit },
  { name: 'degrees Celsius to Fahrenheit', factor: 9 / 5, offset: 32, from: celsius },
  { name: 'degrees Celsius to Kelvin', factor: 1, offset: 273.15, from: celsius },
  { name: 'degrees Kelvin to Celsius', factor: 1, offset: -273.15, from: kelvin },
  { name: 'degrees Fahrenheit to Kelvin', factor: 5 / 9, offset: 273.15 - 160 / 9, from: fahrenheit },
  { name: 'degrees Kelvin to Fahrenheit', factor: 9 / 5, offset: 32 - 1.8 * 273.15, from: kelvin },
  ...(
    [
      ['a factor of 10', 10],
      ['a factor of 100', 100],
      ['a factor of 1000', 1000],
      ['a factor of 60 (minutes and seconds)', 60],
      ['a factor of 3600 (hours and seconds)', 3600],
      ['inches to centimetres', 2.54],
      ['feet to metres', 0.3048],
      ['miles to kilometres', 1.609344],
      ['miles per hour to metres per second', 0.44704],
      ['pounds to kilograms', 0.45359237],
      ['hectopascal to inches of mercury', 1 / 33.8639],
    ] as const
  ).flatMap(([name, factor]) => [
    { name, factor, offset: 0, from: anything },
    { name: `${name}, backwards`, factor: 1 / factor, offset: 0, from: anything },
  ]),
]

/** A change is looked for that began within this many days, and compared with so many days before it. */
const searchedDays = 10
const comparedDays = 7
const leastCompared = 3

export interface UnitChange {
  readonly conversion: string
  /** Position of the day on which it began. */
  readonly since: number
}

/**
 * From a column alone, given by its quantiles day by day. A unit has changed where the days since then lie where the
 * days before would lie in another unit, and nowhere near where they lay. A day is its median and the log of its spread;
 * its distance from the days before, under a conversion q -> f q + o, is
 *   ((m' - (f m + o)) / (f s_m))^2 + ((w' - (w + ln f)) / s_w)^2
 * with means m, w and prediction standard deviations s_m, s_w of the days before: about 2 for a day like them. In weather
 * a change from degrees Fahrenheit to Celsius is found on three of four days; a cold front may hide it. Factors below 4
 * are left to the other sign: a storm doubles the wind too.
 */
export function unitChangeOf(quantiles: readonly (readonly number[] | undefined)[]): UnitChange | undefined {
  for (let at = Math.max(leastCompared, quantiles.length - searchedDays); at < quantiles.length; at++) {
    const after = quantiles.slice(at).filter(day => day !== undefined)
    // The day of the change may be half and half: it is compared neither way.
    for (const since of [at, at - 1]) {
      const before = quantiles.slice(Math.max(0, since - comparedDays), since).filter(day => day !== undefined)
      const conversion = changedUnit(before, after, stepsOf(quantiles.slice(0, since)))
      if (conversion) return { conversion: conversion.name, since }
    }
  }
  return undefined
}

/**
 * From how the columns go together: each number column is predicted from the others by least squares over the days
 * before. Where since some day a column misses its prediction by many times its usual error, and does not once it is
 * converted back, its unit has changed. Seasons move columns together and are no sign.
 */
export function relatedUnitChange(
  days: readonly { readonly date: string; readonly features: Table }[],
): { readonly column: string; readonly conversion: string; readonly since: string } | undefined {
  const searched = days.slice(-(searchedDays + comparedDays))
  const names = fullColumns(searched.map(({ features }) => features))
  if (names.length < 3) return undefined
  const rows = searched.map(({ features }) => completeRows(features, names))
  const centre = rows.find(day => day.length > 0)?.[0]
  if (!centre) return undefined
  const sums = rows.map(day => productsOf(day, centre))
  for (let at = Math.max(leastCompared, searched.length - searchedDays); at < searched.length; at++) {
    const from = Math.max(0, at - comparedDays)
    const known = added(sums.slice(from, at))
    const fresh = rows.slice(at).flat()
    if (known.rows < 20 * names.length || fresh.length < leastRows) continue
    const best = names
      .flatMap((column, target) => {
        const fit = regress(known, target)
        const values = fit && rows.slice(from, at).flatMap(day => day.map(row => row[target]!))
        const found = fit && backTo(fit, fresh, target, values!)
        return found ? [{ column, ...found }] : []
      })
      .sort((a, b) => a.misfit - b.misfit)[0]
    if (best) return { column: best.column, conversion: best.conversion, since: searched[at]!.date }
  }
  return undefined
}

const leastRows = 30
/**
 * In standard deviations of the prediction's error: what is surely off, and what is about as before. A week that is
 * warmer than the one it is predicted from misses by two or three.
 */
const off = 6
const fitting = 4

/** The conversion that brings the fresh values back to their prediction, if as they are they are far from it. */
function backTo(
  { predict, error }: Regression,
  fresh: readonly Float64Array[],
  target: number,
  known: readonly number[],
): { readonly conversion: string; readonly misfit: number } | undefined {
  const predictions = fresh.map(predict)
  const misfit = ({ factor, offset }: Conversion) =>
    Math.sqrt(average(fresh.map((row, i) => (((row[target]! - offset) / factor - predictions[i]!) / error) ** 2)))
  const as = misfit(identity)
  if (as < off) return undefined
  for (const conversion of conversions) {
    if (known.some(value => value < conversion.from[0] || value > conversion.from[1])) continue
    const left = misfit(conversion)
    if (left < fitting && left < as / 6) return { conversion: conversion.name, misfit: left }
  }
  return undefined
}

const identity: Conversion = { name: 'none', factor: 1, offset: 0, from: anything }

function changedUnit(
  before: readonly (readonly number[])[],
  after: readonly (readonly number[])[],
  steps: readonly number[],
): Conversion | undefined {
  if (before.length < leastCompared || after.length === 0) return undefined
  if ([...before, ...after].some(day => !(widthOf(day) > 0))) return undefined
  const usual = usualDay(before, steps)
  const same = after.map(day => distance(usual, day, identity))
  if (average(same) < 20 || Math.min(...same) < 9) return undefined
  for (const conversion of conversions.filter(({ factor, offset }) => offset !== 0 || factor > 4 || factor < 1 / 4)) {
    if (before.some(day => day[0]! < conversion.from[0] || day.at(-1)! > conversion.from[1])) continue
    const converted = after.map(day => distance(usual, day, conversion))
    if (average(converted) < 3 && Math.max(...converted) < 8) return conversion
  }
  return undefined
}

interface UsualDay {
  readonly middle: number
  readonly middleSd: number
  readonly width: number
  readonly widthSd: number
}

/** How far the middle moves from one day to the next. */
function stepsOf(days: readonly (readonly number[] | undefined)[]): number[] {
  return days.flatMap((day, i) => {
    const next = days[i + 1]
    return day && next ? [middleOf(next) - middleOf(day)] : []
  })
}

function usualDay(days: readonly (readonly number[])[], steps: readonly number[]): UsualDay {
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

function distance(usual: UsualDay, day: readonly number[], { factor, offset }: Conversion): number {
  const middle = (middleOf(day) - (factor * usual.middle + offset)) / (factor * usual.middleSd)
  const width = (Math.log(widthOf(day)) - (usual.width + Math.log(factor))) / usual.widthSd
  return middle ** 2 + width ** 2
}

function middleOf(quantiles: readonly number[]): number {
  return quantiles[quantiles.length >> 1]!
}

function widthOf(quantiles: readonly number[]): number {
  return quantiles.at(-1)! - quantiles[0]!
}

function average(values: readonly number[]): number {
  return values.reduce((a, b) => a + b, 0) / values.length
}

function sdOf(values: readonly number[]): number {
  const centre = average(values)
  return Math.sqrt(values.reduce((a, b) => a + (b - centre) ** 2, 0) / (values.length - 1))
}
