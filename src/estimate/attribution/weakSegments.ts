/**
 * Kinds of rows that the model does badly on, found without naming columns first: a tree of depth two on the loss. Half
 * of the rows grow the tree and the other half judge its leaves, because a leaf chosen for its loss always looks bad on
 * the rows that chose it.
 */
import { type Table, take } from '../../base/table.ts'
import { fitBoost } from '../../learn/boost.ts'
import type { Random } from '../../numeric/random.ts'
import { shuffled } from '../../numeric/shuffle.ts'
import { welchT } from '../../statistics/hypothesis/meanTests.ts'
import { adjustP } from '../../statistics/hypothesis/multipleTesting.ts'
import type { TreeEnsemble } from '../../trees/ensemble.ts'
import { inNumbers, type OrdinalInput, ordinalInputs } from '../ordinal.ts'

export interface Condition {
  readonly feature: string
  /** Text features: the values that belong; `null` stands for a missing one. */
  readonly values?: readonly (string | null)[]
  /** Number features: above `from`, up to and including `to`. */
  readonly from?: number
  readonly to?: number
  /** Whether missing numbers belong. */
  readonly missing?: boolean
}

export interface WeakSegment {
  /** All of them hold. */
  readonly conditions: readonly Condition[]
  /** Rows of the half that judges, and their mean loss there. */
  readonly rows: number
  readonly loss: number
  readonly otherLoss: number
  /** share x (loss - mean loss of the others): what the mean loss would fall by if the segment did as well. */
  readonly contribution: number
  /** Of a difference as large where the segment is like the others (Welch, two-sided), adjusted over the segments (Holm). */
  readonly p: number
  readonly adjustedP: number
}

/** Segments with a higher loss than the other rows, the largest contribution first. */
export async function weakSegments(
  features: Table,
  loss: Float64Array,
  { depth = 2, leastShare = 0.05 }: { depth?: number; leastShare?: number },
  random: Random,
): Promise<readonly WeakSegment[] | { readonly reason: string }> {
  if (loss.length !== features.rows)
    throw new RangeError(`weakSegments: ${loss.length} losses for ${features.rows} rows`)
  if (features.rows < 200) return { reason: `not enough data: ${features.rows} rows, needs 200` }
  const order = shuffled(features.rows, random.fork('halves'))
  const middle = Math.floor(order.length / 2)
  const [grow, judge] = [order.subarray(0, middle), order.subarray(middle)]
  const pick = (rows: Int32Array) => Float64Array.from(rows, row => loss[row]!)
  // Categories by their loss, so that one cut parts the bad from the good; only the growing half may be asked.
  const inputs = ordinalInputs(take(features, grow), pick(grow))
  const rows = inNumbers(features, inputs)
  const minRows = Math.max(20, Math.ceil(leastShare * grow.length))
  const recipe = { iterations: 1, learningRate: 1, maxDepth: depth, maxLeaves: 2 ** depth, minRows }
  const { trees } = await fitBoost(take(rows, grow), pick(grow), recipe, { task: 'regression' }, random.fork('tree'))
  const judged = take(rows, judge)
  const columns = judged.columns.map(({ values }) => new Float32Array(values as Float64Array))
  const judgedLoss = pick(judge)
  const leaves = trees!.roots.length === 0 ? [] : leavesOf(trees!, trees!.roots[0]!)
  const found = leaves.flatMap(path => {
    const isInside = Uint8Array.from(judgedLoss, (_, i) => (path.every(step => follows(step, columns, i)) ? 1 : 0))
    const inside = judgedLoss.filter((_, i) => isInside[i] === 1)
    const others = judgedLoss.filter((_, i) => isInside[i] === 0)
    const test = welchT(inside, others).result
    if (!test) return []
    const [mean, otherMean] = [average(inside), average(others)]
    const share = inside.length / judgedLoss.length
    return [
      {
        conditions: conditionsOf(path, inputs),
        rows: inside.length,
        loss: mean,
        otherLoss: otherMean,
        contribution: share * (mean - otherMean),
        p: test.p,
      },
    ]
  })
  const adjusted = adjustP(
    Float64Array.from(found, ({ p }) => p),
    'holm',
  )
  return found
    .map((segment, i) => ({ ...segment, adjustedP: adjusted[i]! }))
    .filter(({ contribution }) => contribution > 0)
    .sort((a, b) => b.contribution - a.contribution)
}

/** One branch on the way to a leaf. */
interface Step {
  readonly input: number
  readonly threshold: number
  readonly left: boolean
  readonly missing: boolean
}

function leavesOf(trees: TreeEnsemble, node: number, path: readonly Step[] = []): (readonly Step[])[] {
  const input = trees.feature[node]!
  if (input < 0) return path.length > 0 ? [path] : []
  const missingLeft = trees.missingLeft[node] === 1
  const threshold = trees.threshold[node]!
  return [
    ...leavesOf(trees, trees.left[node]!, [...path, { input, threshold, left: true, missing: missingLeft }]),
    ...leavesOf(trees, trees.right[node]!, [...path, { input, threshold, left: false, missing: !missingLeft }]),
  ]
}

function follows({ input, threshold, left, missing }: Step, columns: readonly Float32Array[], row: number): boolean {
  const x = columns[input]![row]!
  return Number.isNaN(x) ? missing : x <= threshold === left
}

/** One condition per feature: the steps that test it, put together. */
function conditionsOf(path: readonly Step[], inputs: readonly OrdinalInput[]): Condition[] {
  return [...new Set(path.map(({ input }) => input))].map(input => {
    const steps = path.filter(step => step.input === input)
    const to = Math.min(...steps.filter(({ left }) => left).map(({ threshold }) => threshold))
    const from = Math.max(...steps.filter(({ left }) => !left).map(({ threshold }) => threshold))
    const missing = steps.every(step => step.missing)
    const { name, categories } = inputs[input]!
    if (!categories) {
      return { feature: name, missing, ...(Number.isFinite(from) && { from }), ...(Number.isFinite(to) && { to }) }
    }
    const belongs = categories.filter((_, i) => i + 1 > from && i + 1 <= to)
    return { feature: name, values: missing ? [...belongs, null] : belongs }
  })
}

function average(values: Float64Array): number {
  let sum = 0
  for (let i = 0; i < values.length; i++) sum += values[i]!
  return sum / values.length
}
