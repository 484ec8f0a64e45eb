/** Paths for lines that break where a value is missing. */
import { line } from 'd3-shape'

/** A line through the points, broken at NaN. */
export function brokenLine(points: readonly (readonly [number, number])[]): string {
  const draw = line<readonly [number, number]>()
    .defined(p => !Number.isNaN(p[0]) && !Number.isNaN(p[1]))
    .digits(2)
  return draw(points as [number, number][]) ?? ''
}

/** Places of points that stand alone between gaps: a line would not show them. */
export function lonely(points: readonly (readonly [number, number])[]): number[] {
  const there = (i: number) => i >= 0 && i < points.length && !Number.isNaN(points[i]![1])
  return points.flatMap((_, i) => (there(i) && !there(i - 1) && !there(i + 1) ? [i] : []))
}
