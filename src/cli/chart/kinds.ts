/** The kinds of chart that a user can ask for; apart, so that the help can name them without loading the charts. */
export const chartKinds = [
  'xbar-r',
  'xbar-s',
  'r',
  's',
  'individuals',
  'mr',
  'p',
  'np',
  'c',
  'u',
  'laney-p',
  'laney-u',
  'g',
  'ewma',
  'cusum',
  't2',
  'mewma',
] as const

export type ChartKindAsked = (typeof chartKinds)[number]
