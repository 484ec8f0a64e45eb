/**
 * P(D >= d) of the two-sample Kolmogorov-Smirnov statistic where the distribution functions are compared at the ends of
 * cells only: bins, or values that repeat. The continuous law is conservative there, by a factor of 1.3 for 128 equal
 * cells and of 5 for six.
 */
import { gaussLegendre } from '../../numeric/gaussLegendre.ts'
import { normalDensity, normalSf } from '../distributions/distributions.ts'
import { kolmogorovLimitSf } from '../distributions/limitLaws.ts'
import { kolmogorovSf } from '../hypothesis/kolmogorov.ts'

/**
 * Cells of at most a tenth of the rows: the barrier x = d sqrt(nm / N) of a Brownian bridge that is looked at in steps
 * is as hard to cross as a barrier farther away by 0.5826 times the sd of a step, looked at all the time (Siegmund 1979;
 * Chernoff 1965). Within 3 % of the exact law for equal cells down to p of 1e-4. Larger cells: the bridge itself, from
 * cell to cell. Within 10 % of the exact law of two samples of 30 rows or more where nothing is tied.
 */
export function binnedKolmogorovSf(a: ArrayLike<number>, b: ArrayLike<number>, d: number): number {
  const { n, m, largest, steps } = stepsOf(a, b)
  const scale = Math.sqrt((n * m) / (n + m))
  const x = d * scale
  const plain = continuousSf(n, m, d)
  if (largest > 0.1) return Math.min(plain, bridgeSf(a, b, x, plain > 0.3))
  // Of one row per cell the continuous law knows already.
  const excess = Math.max(0, typicalStep(steps, x) - Math.sqrt(1 / (n + m)))
  return continuousSf(n, m, d + (overshoot * excess) / scale)
}

/** Mean of the ladder height of a normal walk: -zeta(1/2) / sqrt(2 pi). */
const overshoot = 0.5826

/**
 * The law where every row has a cell of its own. Samples of equal size meet on a coarser lattice, where the limiting law is
 * the better one and never too small. Otherwise it is the one-sample law at n' = nm / (n + m), for many rows in its second
 * order, K(x + 1 / (6 sqrt n')), because the exact sum takes a step per row.
 */
function continuousSf(n: number, m: number, d: number): number {
  const rows = (n * m) / (n + m)
  const x = d * Math.sqrt(rows)
  if (n === m) return kolmogorovLimitSf(x)
  if (rows > 1000) return kolmogorovLimitSf(x + 1 / (6 * Math.sqrt(rows)))
  return kolmogorovSf(Math.max(1, Math.round(rows)), Math.min(1, d))
}

/** Mass and mass-weighted sd of a step in each of some slices of the pooled rows: enough to weigh the steps by place. */
interface Steps {
  readonly mass: Float64Array
  readonly sd: Float64Array
}

const slices = 64

function stepsOf(a: ArrayLike<number>, b: ArrayLike<number>) {
  let n = 0
  let m = 0
  for (let k = 0; k < a.length; k++) {
    n += a[k]!
    m += b[k]!
  }
  const mass = new Float64Array(slices)
  const sd = new Float64Array(slices)
  let largest = 0
  let before = 0
  for (let k = 0; k < a.length; k++) {
    const share = (a[k]! + b[k]!) / (n + m)
    if (share === 0) continue
    const slice = Math.min(slices - 1, Math.floor((before + share / 2) * slices))
    mass[slice]! += share
    sd[slice]! += share * Math.sqrt(share)
    before += share
    if (share > largest) largest = share
  }
  return { n, m, largest, steps: { mass, sd } satisfies Steps }
}

/** Mean sd of a step where a bridge that reaches x does so: at t with the density exp(-x^2 / (2 t (1 - t))). */
function typicalStep({ mass, sd }: Steps, x: number): number {
  let weights = 0
  let sum = 0
  for (let s = 0; s < slices; s++) {
    if (mass[s] === 0) continue
    const t = (s + 0.5) / slices
    const weight = Math.exp((-x * x * (1 / (t * (1 - t)) - 4)) / 2)
    weights += weight * mass[s]!
    sum += weight * sd[s]!
  }
  return weights > 0 ? sum / weights : 0
}

/**
 * P(max |B(t_k)| >= x) of a Brownian bridge at the ends of groups of cells: its density inside the barriers is carried
 * from end to end by Gauss-Legendre quadrature, what steps over is added up. Small cells go together into groups of 5 %;
 * for them the barrier comes nearer by the difference of the steps, as above.
 */
function bridgeSf(a: ArrayLike<number>, b: ArrayLike<number>, x: number, dull: boolean): number {
  const { ends, coarser } = groupEnds(a, b)
  // Not worth the time where there is nothing to see anyway.
  if (ends.length === 0 || (dull && ends.length > 12)) return 1
  const barrier = Math.max(x / 2, x - overshoot * coarser)
  const { nodes, weights } = gaussLegendre(Math.min(40, Math.max(16, Math.ceil((2 * barrier) / 0.15))))
  const size = nodes.length
  let density = new Float64Array(size)
  const first = Math.sqrt(ends[0]! * (1 - ends[0]!))
  let outside = 2 * normalSf(barrier / first)
  for (let i = 0; i < size; i++) density[i] = normalDensity((barrier * nodes[i]!) / first) / first
  for (let k = 1; k < ends.length; k++) {
    const from = ends[k - 1]!
    const to = ends[k]!
    const pull = (1 - to) / (1 - from)
    const sd = Math.sqrt((to - from) * pull)
    const next = new Float64Array(size)
    for (let i = 0; i < size; i++) {
      const share = barrier * weights[i]! * density[i]!
      const middle = barrier * nodes[i]! * pull
      outside += share * (normalSf((barrier - middle) / sd) + normalSf((barrier + middle) / sd))
      for (let j = 0; j < size; j++) {
        const z = (barrier * nodes[j]! - middle) / sd
        if (z < 8 && z > -8) next[j]! += (share * normalDensity(z)) / sd
      }
    }
    density = next
  }
  return Math.min(1, outside)
}

/** Ends of the groups in (0, 1), and by how much the sd of the steps grew in the grouped cells, on average. */
function groupEnds(a: ArrayLike<number>, b: ArrayLike<number>): { ends: number[]; coarser: number } {
  let total = 0
  for (let k = 0; k < a.length; k++) total += a[k]! + b[k]!
  const ends: number[] = []
  let before = 0
  let open = 0
  let fine = 0
  let fineSd = 0
  let coarseSd = 0
  let grouped = 0
  for (let k = 0; k < a.length; k++) {
    const share = (a[k]! + b[k]!) / total
    if (share === 0) continue
    if (share >= leastGroup && open > 0) close()
    open += share
    fine += share * Math.sqrt(share)
    if (open >= leastGroup) close()
  }
  if (open > 0) close()
  if (ends.length > 0) ends.pop() // the last end is 1, where both functions are 1
  return { ends, coarser: grouped > 0 ? (coarseSd - fineSd) / grouped : 0 }

  function close() {
    before += open
    ends.push(before)
    if (open < 3 * leastGroup) {
      grouped += open
      coarseSd += open * Math.sqrt(open)
      fineSd += fine
    }
    open = fine = 0
  }
}

const leastGroup = 0.05
