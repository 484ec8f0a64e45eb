/** What limits hold, before their record adds whose they are, their number and when they were set. */
import type { Limits } from '../loop/records.ts'

export type FrozenLimits = Pick<
  Limits,
  | 'method'
  | 'centre'
  | 'sd'
  | 'width'
  | 'lower'
  | 'upper'
  | 'days'
  | 'from'
  | 'to'
  | 'parameters'
  | 'chart'
  | 'source'
  | 'unarmed'
>
