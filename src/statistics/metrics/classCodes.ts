/** Labels of any kind, text or number, become numbers of classes and back. */

export interface ClassCodes {
  /** Names of the classes: numbers by size, then text by code unit. */
  readonly classes: readonly string[]
  /** Number of the class of each row of each list; -1 where the label is missing (null or NaN). */
  readonly codes: readonly Int32Array[]
}

type Labels = ArrayLike<string | number | null>

/**
 * Gives the labels of several lists (truth, prediction) one numbering. With `classes`, those are the classes, in that
 * order, and a label that is none of them is refused; the number 1 and the text "1" are the same class.
 */
export function classCodes(lists: readonly Labels[], classes?: readonly string[]): ClassCodes {
  const names = classes ?? namesIn(lists)
  const numberOf = new Map(names.map((name, k) => [name, k]))
  if (numberOf.size !== names.length) throw new RangeError(`classCodes: a class is named twice in ${names.join(', ')}`)
  const codes = lists.map(labels => {
    const out = new Int32Array(labels.length)
    for (let i = 0; i < labels.length; i++) {
      const name = nameOf(labels[i]!)
      const code = name === undefined ? -1 : numberOf.get(name)
      if (code === undefined) {
        throw new RangeError(`classCodes: label of row ${i} is ${name}, must be one of ${names.join(', ')}`)
      }
      out[i] = code
    }
    return out
  })
  return { classes: names, codes }
}

function namesIn(lists: readonly Labels[]): string[] {
  const found = new Set<string>()
  for (const labels of lists) {
    for (let i = 0; i < labels.length; i++) {
      const name = nameOf(labels[i]!)
      if (name !== undefined) found.add(name)
    }
  }
  return [...found].sort((a, b) => {
    const [x, y] = [Number(a), Number(b)]
    const numbersFirst = Number(Number.isNaN(x)) - Number(Number.isNaN(y))
    if (numbersFirst !== 0 || Number.isNaN(x)) return numbersFirst || (a < b ? -1 : 1)
    return x - y || (a < b ? -1 : 1)
  })
}

function nameOf(label: string | number | null): string | undefined {
  return label === null || Number.isNaN(label) ? undefined : String(label)
}
