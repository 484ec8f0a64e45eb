/** Data sets written by peer.py, as tables. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Column, type Table, table, take } from '../../src/base/table.ts'

export interface BenchSet {
  readonly name: string
  readonly all: Table
  readonly label: Float64Array
  readonly parts: ReadonlyMap<string, Int32Array>
}

interface Described {
  readonly columns: readonly { readonly name: string; readonly kind: 'number' | 'text'; readonly file: string }[]
  readonly parts: readonly string[]
}

export function readSet(folder: string, name: string): BenchSet {
  const about = JSON.parse(readFileSync(join(folder, `${name}.json`), 'utf8')) as Described
  const columns = about.columns.map(({ name, kind, file }): Column => {
    if (kind === 'number') return { name, kind, values: doubles(join(folder, file)) }
    return { name, kind, values: JSON.parse(readFileSync(join(folder, file), 'utf8')) as string[] }
  })
  const parts = about.parts.map((part): [string, Int32Array] => {
    const { buffer, byteOffset, length } = readFileSync(join(folder, `${name}.${part}.i32`))
    return [part, new Int32Array(buffer.slice(byteOffset, byteOffset + length))]
  })
  return { name, all: table(columns), label: doubles(join(folder, `${name}.label.f64`)), parts: new Map(parts) }
}

/** Rows of one part with their labels. */
export function part(set: BenchSet, name: string): { readonly table: Table; readonly label: Float64Array } {
  const rows = set.parts.get(name)!
  return { table: take(set.all, rows), label: Float64Array.from(rows, i => set.label[i]!) }
}

export function doubles(path: string): Float64Array {
  const { buffer, byteOffset, length } = readFileSync(path)
  return new Float64Array(buffer.slice(byteOffset, byteOffset + length))
}

/** Area under the ROC curve by ranks, ties shared (Mann and Whitney). */
export function auc(label: Float64Array, scores: Float64Array): number {
  const order = [...label.keys()].sort((i, j) => scores[i]! - scores[j]!)
  let rankSum = 0
  let ones = 0
  for (let i = 0; i < order.length; ) {
    let j = i
    while (j < order.length && scores[order[j]!] === scores[order[i]!]) j++
    for (let k = i; k < j; k++) {
      if (label[order[k]!] === 1) {
        rankSum += (i + j + 1) / 2
        ones++
      }
    }
    i = j
  }
  return (rankSum - (ones * (ones + 1)) / 2) / (ones * (label.length - ones))
}
