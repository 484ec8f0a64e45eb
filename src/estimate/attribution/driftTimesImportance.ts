/** Drift that matters to the model: how far each feature has drifted times how much the model listens to it. */

export interface WeightedDrift {
  readonly feature: string
  /** Size of its drift, in whatever unit is common to all features (W1 / sd, Jensen-Shannon). */
  readonly effect: number
  /** Mean |SHAP|: what the model makes of it. */
  readonly importance: number
  /** effect x importance, and its share of all. */
  readonly product: number
  readonly share: number
}

/**
 * effect x importance, the largest first. A feature that has drifted far but that the model does not
 * use comes last. Missing from either list is refused: 0 would hide it.
 */
export function driftTimesImportance(
  effects: readonly { readonly feature: string; readonly effect: number }[],
  importances: readonly { readonly feature: string; readonly importance: number }[],
): WeightedDrift[] {
  const importanceOf = new Map(importances.map(({ feature, importance }) => [feature, importance]))
  const products = effects.map(({ feature, effect }) => {
    const importance = importanceOf.get(feature)
    if (importance === undefined) throw new RangeError(`driftTimesImportance: no importance is given for ${feature}`)
    if (!(effect >= 0 && importance >= 0)) {
      throw new RangeError(
        `driftTimesImportance: ${feature} has effect ${effect} and importance ${importance}; both must be 0 or more`,
      )
    }
    return { feature, effect, importance, product: effect * importance }
  })
  const total = products.reduce((sum, { product }) => sum + product, 0)
  return products
    .map(one => ({ ...one, share: total > 0 ? one.product / total : 0 }))
    .sort((a, b) => b.product - a.product)
}
