/** What the comparison says, in two languages: the verdict, what has changed in a column, and the labels around them. */
import type { ColumnDrift, DriftTest, EffectName, SchemaFinding } from '../../statistics/drift/report.ts'
import type { Change } from './change.ts'
import type { ComparedColumn, Comparison } from './compare.ts'

export type Language = 'en' | 'zh'

export interface Words {
  readonly locale: string
  readonly title: string
  readonly reference: string
  readonly current: string
  readonly rows: (n: string) => string
  readonly drifted: (drifted: number, tested: number) => string
  /** The first few drifted columns with what has changed, and how many more there are. */
  readonly first: (first: string, more: number) => string
  readonly stable: (tested: number) => string
  readonly undecided: (reason: string) => string
  /** Where the columns of the two files have nothing in common. */
  readonly incomparable: string
  readonly named: (column: string, change: string) => string
  readonly listed: (items: readonly string[]) => string
  readonly instead: (value: string, now: string, before: string) => string
  /** What bars mean, of which `shown` of `all` are there. */
  readonly bars: (shown: number, all: number) => string
  /** Drifted columns that have no large picture. */
  readonly further: (columns: number) => string
  readonly change: (change: Change, show: Show) => string
  readonly effect: (value: string, name: EffectName) => string
  readonly findings: Readonly<Record<SchemaFinding['finding'], (columns: readonly string[]) => string>>
  readonly label: Labels
  /** How the decision was made. */
  readonly method: (by: Method) => readonly string[]
  readonly test: (test: DriftTest) => string
  /** Why a column was not tested, given in English. */
  readonly reason: (reason: string) => string
}

interface Method {
  readonly alpha: string
  readonly basis: Comparison['basis']
  /** Effects from which a difference matters, as they are shown. */
  readonly limits: readonly string[]
}

interface Show {
  readonly number: (x: number) => string
  readonly percent: (x: number) => string
  /** A probability. */
  readonly p: (x: number) => string
}

interface Labels {
  readonly changed: string
  readonly all: string
  readonly notTested: string
  readonly how: string
  readonly column: string
  readonly verdict: string
  readonly yes: string
  readonly no: string
  readonly what: string
  readonly picture: string
  readonly effect: string
  readonly test: string
  readonly p: string
  readonly missing: string
  readonly outside: string
  readonly unseen: string
  readonly other: string
  readonly reason: string
  readonly unchanged: string
  readonly small: string
  readonly nothing: string
}

const en: Words = {
  locale: 'en',
  title: 'Drift report',
  reference: 'reference',
  current: 'current',
  rows: n => `${n} rows`,
  drifted: (drifted, tested) =>
    `${drifted} of ${tested} ${tested === 1 ? 'column' : 'columns'} ${drifted === 1 ? 'has' : 'have'} drifted`,
  first: (first, more) => `${first}${more > 0 ? ` and ${more} more` : ''}`,
  stable: tested => (tested === 1 ? 'The one column has not drifted' : `None of ${tested} columns has drifted`),
  undecided: reason => `Nothing can be said: ${reason}`,
  incomparable: 'The two files have no column that can be compared',
  named: (column, change) => `${column} (${change})`,
  listed: items => items.join(', '),
  instead: (value, now, before) => `${value}: ${now} instead of ${before}`,
  further: columns => `${columns} more drifted ${columns === 1 ? 'column is' : 'columns are'} in the table below.`,
  bars: (shown, all) =>
    `Bar: current. Tick: reference.${shown < all ? ` The ${shown} of ${all} values that have changed most.` : ''}`,
  change: (change, { number, percent }) => {
    switch (change.kind) {
      case 'level':
        return `${change.higher ? 'higher' : 'lower'} by ${number(change.by)} sd`
      case 'spread':
        return `${number(change.factor)} times as wide`
      case 'shape':
        return 'another shape'
      case 'share':
        return en.instead(change.value, percent(change.to), percent(change.from))
      case 'missing':
        return `${percent(change.to)} missing instead of ${percent(change.from)}`
      case 'outside':
        return `${percent(change.to)} outside the range of the reference`
      case 'unseen':
        return `${percent(change.to)} in categories that the reference has not got`
    }
  },
  effect: (value, name) =>
    ({ 'standard deviations': `${value} sd`, 'JS distance': `${value} JS`, 'share of rows': `${value} of rows` })[name],
  findings: {
    absent: columns =>
      `${columns.length === 1 ? 'A column is' : `${columns.length} columns are`} gone: ${columns.join(', ')}.`,
    type: columns =>
      `${columns.length === 1 ? 'A column has' : `${columns.length} columns have`} another type: ${columns.join(', ')}.`,
    new: columns =>
      `${columns.length === 1 ? 'A column is' : `${columns.length} columns are`} new: ${columns.join(', ')}.`,
  },
  label: {
    changed: 'What has changed',
    all: 'All columns',
    notTested: 'Not tested',
    how: 'How this was decided',
    column: 'column',
    verdict: 'verdict',
    yes: 'drifted',
    no: 'stable',
    what: 'what has changed',
    picture: 'distribution',
    effect: 'effect',
    test: 'test',
    p: 'adjusted p',
    missing: 'missing',
    outside: 'out of range',
    unseen: 'unseen',
    other: 'other',
    reason: 'reason',
    unchanged: 'no difference beyond chance',
    small: 'too little to matter',
    nothing: 'There is no value to draw.',
  },
  method: ({ alpha, basis, limits }) => [
    `A column has drifted where a test finds a difference and the difference is large enough to matter: at least ${limits.join(', ')}. Numbers are measured in standard deviations, categories by the Jensen-Shannon distance, missing and unknown values by their share.`,
    `All tests of all columns are adjusted together: where nothing has changed, the chance of any alarm is at most ${alpha}. Rows are taken as independent.`,
    basis === 'rows'
      ? 'All rows of both files were compared.'
      : 'The files are long: counts over bins of the reference were compared, and pictures show a sample of the rows.',
  ],
  test: test => test,
  reason: reason => reason,
}

