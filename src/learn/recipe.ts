/** A fit is a function of recipe, rows and random numbers alone. */
import { FalconerError } from '../base/errors.ts'
import type { Table } from '../base/table.ts'
import type { Random } from '../numeric/random.ts'
import { fitBoost } from './boost.ts'
import { fitConstant } from './constant.ts'
import type { FitContext, FittedModel } from './fitted.ts'
import { fitLinear, fitLogistic } from './linear.ts'
import { completeRecipe, type RecipeOptions } from './parameters.ts'

/** Fits the recipe to all columns of the table. */
export async function fitRecipe(
  options: RecipeOptions,
  table: Table,
  label: Float64Array,
  context: FitContext,
  random: Random,
): Promise<FittedModel> {
  const recipe = completeRecipe(options)
  switch (recipe.kind) {
    case 'boost':
      return fitBoost(table, label, recipe, context, random)
    case 'logistic':
      if (context.task !== 'binary') throw wrongTask('logistic', 'a label of 0 and 1', 'linear')
      return fitLogistic(table, label, recipe, context, random)
    case 'linear':
      if (context.task !== 'regression') throw wrongTask('linear', 'a label of numbers', 'logistic')
      return fitLinear(table, label, recipe, context, random)
    case 'constant':
      return fitConstant(table, label, recipe, context)
    default:
      return recipe satisfies never
  }
}

function wrongTask(kind: string, wanted: string, instead: string): FalconerError {
  return new FalconerError('bad-data', `The recipe ${kind} needs ${wanted}.`, {
    fix: `Use the recipe ${instead} or boost.`,
    findings: [{ at: 'recipe', text: `${kind} does not fit the task` }],
  })
}
