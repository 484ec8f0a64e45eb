/**
 * Has a column changed its unit? A unit changes from one day to the next, a season does not: days are compared with the
 * days just before. Two signs are looked for, one here in the column alone, one in how it goes with the other columns
 * (`relatedFault.ts`).
 */
import { type DiagnosisEvidence, type Finding, leastCompared, profileOn } from './evidence.ts'
import { average, type Conversion, distance, identity, stepsOf, usualDay, widthOf } from './usualDay.ts'

const anything = [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY] as const
const fahrenheit = [-80, 140] as const
const celsius = [-62, 60] as const
const kelvin = [210, 333] as const

export const conversions: readonly Conversion[] = [
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
export const searchedDays = 10
export const comparedDays = 7

export function unitChange({ days, columns, related }: DiagnosisEvidence): Finding {
  if (related?.kind === 'unit change') {
    const { column, conversion, since } = related
    const text = `${column} changes by ${conversion} on ${since}: converted back it fits the other columns as before, as it is it does not.`
    return { fits: true, column, text }
  }
  for (const column of columns) {
    const changed = unitChangeOf(days.map(day => profileOn(day, column)?.quantiles))
    if (!changed) continue
    const text = `${column} changes by ${changed.conversion} on ${days[changed.since]!.date}: its values are those of the days before in another unit.`
    return { fits: true, column, text }
  }
  return { text: "no column's values are those of the days before in another unit." }
}

interface UnitChange {
  readonly conversion: string
  /** Position of the day on which it began. */
  readonly since: number
}

/**
 * From a column alone, given by its quantiles day by day. A unit has changed where the days since then lie where the
 * days before would lie in another unit, and nowhere near where they lay (`usualDay.ts` says how far). In weather a change from degrees Fahrenheit to Celsius is found on three of four days; a cold front may hide it. Factors below 4
 * are left to the other sign: a storm doubles the wind too.
 */
function unitChangeOf(quantiles: readonly (readonly number[] | undefined)[]): UnitChange | undefined {
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