const zh: Words = {
  locale: 'zh-CN',
  title: '漂移报告',
  reference: '参考',
  current: '当前',
  rows: n => `${n} 行`,
  drifted: (drifted, tested) => `${tested} 列中有 ${drifted} 列发生漂移`,
  first: (first, more) => `${first}${more > 0 ? `，另有 ${more} 列` : ''}`,
  stable: tested => `${tested} 列均未发生漂移`,
  undecided: reason => `无法判断：${reason}`,
  incomparable: '两个文件没有可以比较的列',
  named: (column, change) => `${column}（${change}）`,
  listed: items => items.join('、'),
  instead: (value, now, before) => `${value} 由 ${before} 变为 ${now}`,
  further: columns => `另有 ${columns} 个漂移的列，见下表。`,
  bars: (shown, all) => `条形为当前，竖线为参考。${shown < all ? `仅列出 ${all} 个值中变化最大的 ${shown} 个。` : ''}`,
  change: (change, { number, percent }) => {
    switch (change.kind) {
      case 'level':
        return `整体${change.higher ? '升高' : '降低'} ${number(change.by)} 个标准差`
      case 'spread':
        return `离散程度为原来的 ${number(change.factor)} 倍`
      case 'shape':
        return '分布形状改变'
      case 'share':
        return zh.instead(change.value, percent(change.to), percent(change.from))
      case 'missing':
        return `缺失率由 ${percent(change.from)} 变为 ${percent(change.to)}`
      case 'outside':
        return `${percent(change.to)} 超出参考范围`
      case 'unseen':
        return `${percent(change.to)} 属于参考中没有的类别`
    }
  },
  effect: (value, name) =>
    ({ 'standard deviations': `${value} 个标准差`, 'JS distance': `JS ${value}`, 'share of rows': `${value} 的行` })[
      name
    ],
  findings: {
    absent: columns => `缺少 ${columns.length} 列：${columns.join('、')}。`,
    type: columns => `${columns.length} 列的类型改变：${columns.join('、')}。`,
    new: columns => `新增 ${columns.length} 列：${columns.join('、')}。`,
  },
  label: {
    changed: '发生了什么变化',
    all: '所有列',
    notTested: '未检验的列',
    how: '判断方法',
    column: '列',
    verdict: '结论',
    yes: '漂移',
    no: '稳定',
    what: '变化',
    picture: '分布',
    effect: '效应量',
    test: '检验',
    p: '校正后的 p',
    missing: '缺失',
    outside: '超出范围',
    unseen: '未见类别',
    other: '其他',
    reason: '原因',
    unchanged: '差异未超出随机波动',
    small: '差异过小，无关紧要',
    nothing: '没有可绘制的值。',
  },
  method: ({ alpha, basis, limits }) => [
    `只有当检验发现差异，且差异足够大（至少 ${limits.join('、')}）时，才判定该列发生漂移。数值以标准差计，类别以 Jensen-Shannon 距离计，缺失值与未知值以占比计。`,
    `所有列的所有检验一并校正：若没有任何变化，出现任何一次误报的概率不超过 ${alpha}。各行视为相互独立。`,
    basis === 'rows' ? '比较了两个文件的全部行。' : '文件较长：比较的是参考各分箱中的计数，图形取自行的样本。',
  ],
  test: test => zhTests[test],
  reason: reason => {
    for (const [pattern, translated] of zhReasons) if (pattern.test(reason)) return reason.replace(pattern, translated)
    return reason
  },
}

