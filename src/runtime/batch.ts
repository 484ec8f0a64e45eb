/** Rows of several requests as one batch, and its answers taken apart again. */
import type { Answer, Batch, BatchAnswer, Rows } from './protocol.ts'

interface Request {
  readonly models: readonly number[]
  readonly rows: Rows
}

/** Requests that go through the same models with the same columns become one batch; says which requests are in each. */
export function batched(
  requests: readonly Request[],
): { readonly batch: Batch; readonly members: readonly number[] }[] {
  const alike = new Map<string, number[]>()
  requests.forEach((request, i) => {
    const key = requests.length === 1 ? '' : kindOf(request)
    const members = alike.get(key)
    if (members) members.push(i)
    else alike.set(key, [i])
  })
  return [...alike.values()].map(members => {
    const parts = members.map(i => requests[i]!.rows)
    return {
      members,
      batch: {
        models: requests[members[0]!]!.models,
        rows: parts.length === 1 ? parts[0]! : mergeRows(parts),
        lengths: parts.map(part => part.rows),
      },
    }
  })
}

/** The answers of each request of a batch, an answer per model. */
export function answersOf({ lengths }: Batch, answer: BatchAnswer): readonly (readonly Answer[])[] {
  if ('single' in answer) return answer.single
  if (lengths.length === 1) return [answer.whole]
  let to = 0
  return lengths.map(length => {
    const from = to
    to += length
    return answer.whole.map(values => (values instanceof Float64Array ? values.slice(from, to) : values))
  })
}

/** The rows with from <= index < to. */
export function sliceRows({ rows, numberNames, numbers, textNames, texts }: Rows, from: number, to: number): Rows {
  const n = to - from
  const part = new Float64Array(numberNames.length * n)
  for (let column = 0; column < numberNames.length; column++) {
    part.set(numbers.subarray(column * rows + from, column * rows + to), column * n)
  }
  return { rows: n, numberNames, numbers: part, textNames, texts: texts.map(values => values.slice(from, to)) }
}

function mergeRows(parts: readonly Rows[]): Rows {
  const { numberNames, textNames } = parts[0]!
  let rows = 0
  for (const part of parts) rows += part.rows
  const numbers = new Float64Array(numberNames.length * rows)
  let at = 0
  for (const part of parts) {
    for (let column = 0; column < numberNames.length; column++) {
      const from = column * part.rows
      numbers.set(part.numbers.subarray(from, from + part.rows), column * rows + at)
    }
    at += part.rows
  }
  const texts = textNames.map((_, column) => parts.flatMap(part => part.texts[column]!))
  return { rows, numberNames, numbers, textNames, texts }
}

function kindOf({ models, rows }: Request): string {
  return `${models.join()}\0${rows.numberNames.join('\0')}\0\0${rows.textNames.join('\0')}`
}
