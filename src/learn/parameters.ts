/** Recipes: a trainer's name and its parameters, checked and filled in. */

export interface BoostRecipe {
  readonly kind: 'boost'
  readonly iterations: number
  readonly learningRate: number
  readonly maxLeaves: number
  /** 0: no limit. */
  readonly maxDepth: number
  readonly minRows: number
  readonly minHessian: number
  readonly lambda: number
  readonly minGain: number
  readonly maxBins: number
  /** Share of rows drawn for each tree. */
  readonly rowShare: number
  /** Share of columns drawn for each tree. */
  readonly featureShare: number
  /** With validation rows: stop when the loss has not fallen for so many iterations, and keep the best. */
  readonly patience: number
  /** Weight of the prior in the statistics of categories, in rows. */
  readonly priorRows: number
  /** Added to lambda where a text column is cut. */
  readonly categoryLambda: number
  /** Rows on each side of a cut of a text column: so many, or a fiftieth of all rows where that is less. */
  readonly minCategoryRows: number
}

export interface LogisticRecipe {
  readonly kind: 'logistic'
  /** L2 penalty on the weights of standardised columns, per row. */
  readonly ridge: number
  /** Text columns with more categories than this become target statistics, others one column per category. */
  readonly maxLevels: number
  /** Weight of the prior in the statistics of categories, in rows. */
  readonly priorRows: number
}

export interface LinearRecipe extends Omit<LogisticRecipe, 'kind'> {
  readonly kind: 'linear'
}

export interface ConstantRecipe {
  readonly kind: 'constant'
}

export type Recipe = BoostRecipe | LogisticRecipe | LinearRecipe | ConstantRecipe

/** A recipe as people write it: the kind, and what differs from the default. */
export type RecipeOptions =
  | ({ readonly kind: 'boost' } & Partial<BoostRecipe>)
  | ({ readonly kind: 'logistic' } & Partial<LogisticRecipe>)
  | ({ readonly kind: 'linear' } & Partial<LinearRecipe>)
  | ConstantRecipe

interface Range {
  readonly default: number
  readonly min: number
  readonly max: number
  readonly integer?: true
}

type Ranges<R> = { readonly [name in keyof Omit<R, 'kind'>]: Range }

const boost: Ranges<BoostRecipe> = {
  iterations: { default: 150, min: 1, max: 100_000, integer: true },
  learningRate: { default: 0.1, min: 1e-6, max: 1 },
  maxLeaves: { default: 31, min: 2, max: 65_536, integer: true },
  maxDepth: { default: 0, min: 0, max: 1_000, integer: true },
  minRows: { default: 20, min: 1, max: 1e9, integer: true },
  minHessian: { default: 1e-3, min: 0, max: 1e9 },
  lambda: { default: 0, min: 0, max: 1e9 },
  minGain: { default: 0, min: 0, max: 1e12 },
  maxBins: { default: 255, min: 2, max: 255, integer: true },
  rowShare: { default: 1, min: 1e-6, max: 1 },
  featureShare: { default: 1, min: 1e-6, max: 1 },
  patience: { default: 50, min: 1, max: 100_000, integer: true },
  priorRows: { default: 10, min: 0, max: 1e9 },
  categoryLambda: { default: 10, min: 0, max: 1e9 },
  minCategoryRows: { default: 100, min: 1, max: 1e9, integer: true },
}

const logistic: Ranges<LogisticRecipe> = {
  ridge: { default: 1e-6, min: 0, max: 1e9 },
  maxLevels: { default: 32, min: 1, max: 10_000, integer: true },
  priorRows: { default: 10, min: 0, max: 1e9 },
}

const ranges = { boost, logistic, linear: logistic, constant: {} } as const

/**
 * The recipe with every parameter present. Throws a RangeError that names the parameter, what was given and what is
 * wanted; an unknown parameter is named together with those there are.
 */
export function completeRecipe(options: RecipeOptions): Recipe {
  const known: Record<string, Range> | undefined = ranges[options.kind]
  if (!known) {
    throw new RangeError(`recipe: kind is ${options.kind}, must be one of ${Object.keys(ranges).join(', ')}`)
  }
  const given: Record<string, unknown> = { ...options }
  for (const name of Object.keys(given)) {
    if (name !== 'kind' && !Object.hasOwn(known, name)) {
      const names = Object.keys(known).join(', ') || 'none'
      throw new RangeError(`recipe ${options.kind}: unknown parameter ${name}; there are ${names}`)
    }
  }
  const complete: Record<string, unknown> = { kind: options.kind }
  for (const [name, range] of Object.entries(known)) {
    const value = given[name] ?? range.default
    const inRange = typeof value === 'number' && value >= range.min && value <= range.max
    if (!inRange || (range.integer && !Number.isInteger(value))) {
      const kind = range.integer ? 'an integer' : 'a number'
      throw new RangeError(
        `recipe ${options.kind}: ${name} is ${value}, must be ${kind} in [${range.min}, ${range.max}]`,
      )
    }
    complete[name] = value
  }
  // The loop above put every parameter of the kind in.
  return complete as unknown as Recipe
}