const zhTests: Readonly<Record<DriftTest, string>> = {
  'Kolmogorov-Smirnov': 'Kolmogorov-Smirnov 检验',
  'location of ranks': '秩的位置',
  'median of ranks': '秩的中位数',
  'spread of ranks': '秩的离散程度',
  'shape of ranks': '秩的分布形状',
  'chi-square of categories': '类别的卡方检验',
  'share of two values': '两个值的占比',
  'share missing': '缺失占比',
  'share outside the range': '超出范围的占比',
  'share of unseen categories': '未见类别的占比',
}

const zhReasons: readonly (readonly [RegExp, string])[] = [
  [/^not enough data: n = (\d+) in the reference, needs (\d+)$/, '数据不足：参考有 $1 行，至少需要 $2 行'],
  [/^not enough data: n = (\d+) in the window, needs (\d+)$/, '数据不足：当前有 $1 行，至少需要 $2 行'],
  [/^nothing to compare: .*$/, '无可比较：两边只有一个值，或只有罕见的值'],
  [/^instants move on by themselves$/, '时间自然推移，不作比较'],
  [/^its texts hardly ever repeat: an identifier$/, '文本几乎不重复，视为标识符'],
  [/^values of type (.*)$/, '类型为 $1，无法比较'],
  [/^there is no column to compare$/, '没有可比较的列'],
  [/^no column could be tested: .*$/, '没有可检验的列'],
]

export const words: Readonly<Record<Language, Words>> = { en, zh }

/** Columns named in the verdict. */
const named = 3

export interface Verdict {
  readonly headline: string
  /** The first drifted columns; empty where there is none. */
  readonly first: string
  readonly schema: readonly string[]
}

/** From the same columns in the same order as every table below it. */
export function verdictOf({ report, columns }: Comparison, say: Words): Verdict {
  const drifted = columns.filter(({ found }) => found?.drifted)
  const tested = report.columns.length
  const first = drifted.slice(0, named).map(column => say.named(column.name, changeText(column, report.alpha, say)))
  return {
    headline:
      tested === 0
        ? report.drifted
          ? say.incomparable
          : say.undecided(say.reason(report.reason ?? 'there is no column to compare'))
        : drifted.length === 0
          ? say.stable(tested)
          : say.drifted(drifted.length, tested),
    first: first.length === 0 ? '' : say.first(say.listed(first), drifted.length - first.length),
    schema: schemaSentences(report.schema, say),
  }
}

function schemaSentences(schema: readonly SchemaFinding[], say: Words): string[] {
  return (['absent', 'type', 'new'] as const).flatMap(finding => {
    const columns = schema.filter(found => found.finding === finding).map(({ column }) => column)
    return columns.length === 0 ? [] : [say.findings[finding](columns)]
  })
}

/** What has changed in a column, or why nothing has. */
export function changeText({ found }: ComparedColumn, alpha: number, say: Words): string {
  if (!found) return ''
  const change = say.change(found.what, showIn(say.locale))
  if (found.drifted) return change
  return found.adjustedPValue < alpha ? `${change}: ${say.label.small}` : say.label.unchanged
}

export function effectText({ effect, effectName }: Pick<ColumnDrift, 'effect' | 'effectName'>, say: Words): string {
  const show = showIn(say.locale)
  return say.effect(effectName === 'share of rows' ? show.percent(effect) : show.number(effect), effectName)
}

/** Two digits that matter. */
export function showIn(locale: string): Show {
  const number = new Intl.NumberFormat(locale, { maximumSignificantDigits: 2 })
  const percent = new Intl.NumberFormat(locale, { maximumSignificantDigits: 2, style: 'percent' })
  return {
    number: x => number.format(x),
    percent: x => percent.format(x),
    p: x => (x < 1e-300 ? '< 1e-300' : x < 0.001 ? x.toExponential(0) : number.format(x)),
  }
}
