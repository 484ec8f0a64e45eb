/**
 * A costly smooth function as a polynomial through its values at the Chebyshev nodes of [low, high]; each node is computed
 * once. Barycentric form (Salzer 1972). Ask only within the interval.
 */
export function chebyshev(f: (x: number) => number, low: number, high: number, count: number): (x: number) => number {
  const middle = (low + high) / 2
  const half = (high - low) / 2
  const nodes = Float64Array.from({ length: count }, (_, i) => Math.cos((Math.PI * (i + 0.5)) / count))
  const values = nodes.map(node => f(middle + half * node))
  const weights = nodes.map((node, i) => (i % 2 === 0 ? 1 : -1) * Math.sqrt(1 - node * node))
  return x => {
    const u = (x - middle) / half
    let above = 0
    let below = 0
    for (let i = 0; i < count; i++) {
      const distance = u - nodes[i]!
      if (distance === 0) return values[i]!
      const weight = weights[i]! / distance
      above += weight * values[i]!
      below += weight
    }
    return above / below
  }
}
