/**
 * Laws that columns are drawn from, healthy and changed, for the tables of false alarms and power. Categories are drawn as
 * codes 0, 1, 2 …; NaN is missing. One definition for ours and for peers: they read the very rows that ours are judged on.
 */
import type { Column, Table } from '../../src/base/table.ts'
import type { Random } from '../../src/numeric/random.ts'

export interface Law {
  readonly name: string
  readonly kind: 'number' | 'category'
  readonly draw: (rng: Random) => number
}

/** `changed(s)` is the law moved by a size s that is scaled with the rows, so that no test is always or never right. */
export interface Change {
  readonly name: string
  readonly law: Law
  readonly changed: (s: number) => Law
}

const number = (name: string, draw: (rng: Random) => number): Law => ({ name, kind: 'number', draw })

function category(name: string, weights: readonly number[]): Law {
  const total = weights.reduce((sum, weight) => sum + weight)
  const draw = (rng: Random) => {
    let left = rng.next() * total
    let k = 0
    while (k < weights.length - 1 && left >= weights[k]!) left -= weights[k++]!
    return k
  }
  return { name, kind: 'category', draw }
}

const withMissing = (law: Law, share: number): Law => ({
  ...law,
  draw: rng => (rng.next() < share ? Number.NaN : law.draw(rng)),
})

/** Student t with 2 degrees of freedom: its variance is infinite. */
const t2 = (rng: Random) => {
  const u = 2 * rng.next() - 1
  return (u * Math.SQRT2) / Math.sqrt(Math.max(1e-300, 1 - u * u))
}
const exponential = (rng: Random) => -Math.log(1 - rng.next())
const laplace = (rng: Random) => (rng.next() < 0.5 ? -1 : 1) * exponential(rng)
const gamma = (rng: Random, shape: number) => {
  let sum = 0
  for (let i = 0; i < shape; i++) sum += exponential(rng)
  return sum
}
const poisson = (rng: Random, mean: number) => {
  const limit = Math.exp(-mean)
  let product = rng.next()
  let k = 0
  while (product > limit) {
    product *= rng.next()
    k++
  }
  return k
}
const zipf = (levels: number) => Array.from({ length: levels }, (_, k) => 1 / (k + 1))
const equal = (levels: number) => new Array<number>(levels).fill(1)

const normal = number('normal', rng => rng.normal())
const levels3 = category('3 levels', [0.6, 0.3, 0.1])
const levels10 = category('10 levels', equal(10))
const levels50 = category('50 levels', equal(50))

/** A healthy table: ties, heavy tails, skew, 2 to 50 levels, missing values. */
export const healthy: readonly Law[] = [
  normal,
  number('uniform', rng => rng.next()),
  number('Student t, 2 df', t2),
  number('Cauchy', rng => Math.tan(Math.PI * (rng.next() - 0.5))),
  number('log-normal', rng => Math.exp(1.5 * rng.normal())),
  number('exponential', exponential),
  number('two modes', rng => (rng.next() < 0.3 ? 3 : 0) + 0.5 * rng.normal()),
  number('one decimal', rng => Math.round(10 * rng.normal()) / 10),
  number('Poisson 3', rng => poisson(rng, 3)),
  number('Poisson 0.2', rng => poisson(rng, 0.2)),
  number('60 % zeros', rng => (rng.next() < 0.6 ? 0 : exponential(rng))),
  number('0 or 1', rng => (rng.next() < 0.3 ? 1 : 0)),
  withMissing(
    number('10 % missing', rng => rng.normal()),
    0.1,
  ),
  withMissing(
    number('1 % missing', rng => exponential(rng)),
    0.01,
  ),
  levels3,
  category('5 levels', equal(5)),
  levels10,
  levels50,
  category('50 levels, Zipf', zipf(50)),
  withMissing(category('5 levels, 20 % missing', zipf(5)), 0.2),
]

