/** What a feature query answered, cutoff by cutoff, and putting it in the order that was asked. */
import { FalconerError } from '../base/errors.ts'
import { type Column, numbers, type Table, table, texts } from '../base/table.ts'
import type { SchemaColumn } from '../loop/records.ts'
import { ownPrefix } from './queryRules.ts'

export const idName = `${ownPrefix}_id`
export const atName = `${ownPrefix}_at`

/** The rows of one cutoff: where in the source each id is. */
export interface Answer {
  readonly source: Table
  readonly rowOf: ReadonlyMap<string, number>
}

/** Errors: `bad-query` naming ids that are answered twice. */
export function answersOf(source: Table, cutoff?: number): Map<number, Answer> {
  const ids = texts(source, idName)
  const cutoffs = cutoff === undefined ? numbers(source, atName) : undefined
  const answers = new Map<number, { source: Table; rowOf: Map<string, number> }>()
  const twice = new Set<string>()
  for (let row = 0; row < source.rows; row++) {
    const at = cutoffs ? cutoffs[row]! : cutoff!
    let answer = answers.get(at)
    if (!answer) {
      answer = { source, rowOf: new Map() }
      answers.set(at, answer)
    }
    const id = ids[row]
    if (id === null || id === undefined) {
      throw new FalconerError('bad-query', 'The feature query answers a row without an id.')
    }
    if (answer.rowOf.has(id)) twice.add(id)
    answer.rowOf.set(id, row)
  }
  if (twice.size > 0) {
    const [first] = twice
    throw new FalconerError(
      'bad-query',
      `The feature query answers ${counted(twice.size)} more than once, first ${first}.`,
      {
        fix: 'Join on whole keys, or aggregate, so that one row is left per id.',
        findings: [...twice].slice(0, 20).map(id => ({ at: id, text: 'answered more than once' })),
      },
    )
  }
  return answers
}

/** Whether two answers differ in any cell of these ids. */
export function mismatch(a: Answer, b: Answer | undefined, ids: readonly string[]): boolean {
  return ids.some(id => {
    const left = a.rowOf.get(id)
    const right = b?.rowOf.get(id)
    if (left === undefined || right === undefined) return left !== right
    return a.source.columns.some(({ name, values }) => {
      const other = b!.source.columns.find(column => column.name === name)
      return !other || !Object.is(values[left], other.values[right])
    })
  })
}

/** Rows in the order asked: the id column, then the features. Errors: `bad-input` naming ids without an answer. */
export function gather(
  id: string,
  columns: readonly SchemaColumn[],
  ids: readonly string[],
  cutoffOf: (row: number) => number,
  answers: ReadonlyMap<number, Answer>,
): Table {
  const found = ids.map((asked, row) => {
    const answer = answers.get(cutoffOf(row))
    return { answer, row: answer?.rowOf.get(asked) ?? -1 }
  })
  const missing = ids.filter((_, row) => found[row]!.row < 0)
  if (missing.length > 0) {
    const distinct = [...new Set(missing)]
    throw new FalconerError(
      'bad-input',
      `The feature query has no row for ${counted(distinct.length)}, first ${distinct[0]}.`,
      {
        fix: 'Check the ids; a row that becomes known after the instant asked for is not there yet.',
        findings: distinct.slice(0, 20).map(name => ({ at: name, text: 'no row at this instant' })),
      },
    )
  }
  const features = columns.map(({ name, kind }): Column => {
    const sources = new Map<Table, Column>()
    const valuesOf = (source: Table) => {
      let column = sources.get(source)
      if (!column) {
        column = source.columns.find(candidate => candidate.name === name)!
        sources.set(source, column)
      }
      return column.values
    }
    if (kind === 'text') {
      return { name, kind, values: found.map(({ answer, row }) => valuesOf(answer!.source)[row] as string | null) }
    }
    const values = new Float64Array(ids.length)
    for (let i = 0; i < found.length; i++) values[i] = valuesOf(found[i]!.answer!.source)[found[i]!.row] as number
    return { name, kind, values }
  })
  return table([{ name: id, kind: 'text', values: ids }, ...features])
}

function counted(ids: number): string {
  return ids === 1 ? 'one id' : `${ids} ids`
}
