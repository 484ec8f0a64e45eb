/** Another decision threshold for the same file: the one at which the champion's answered rows would have cost least. */
import { type Costs, cheapestThreshold, thresholdFor } from '../loop/decision.ts'
import type { ModelVersion } from '../loop/records.ts'
import type { Adjusted, Answered } from './adjustment.ts'

export function withThreshold(
  { output, label }: Answered,
  { semver, decision }: Pick<ModelVersion, 'semver' | 'decision'>,
  file: Uint8Array,
  costs: Costs,
): Adjusted {
  const champion = decision?.threshold ?? thresholdFor(costs)
  const threshold = cheapestThreshold(output, label, costs, champion)
  return {
    file,
    outputs: of => of,
    decision: { threshold, costs },
    trial: { costs, candidate: threshold, champion },
    note: `The file is that of ${semver}; an answer is a yes from ${threshold.toPrecision(3)} on, before it was ${champion.toPrecision(3)}.`,
  }
}
