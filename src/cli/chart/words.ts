/** A chart in words: what each signal is called, the verdict, and how the chart was designed. */
import type { RuleSignal } from '../../statistics/control/runRules.ts'
import { figure } from '../terminal.ts'
import type { Charted, Panel } from './make.ts'

/** Names of the kinds as people say them. */
export const kindNames: Readonly<Record<string, string>> = {
  'xbar-r': 'X-bar',
  'xbar-s': 'X-bar',
  r: 'R',
  s: 'S',
  individuals: 'Individuals',
  mr: 'Moving range',
  p: 'p',
  np: 'np',
  c: 'c',
  u: 'u',
  'laney-p': 'Laney p′',
  'laney-u': 'Laney u′',
  g: 'g',
  ewma: 'EWMA',
  cusum: 'CUSUM',
  t2: 'Hotelling T²',
  mewma: 'MEWMA',
}

/** Why a point signals: the limit that it crossed, and the rules that it completes. */
export function reasonOf({ side, rules }: RuleSignal): string {
  const limit = side === null ? [] : [side === 'above' ? 'above UCL' : 'below LCL']
  return [...limit, ...rules.map(rule => `${rule.name} (${rule.id})`)].join('; ')
}

/** A point as people call it: its label, or its number from 1. */
export function nameOf({ observed }: Charted, index: number): string {
  const time = observed.times?.[index]
  if (time !== undefined) return new Date(time).toISOString().replace(/T00:00:00\.000Z$/, '')
  return observed.labels?.[index] ?? String(index + 1)
}

/** One sentence. */
export function verdict(chart: Charted): string {
  const { main, companion } = chart
  const said = [sentence(chart, main), ...(companion ? [sentence(chart, companion)] : [])]
  return said.join(' ')
}

function sentence(chart: Charted, panel: Panel): string {
  const name = kindNames[panel.kind]!
  const n = panel.points.length
  const out = panel.signals
  if (out.length === 0) return `${name}: in control, ${n === 1 ? '1 point' : `all ${n} points`}.`
  const shown = out.slice(0, 8).map(({ index }) => nameOf(chart, index))
  const more = out.length > 8 ? ` and ${out.length - 8} more` : ''
  return `${name}: OUT OF CONTROL at ${shown.join(', ')}${more} (${out.length} of ${n} ${n === 1 ? 'point' : 'points'}).`
}

/** Centre, limits and what was designed, as pairs for a table. */
export function design({ main, excluded, rules, observed }: Charted): [string, string][] {
  const { limits, band, sigma, arl0, arl0Error, expectedArl0 } = main
  const inner = limits.kind === 'residual' ? limits.chart : limits
  const number = (value: number) => String(Number(value.toPrecision(6)))
  const vary = main.points.some(p => p.lower !== main.points[0]!.lower || p.upper !== main.points[0]!.upper)
  const note = !vary
    ? ''
    : inner.kind === 'ewma'
      ? ' (settled)'
      : inner.kind === 't2'
        ? ' (new points)'
        : ' (at the mean size)'
  return [
    ['centre', number(band.centre)],
    ['LCL', number(band.lower) + note],
    ['UCL', number(band.upper) + note],
    ...(sigma === null ? [] : [['sigma', number(sigma)] as [string, string]]),
    ...('L' in inner ? [['L', number(inner.L)] as [string, string]] : []),
    ...(inner.kind === 'ewma' ? [['lambda', `${inner.lambda}, ${inner.limits} limits`] as [string, string]] : []),
    ...(inner.kind === 'cusum'
      ? ([
          ['target', number(inner.mean)],
          ['k, h', `${number(inner.k)}, ${number(inner.h)} sigma${inner.headStart > 0 ? ', head start' : ''}`],
        ] as [string, string][])
      : []),
    ...(inner.kind === 'mewma' ? [['r, h4', `${inner.r}, ${number(inner.h4)}`] as [string, string]] : []),
    ...(inner.kind === 't2' ? [['confidence', number(inner.confidence)] as [string, string]] : []),
    ...('spread' in inner && inner.spread !== 1 ? [['Laney sigma z', number(inner.spread)] as [string, string]] : []),
    [
      'ARL0',
      arl0 === null
        ? 'beyond 1e12 points'
        : `${figure(arl0, 1)}${arl0Error === undefined ? '' : ` ± ${figure(arl0Error, 1)} (simulated)`} points to a false alarm${rules.length > 0 ? ', run rules included' : ''}`,
    ],
    ...(expectedArl0 === undefined || expectedArl0 > 0.9 * (arl0 ?? 0)
      ? []
      : [['expected ARL0', `${figure(expectedArl0, 1)} from a reference this short`] as [string, string]]),
    ['reference', limits.m === 0 ? 'given' : `${limits.m} points, ${limits.method ?? ''}`],
    ...(excluded.length > 0
      ? [['left out', excluded.map(i => nameOf({ observed } as Charted, i)).join(', ')] as [string, string]]
      : []),
  ]
}
