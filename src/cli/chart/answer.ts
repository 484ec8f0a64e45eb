/** The JSON of a chart. */
import type { ChartPoint } from '../../statistics/control/controlChart.ts'
import type { Charted, Panel } from './make.ts'
import { nameOf, reasonOf } from './words.ts'

/**
 * `points[].signal` is false, or what the point signals; `lcl` and `ucl` of the chart are those at a typical size, settled.
 * A point without a value (the first moving range) has null. Indices count from 0; `row` is the row in the file.
 */
export function answer(chart: Charted): Record<string, unknown> {
  const { main, companion, observed, excluded, rules, notes } = chart
  const { limits } = main
  const inner = limits.kind === 'residual' ? limits.chart : limits
  return {
    ...panelAnswer(chart, main),
    ...('L' in inner && { L: inner.L }),
    ...(inner.kind === 'ewma' && { lambda: inner.lambda, limits: inner.limits }),
    ...(inner.kind === 'cusum' && { target: inner.mean, k: inner.k, h: inner.h, headStart: inner.headStart }),
    ...(inner.kind === 'mewma' && { r: inner.r, h4: inner.h4 }),
    ...(inner.kind === 't2' && { confidence: inner.confidence }),
    ...(main.arl0Error !== undefined && { arl0StandardError: main.arl0Error }),
    ...(main.expectedArl0 !== undefined && { expectedArl0: main.expectedArl0 }),
    ...(rules.length > 0 && { rules: rules.map(({ id, name }) => ({ id, name })) }),
    phase1: { points: observed.phase1.length, excluded, method: limits.method ?? null },
    ...(companion && { companion: panelAnswer(chart, companion) }),
    frozen: limits,
    notes,
  }
}

function panelAnswer(chart: Charted, panel: Panel): Record<string, unknown> {
  const { kind, band, sigma, arl0, values, points, signals } = panel
  const reasons = new Map(signals.map(signal => [signal.index, reasonOf(signal)]))
  return {
    kind,
    center: band.centre,
    lcl: band.lower,
    ucl: band.upper,
    sigma,
    arl0,
    points: points.map((point, i) => pointAnswer(chart, point, values[i]!, reasons.get(i) ?? false, i)),
    signals: signals.map(({ index }) => index),
  }
}

function pointAnswer(chart: Charted, point: ChartPoint, value: number, signal: string | false, i: number) {
  const { observed } = chart
  return {
    value: Number.isNaN(value) ? null : value,
    statistic: Number.isNaN(point.z) ? null : point.z,
    center: point.centre,
    lcl: point.lower,
    ucl: point.upper,
    signal,
    row: observed.rows[i]!,
    ...(observed.sizes && { size: observed.sizes[i]! }),
    ...((observed.labels || observed.times) && { label: nameOf(chart, i) }),
    ...(point.sums && { upper: point.sums[0], lower: point.sums[1] }),
  }
}