/** A change of size s of each kind; s = 1 at 1000 rows against 1000. */
export const changes: readonly Change[] = [
  shift('normal', rng => rng.normal(), 0.14),
  shift('Student t, 2 df', t2, 0.17),
  shift('Laplace', laplace, 0.13),
  shift('two modes', rng => (rng.next() < 0.3 ? 3 : 0) + 0.5 * rng.normal(), 0.09),
  {
    name: 'log-normal, scale',
    law: number('log-normal', rng => Math.exp(1.5 * rng.normal())),
    changed: s => number('', rng => Math.exp(1.5 * rng.normal() + 0.21 * s)),
  },
  {
    name: 'exponential, scale',
    law: number('exponential', exponential),
    changed: s => number('', rng => (1 + 0.16 * s) * exponential(rng)),
  },
  spread('normal', rng => rng.normal(), 0.14),
  spread('Student t, 2 df', t2, 0.18),
  spread('Laplace', laplace, 0.17),
  {
    name: 'shape: normal to gamma 16 of the same mean and sd',
    law: normal,
    changed: s => number('', rng => (rng.next() < Math.min(1, s) ? (gamma(rng, 16) - 16) / 4 : rng.normal())),
  },
  {
    name: 'shape: heavier tails, same quartiles',
    law: normal,
    changed: s => number('', rng => (rng.next() < Math.min(1, 0.55 * s) ? 0.8261 * t2(rng) : rng.normal())),
  },
  {
    name: '5 % of the values at 3 sd',
    law: normal,
    changed: s => number('', rng => (rng.next() < 0.045 * s ? 3 + 0.3 * rng.normal() : rng.normal())),
  },
  {
    name: 'a spike: 5 % of the values near the middle',
    law: normal,
    changed: s => number('', rng => (rng.next() < 0.08 * s ? 0.3 + 0.05 * rng.normal() : rng.normal())),
  },
  {
    name: 'Poisson 3, mean',
    law: number('Poisson 3', rng => poisson(rng, 3)),
    changed: s => number('', rng => poisson(rng, 3 * (1 + 0.08 * s))),
  },
  {
    name: 'Poisson 3, spread',
    law: number('Poisson 3', rng => poisson(rng, 3)),
    changed: s => number('', rng => poisson(rng, 3 * (rng.next() < 0.5 ? 1 - 0.32 * s ** 0.5 : 1 + 0.32 * s ** 0.5))),
  },
  {
    name: 'one decimal, spread',
    law: number('one decimal', rng => Math.round(10 * rng.normal()) / 10),
    changed: s => number('', rng => Math.round(10 * (1 + 0.14 * s) * rng.normal()) / 10),
  },
  {
    name: '60 % zeros, fewer of them',
    law: number('60 % zeros', rng => (rng.next() < 0.6 ? 0 : exponential(rng))),
    changed: s => number('', rng => (rng.next() < 0.6 - 0.065 * s ? 0 : exponential(rng))),
  },
  {
    name: '60 % zeros, larger amounts',
    law: number('60 % zeros', rng => (rng.next() < 0.6 ? 0 : exponential(rng))),
    changed: s => number('', rng => (rng.next() < 0.6 ? 0 : (1 + 0.3 * s) * exponential(rng))),
  },
  {
    name: '3 levels, one grows',
    law: levels3,
    changed: s => category('', [0.6 - 0.055 * s, 0.3 + 0.055 * s, 0.1]),
  },
  {
    name: '10 levels, one grows',
    law: levels10,
    changed: s =>
      category(
        '',
        equal(10).map((_, k) => (k === 3 ? 1 + 0.48 * s : 1 - (0.48 * s) / 9)),
      ),
  },
  {
    name: '50 levels, all a little',
    law: levels50,
    changed: s =>
      category(
        '',
        equal(50).map((_, k) => 1 + (k % 2 ? 0.27 : -0.27) * s),
      ),
  },
  {
    name: '50 levels, one grows',
    law: levels50,
    changed: s =>
      category(
        '',
        equal(50).map((_, k) => (k === 7 ? 1 + 1.4 * s : 1 - (1.4 * s) / 49)),
      ),
  },
  {
    name: '10 levels, 1 % in a new one',
    law: levels10,
    changed: s => category('', [...equal(10), 0.1 * s]),
  },
  {
    name: '5 % missing instead of 2 %',
    law: withMissing(normal, 0.02),
    changed: s => withMissing(normal, 0.02 + 0.028 * s),
  },
]

function shift(name: string, draw: (rng: Random) => number, by: number): Change {
  return { name: `${name}, shift`, law: number(name, draw), changed: s => number('', rng => draw(rng) + by * s) }
}

function spread(name: string, draw: (rng: Random) => number, by: number): Change {
  return { name: `${name}, spread`, law: number(name, draw), changed: s => number('', rng => (1 + by * s) * draw(rng)) }
}

/** n rows of each law, under its name. */
export function drawTable(laws: readonly Law[], n: number, rng: Random): Table {
  return { rows: n, columns: laws.map(law => columnOf(law, drawCodes(law, n, rng))) }
}

export function drawCodes({ draw }: Law, n: number, rng: Random): Float64Array {
  const values = new Float64Array(n)
  for (let i = 0; i < n; i++) values[i] = draw(rng)
  return values
}

export function columnOf({ name, kind }: Law, values: Float64Array): Column {
  if (kind === 'number') return { name, kind, values }
  return { name, kind: 'text', values: Array.from(values, code => (Number.isNaN(code) ? null : `level ${code}`)) }
}

export const sizes = [
  [1000, 100],
  [1000, 1000],
  [5000, 500],
  [500, 5000],
] as const

/** Size of a change that is as hard to see with n and m rows as s = 1 with 1000 and 1000. */
export function comparableSize(n: number, m: number): number {
  return Math.sqrt(500 / ((n * m) / (n + m)))
}
