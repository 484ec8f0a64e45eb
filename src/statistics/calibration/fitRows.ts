/** What every calibration asks of the rows that it is fitted on. */
import { checkWeights } from '../metrics/ranking.ts'

/** Throws unless there are rows with a weight above 0, and scores and truths are finite. */
export function checkFit(name: string, score: Float64Array, truth: Float64Array, weight?: Float64Array): void {
  checkWeights(name, truth.length, weight)
  if (score.length !== truth.length) throw new RangeError(`${name}: ${score.length} scores for ${truth.length} truths`)
  let total = 0
  for (let i = 0; i < truth.length; i++) {
    if (!Number.isFinite(score[i])) throw new RangeError(`${name}: score of row ${i} is ${score[i]}, must be finite`)
    if (!Number.isFinite(truth[i])) throw new RangeError(`${name}: truth of row ${i} is ${truth[i]}, must be finite`)
    total += weight ? weight[i]! : 1
  }
  if (total === 0) throw new RangeError(`${name}: there are no rows${weight ? ' with a weight above 0' : ''} to fit`)
}
