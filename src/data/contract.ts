/**
 * A contract as SQL: each check becomes one truth value per row, `true` where the row breaks it. NULL is judged by
 * `not null` alone: every other rule passes it, as it can be neither kept nor broken by a value that is not there.
 */
import { literal, quoted } from '../base/sqlText.ts'
import type { CheckConfig } from '../loop/project.ts'
import { expressionSql } from './queryRules.ts'

/** Column that holds whether a row breaks the check. */
export function breaksColumn(position: number): string {
  return `_breaks_${position}`
}

/** Table with the column `value`: what a `refers to` check may point at. */
export function referenceTable(position: number): string {
  return `_reference_${position}`
}

/** SQL of whether a row breaks the check. `sameType`: whether a reference's values have the column's type. */
export function breaks(check: CheckConfig, position: number, sameType: boolean): string {
  const { rule } = check
  const column = check.column === undefined ? 'null' : quoted(check.column)
  switch (rule.kind) {
    case 'not null':
      return `${column} is null`
    case 'unique':
      return `coalesce(${column} in (select ${column} from staged group by ${column} having count(*) > 1), false)`
    case 'between':
      // NaN is greater than all numbers, so it is not between any.
      return judged(`${column} between ${number(rule.low)} and ${number(rule.high)}`)
    case 'in':
      return judged(
        `${column} in (${rule.values.map(value => (typeof value === 'number' ? number(value) : literal(value))).join(', ')})`,
      )
    case 'matches':
      return judged(`regexp_full_match(cast(${column} as varchar), ${literal(rule.pattern)})`)
    case 'refers to': {
      const value = sameType ? column : `cast(${column} as varchar)`
      const target = sameType ? 'value' : 'cast(value as varchar)'
      return judged(`${value} in (select ${target} from ${referenceTable(position)} where value is not null)`)
    }
    case 'sql':
      return judged(`(${expressionSql(rule.expression)})`)
  }
}

function judged(holds: string): string {
  return `coalesce(not (${holds}), false)`
}

function number(value: number): string {
  return `(${value}::double)`
}

/** The columns that a check can empty, each with the checks that do. */
export function blanking(contract: readonly CheckConfig[]): ReadonlyMap<string, readonly number[]> {
  const columns = new Map<string, number[]>()
  contract.forEach(({ then, column }, position) => {
    if (then !== 'blank' || column === undefined) return
    const key = column.toLowerCase()
    const checks = columns.get(key)
    if (checks) checks.push(position)
    else columns.set(key, [position])
  })
  return columns
}
