/**
 * From a probability to yes or no. A threshold belongs to a version: it was chosen for that version's outputs, by what a
 * wrong yes and a wrong no cost.
 */

export interface Costs {
  /** Of a yes where the truth is 0, and of a no where it is 1, in any unit; a right answer costs nothing. */
  readonly falsePositive: number
  readonly falseNegative: number
}

/** As the project file has it. */
export type DecisionConfig =
  | { readonly kind: 'threshold'; readonly threshold: number }
  | ({ readonly kind: 'costs' } & Costs)

/** As a version has it. */
export interface DecisionRule {
  /** An output of this or more is a yes. */
  readonly threshold: number
  /** What it was chosen for; absent where it was given. */
  readonly costs?: Costs
}

/** Two thresholds on the outputs of one file, compared by what their mistakes cost. */
export interface ThresholdTrial {
  readonly costs: Costs
  readonly candidate: number
  readonly champion: number
}

/** The rule of a version whose outputs are probabilities, as far as is known. */
export function decisionRule(config: DecisionConfig | undefined): DecisionRule | undefined {
  if (!config) return undefined
  if (config.kind === 'threshold') return { threshold: config.threshold }
  const { falsePositive, falseNegative } = config
  const costs = { falsePositive, falseNegative }
  return { threshold: thresholdFor(costs), costs }
}

/**
 * The threshold that costs least where the outputs are true probabilities: a yes costs (1 - p) c_fp, a no costs p c_fn,
 * and the two are equal at p = c_fp / (c_fp + c_fn). Elkan, The Foundations of Cost-Sensitive Learning, IJCAI 2001.
 */
export function thresholdFor({ falsePositive, falseNegative }: Costs): number {
  return falsePositive / (falsePositive + falseNegative)
}

export function isYes(output: number, threshold: number): boolean {
  return output >= threshold
}

/** What the decision on one row cost. */
export function costOf({ falsePositive, falseNegative }: Costs, truth: number, output: number, threshold: number) {
  if (isYes(output, threshold)) return truth === 0 ? falsePositive : 0
  return truth === 1 ? falseNegative : 0
}

/**
 * The threshold in [0, 1] that costs least on these rows. Between two neighbouring outputs all thresholds decide alike: it
 * is the present one where that lies there, else the middle, or 0 where everybody is a yes; of several that cost the same, the
 * nearest to the present one.
 */
export function cheapestThreshold(outputs: Float64Array, truth: Float64Array, costs: Costs, present: number): number {
  const order = Float64Array.from(outputs.keys()).sort((a, b) => outputs[b]! - outputs[a]!)
  // Nobody is a yes at first; then one row after the other becomes one, from the highest output down.
  let cost = costs.falseNegative * truth.reduce((sum, y) => sum + y, 0)
  let best = { cost: Number.POSITIVE_INFINITY, threshold: present }
  for (let yes = 0; yes <= order.length; yes++) {
    const upper = yes === 0 ? 1 : outputs[order[yes - 1]!]!
    const lower = yes === order.length ? 0 : outputs[order[yes]!]!
    const isGap = lower < upper || (yes === order.length && upper === 0)
    if (isGap) {
      const threshold = yes === order.length ? within(0, upper, present) : between(lower, upper, present)
      const nearer = Math.abs(threshold - present) < Math.abs(best.threshold - present)
      if (cost < best.cost || (cost === best.cost && nearer)) best = { cost, threshold }
    }
    if (yes < order.length) cost += truth[order[yes]!] === 1 ? -costs.falseNegative : costs.falsePositive
  }
  return best.threshold
}

/** In (lower, upper]: the present threshold or the middle, which rounding may have put on the lower end. */
function between(lower: number, upper: number, present: number): number {
  if (lower < present && present <= upper) return present
  const middle = lower + (upper - lower) / 2
  return middle > lower ? middle : upper
}

/** In [lower, upper]. */
function within(lower: number, upper: number, present: number): number {
  return present <= upper ? Math.max(lower, present) : lower
}
