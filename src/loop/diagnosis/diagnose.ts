/**
 * Diagnosis before retraining: a model trained on a broken feed learns the fault. Ordered rules look at the last days;
 * the first that fits decides. A fault is sudden, so days are compared with the days just before, not with a reference
 * of another season: real summers must not look like faults.
 */
import type { Diagnosis, Verdict } from '../records.ts'
import { frozenSensor, newCategories, schemaBreak, sourceOutage, staleFeed } from './columnFaults.ts'
import type { DiagnosisEvidence, Finding } from './evidence.ts'
import { deploymentFault, labelFault } from './outcomeFaults.ts'
import { clockSkew, duplicatedBatch, timeShift, truncatedBatch } from './rowFaults.ts'
import { conceptShift, covariateShift } from './shifts.ts'
import { swappedColumns } from './swappedColumns.ts'
import { unitChange } from './unitChange.ts'

interface Rule {
  readonly verdict: Verdict
  readonly advice: Diagnosis['advice']
  readonly look: (evidence: DiagnosisEvidence) => Finding
}

/**
 * Faults first, the most certain sign first: what is gone explains what else is odd about it, a feed that stands still no
 * longer goes with the other columns either. What remains when every fault is ruled out is a change of the world.
 */
const rules: readonly Rule[] = [
  { verdict: 'swapped columns', advice: 'block', look: swappedColumns },
  { verdict: 'schema break', advice: 'block', look: schemaBreak },
  { verdict: 'new categories', advice: 'block', look: newCategories },
  { verdict: 'source outage', advice: 'block', look: sourceOutage },
  { verdict: 'frozen sensor', advice: 'block', look: frozenSensor },
  { verdict: 'stale feed', advice: 'block', look: staleFeed },
  { verdict: 'unit change', advice: 'block', look: unitChange },
  { verdict: 'time shift', advice: 'block', look: timeShift },
  { verdict: 'duplicated batch', advice: 'block', look: duplicatedBatch },
  { verdict: 'truncated batch', advice: 'block', look: truncatedBatch },
  { verdict: 'clock skew', advice: 'block', look: clockSkew },
  { verdict: 'deployment fault', advice: 'rollback', look: deploymentFault },
  { verdict: 'label fault', advice: 'block', look: labelFault },
  { verdict: 'covariate shift', advice: 'retrain', look: covariateShift },
  { verdict: 'concept shift', advice: 'retrain', look: conceptShift },
]

export function diagnose(evidence: DiagnosisEvidence): Diagnosis {
  const looked: string[] = []
  for (const { verdict, advice, look } of rules) {
    const finding = look(evidence)
    if ('fits' in finding) {
      const { column, text } = finding
      return { verdict, advice, ...(column !== undefined && { column }), reasons: [text, ...looked] }
    }
    looked.push(`No ${verdict}: ${finding.text}`)
  }
  return {
    verdict: 'unknown',
    advice: 'ask',
    reasons: ['Nothing explains the alarm: a person has to look before anything is trained.', ...looked],
  }
}
