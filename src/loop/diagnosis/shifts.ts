/** What remains when every fault is ruled out: the inputs have moved, or what is true of them. */
import type { DiagnosisEvidence, Finding } from './evidence.ts'

export function covariateShift({ drifted }: DiagnosisEvidence): Finding {
  if (drifted.length === 0) return { text: 'no column has drifted.' }
  return {
    fits: true,
    column: drifted[0]!,
    text: `The inputs have moved (${drifted.join(', ')}), all feeds are sound.`,
  }
}

export function conceptShift({ alarms }: DiagnosisEvidence): Finding {
  if (alarms.length === 0) return { text: 'no monitor of performance is out of its limits.' }
  return { fits: true, text: `The inputs are as before, but ${alarms.join(', ')} left the limits.` }
}
