/** Rows of a binary classifier: what is asked of them, and which of them cannot be used. */

export interface ScoredRows {
  /** Probability of 1 that the model gave, in [0, 1]; NaN where it gave none. */
  readonly score: Float64Array
  /** What the model answered, 0 or 1. Absent: 1 where the score reaches the threshold. */
  readonly prediction?: Float64Array | undefined
}

export interface LabelledRows extends ScoredRows {
  /** What was true, 0 or 1; NaN where it is not known. */
  readonly truth: Float64Array
}

/** Rows that cannot be used, and why. */
export interface LeftOut {
  readonly reason: string
  readonly rows: number
}

export function usable(rows: number, leftOut: readonly LeftOut[]): string {
  const why = leftOut.map(({ reason, rows: count }) => `${count} because ${reason}`).join(', ')
  return `${rows} rows can be used${why && ` (left out: ${why})`}`
}

/** Rows with every value present and valid. */
export interface CompleteRows {
  readonly score: Float64Array
  readonly prediction: Float64Array
  readonly truth: Float64Array
  /** Which rows of the input they are. */
  readonly rows: Int32Array
  readonly leftOut: readonly LeftOut[]
}

const scoreMissing = 'the score is missing'
const scoreOutside = 'the score is no probability in [0, 1]'
const predictionWrong = 'the prediction is not 0 or 1'
const truthMissing = 'the truth is not known'
const truthWrong = 'the truth is not 0 or 1'

/** Rows that can be estimated: a score in [0, 1] and an answer of 0 or 1. Their truth may be NaN. */
export function scoredRows(given: ScoredRows & { readonly truth?: Float64Array }, threshold: number): CompleteRows {
  return complete(given, threshold, () => undefined)
}

/** Rows that can also be judged: their truth is 0 or 1. */
export function judgedRows(given: LabelledRows, threshold: number): CompleteRows {
  return complete(given, threshold, y => (y === 0 || y === 1 ? undefined : Number.isNaN(y) ? truthMissing : truthWrong))
}

function complete(
  given: ScoredRows & { readonly truth?: Float64Array },
  threshold: number,
  objection: (truth: number) => string | undefined,
): CompleteRows {
  const { score, prediction, truth } = given
  const n = score.length
  for (const [name, values] of [
    ['predictions', prediction],
    ['truths', truth],
  ] as const) {
    if (values && values.length !== n) throw new RangeError(`scored rows: ${values.length} ${name} for ${n} scores`)
  }
  const out = { score: new Float64Array(n), prediction: new Float64Array(n), truth: new Float64Array(n) }
  const rows = new Int32Array(n)
  const reasons = new Map<string, number>()
  let kept = 0
  for (let i = 0; i < n; i++) {
    const s = score[i]!
    const answer = prediction ? prediction[i]! : s >= threshold ? 1 : 0
    const y = truth ? truth[i]! : Number.NaN
    const reason = Number.isNaN(s)
      ? scoreMissing
      : !(s >= 0 && s <= 1)
        ? scoreOutside
        : answer !== 0 && answer !== 1
          ? predictionWrong
          : objection(y)
    if (reason !== undefined) {
      reasons.set(reason, (reasons.get(reason) ?? 0) + 1)
      continue
    }
    out.score[kept] = s
    out.prediction[kept] = answer
    out.truth[kept] = y
    rows[kept++] = i
  }
  return {
    score: out.score.subarray(0, kept),
    prediction: out.prediction.subarray(0, kept),
    truth: out.truth.subarray(0, kept),
    rows: rows.subarray(0, kept),
    leftOut: [...reasons].map(([reason, count]) => ({ reason, rows: count })),
  }
}
