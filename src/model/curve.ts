/** Recalibration: the champion's own answers and their outcomes give a curve, which is appended to its file. */
import { type Calibration, calibrated, fitCalibration, withCalibration } from '../learn/recalibrate.ts'
import type { Adjusted, Answered } from './adjustment.ts'

export function recalibrated({ output, label }: Answered, semver: string, file: Uint8Array): Adjusted {
  const curve = fitCalibration(output, label)
  return {
    file: withCalibration(file, curve),
    outputs: of => calibrated(curve, of),
    note: `${said(curve)} was appended to ${semver}; what a prediction is explained by is the score before it.`,
  }
}

function said(curve: Calibration): string {
  if (curve.kind === 'isotonic') return `An isotonic curve of ${curve.x.length} knots`
  const { slope, intercept } = curve
  return `Platt's curve with slope ${slope.toPrecision(3)} and intercept ${intercept.toPrecision(3)}`
}
