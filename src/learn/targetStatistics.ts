/**
 * Numbers for categories: the mean label of a category, drawn towards the mean of all rows.
 *   code = (sum of labels + m prior) / (rows + m)
 * Micci-Barreca, SIGKDD Explorations 3 (2001) 27.
 */
import type { TextColumn } from '../base/table.ts'
import type { CategoryEncoder } from '../trees/encoder.ts'

/** A text column as category numbers; -1 is missing. */
export interface Categories {
  readonly names: readonly string[]
  readonly codes: Int32Array
}

export function categoriesOf(column: TextColumn): Categories {
  const index = new Map<string, number>()
  const codes = new Int32Array(column.values.length)
  for (let i = 0; i < codes.length; i++) {
    const text = column.values[i]
    if (!text) {
      codes[i] = -1
      continue
    }
    let code = index.get(text)
    if (code === undefined) {
      code = index.size
      index.set(text, code)
    }
    codes[i] = code
  }
  return { names: [...index.keys()], codes }
}

/** The statistic over all rows, for the model as served. An unseen category and a missing value get the prior. */
export function targetEncoder(
  name: string,
  { names, codes }: Categories,
  label: Float64Array,
  m: number,
  weights?: Float64Array,
): CategoryEncoder {
  const sums = new Float64Array(names.length)
  const rows = new Float64Array(names.length)
  let allSum = 0
  let allRows = 0
  for (let i = 0; i < codes.length; i++) {
    const w = weights ? weights[i]! : 1
    allSum += w * label[i]!
    allRows += w
    const code = codes[i]!
    if (code < 0) continue
    sums[code]! += w * label[i]!
    rows[code]! += w
  }
  const prior = allRows > 0 ? allSum / allRows : 0
  const table = names.map((text, c): [string, number] => [text, Math.fround((sums[c]! + m * prior) / (rows[c]! + m))])
  return { kind: 'text', name, codes: new Map(table), other: Math.fround(prior) }
}

/**
 * The statistic as the trainer may see it: each row's code comes from the rows before it in `order` alone, the prior
 * too, so that a label never enters its own row's feature.
 * Prokhorenkova et al., CatBoost, NeurIPS 2018, section 3.2. The first row knows nothing and gets 0.
 */
export function orderedStatistics(
  { names, codes }: Categories,
  label: Float64Array,
  m: number,
  order: Int32Array,
  weights?: Float64Array,
): Float32Array {
  const sums = new Float64Array(names.length)
  const rows = new Float64Array(names.length)
  const out = new Float32Array(codes.length)
  let allSum = 0
  let allRows = 0
  for (let k = 0; k < order.length; k++) {
    const i = order[k]!
    const code = codes[i]!
    const prior = allRows > 0 ? allSum / allRows : 0
    const w = weights ? weights[i]! : 1
    if (code < 0) {
      out[i] = prior
    } else {
      out[i] = rows[code]! + m > 0 ? (sums[code]! + m * prior) / (rows[code]! + m) : prior
      sums[code]! += w * label[i]!
      rows[code]! += w
    }
    allSum += w * label[i]!
    allRows += w
  }
  return out
}
