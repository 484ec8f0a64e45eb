/** What a user asked of `falconer chart`, checked: options that do not go together are refused with what to do. */

import { nelson, type RunRule, westernElectric } from '../../statistics/control/runRules.ts'
import { usage } from '../terminal.ts'
import type { Residuals } from './fit.ts'
import type { ChartKindAsked } from './kinds.ts'

/** As commander hands them over. */
export interface ChartOptionsGiven {
  readonly kind: ChartKindAsked
  readonly column?: string
  readonly columns?: string
  readonly subgroup?: string
  readonly subgroupSize?: number
  readonly size?: string
  readonly at?: string
  readonly phase1?: string
  readonly reestimate: boolean
  readonly center?: number
  readonly sigma?: number
  readonly L?: number
  readonly arl0?: number
  readonly lambda?: number
  readonly limits: 'time-varying' | 'asymptotic'
  readonly k?: number
  readonly h?: number
  readonly fir: boolean
  readonly confidence?: number
  readonly rules?: string
  readonly residuals?: string
  readonly json: boolean
  readonly html?: string
  readonly svg?: string
  readonly check: boolean
}

export interface ChartRequest extends Omit<ChartOptionsGiven, 'rules' | 'residuals' | 'columns'> {
  readonly columns: readonly string[]
  readonly rules: readonly RunRule[]
  readonly residuals?: Residuals
}

const vectors: readonly ChartKindAsked[] = ['t2', 'mewma']
const sized: readonly ChartKindAsked[] = ['p', 'np', 'u', 'laney-p', 'laney-u']
const grouped: readonly ChartKindAsked[] = ['xbar-r', 'xbar-s', 'r', 's']
const counts: readonly ChartKindAsked[] = [...sized, 'c', 'g']

export function requestOf(given: ChartOptionsGiven): ChartRequest {
  const { rules, residuals, columns, ...rest } = given
  const request: ChartRequest = {
    ...rest,
    columns: columns?.split(',').map(name => name.trim()) ?? [],
    rules: rulesOf(rules),
    ...(residuals !== undefined && { residuals: residualsOf(residuals) }),
  }
  check(request)
  return request
}

function check(request: ChartRequest): void {
  const { kind, column, columns } = request
  const isGrouped = request.subgroup !== undefined || request.subgroupSize !== undefined
  const refuse = (wrong: boolean, detail: string, fix: string) => {
    if (wrong) throw usage(detail, fix)
  }
  if (vectors.includes(kind)) {
    refuse(columns.length < 2, `A ${kind} chart watches several columns at once.`, 'Name them: --columns a,b,c')
    refuse(
      request.center !== undefined || request.sigma !== undefined,
      `A ${kind} chart has a mean vector and a covariance, not one centre and sigma.`,
      'Leave --center and --sigma out; --phase1 says which rows are the reference.',
    )
  } else if (grouped.includes(kind)) {
    refuse(
      column === undefined && columns.length === 0,
      `A ${kind} chart needs values.`,
      'Name a column with --column, or one column for each value of a subgroup with --columns a,b,c',
    )
    refuse(
      columns.length === 0 && !isGrouped,
      `A ${kind} chart needs to know which rows belong together.`,
      'Say --subgroup <column> or --subgroup-size <n>; for single values use --kind individuals.',
    )
  } else refuse(column === undefined, `A ${kind} chart needs a column.`, 'Name it: --column <name>')
  refuse(
    sized.includes(kind) && request.size === undefined,
    `A ${kind} chart needs to know of how many each count is.`,
    'Name the column of sizes, or one number for all: --size <column or number>',
  )
  refuse(
    request.size !== undefined && !sized.includes(kind),
    `--size has no meaning for a ${kind} chart.`,
    kind === 'c' ? 'Use --kind u for counts on units of different size.' : 'Leave it out.',
  )
  refuse(
    isGrouped && !grouped.includes(kind) && !['ewma', 'cusum', 't2'].includes(kind),
    `A ${kind} chart has no subgroups.`,
    'Use xbar-r, xbar-s, r, s, ewma, cusum or t2.',
  )
  refuse(
    request.L !== undefined && request.arl0 !== undefined,
    '--L and --arl0 both say how wide the limits are.',
    'Give one of them.',
  )
  refuse(
    request.L !== undefined && ['cusum', 't2', 'mewma'].includes(kind),
    `--L has no meaning for a ${kind} chart.`,
    kind === 't2' ? 'Use --confidence or --arl0.' : 'Use --h or --arl0.',
  )
  refuse(
    request.sigma !== undefined && counts.includes(kind),
    `The spread of a ${kind} chart follows from its centre.`,
    'Leave --sigma out, or use --kind individuals.',
  )
  refuse(
    request.rules.length > 0 && !ruled.includes(kind),
    `Run rules need points that are independent and nearly normal; those of a ${kind} chart are not.`,
    `Use them on ${ruled.join(', ')}.`,
  )
  refuse(
    request.residuals !== undefined && (!['individuals', 'ewma', 'cusum'].includes(kind) || isGrouped),
    `--residuals has no meaning for a ${kind} chart${isGrouped ? ' of subgroups' : ''}.`,
    'Use it with single values on individuals, ewma or cusum.',
  )
  refuse(
    request.residuals !== undefined && (request.center !== undefined || request.sigma !== undefined),
    'The centre and spread of residuals come from the model.',
    'Leave --center and --sigma out.',
  )
}

/** Whose points are independent and nearly normal. */
const ruled: readonly ChartKindAsked[] = ['xbar-r', 'xbar-s', 'individuals', 'p', 'np', 'c', 'u', 'laney-p', 'laney-u']

/** `western-electric`, `nelson`, or numbers of Nelson's tests; 1 is the limits themselves. */
function rulesOf(text: string | undefined): readonly RunRule[] {
  if (text === undefined || text === 'none') return []
  if (text === 'western-electric') return westernElectric
  if (text === 'nelson') return nelson
  return text.split(',').flatMap(part => {
    const number = Number(part)
    if (number === 1) return []
    const rule = nelson.find(({ id }) => id === `nelson-${number}`)
    if (rule) return [rule]
    throw usage(
      `There is no run rule ${part}.`,
      'Use western-electric, nelson, or numbers of Nelson tests: --rules 1,2,3',
    )
  })
}

function residualsOf(text: string): Residuals {
  if (text === 'ar1') return 'ar1'
  const period = /^season:(\d{1,6})$/.exec(text)?.[1]
  if (period !== undefined && Number(period) >= 2) return { season: Number(period) }
  throw usage(`--residuals is ${text}.`, 'Use ar1, or season:<points>, such as season:7 for a week of days.')
}
