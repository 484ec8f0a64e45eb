/** The metrics that a version carries: those of its task that are defined on the rows. */
import { binaryMetrics } from '../statistics/metrics/binaryMetrics.ts'
import { regressionMetrics } from '../statistics/metrics/regressionMetrics.ts'

export function metricsOf(
  task: 'binary' | 'regression',
  truth: Float64Array,
  output: Float64Array,
): Readonly<Record<string, number>> {
  const all = task === 'binary' ? binaryMetrics(truth, output) : regressionMetrics(truth, output)
  const defined: [string, number][] = []
  for (const [name, { value }] of Object.entries(all)) if (value !== undefined) defined.push([name, value])
  return Object.fromEntries(defined)
}
