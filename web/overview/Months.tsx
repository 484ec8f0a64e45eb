/** Month by month: the model that the loop keeps beside the first version, left as it was. */
import { type UseQueryResult, useQueries, useQuery } from '@tanstack/react-query'
import { useCallback, useMemo } from 'react'
import { monthlyComparison } from '../../src/charts/monthlyComparison.ts'
import type { ChartOptions } from '../../src/charts/options.ts'
import { monthStarts } from '../../src/charts/timeTicks.ts'
import * as queries from '../api/queries.ts'
import { type Figures, instant, type PerformanceSpan } from '../api/wire.ts'
import { useWords } from '../language/language.tsx'
import type { PlainKey } from '../language/words.ts'
import { Chart } from '../parts/Chart.tsx'
import { Empty, Panel } from '../parts/Page.tsx'
import { StateMark } from '../parts/StateMark.tsx'
import { type Column, Table } from '../parts/Table.tsx'
import { Time } from '../parts/Time.tsx'
import { useZone } from '../parts/zone.tsx'
import { type Facts, liveVersion } from './standing.ts'

type Figure = 'auc' | 'brier' | 'logLoss'

const figures: readonly { readonly figure: Figure; readonly key: PlainKey; readonly higherIsBetter: boolean }[] = [
  { figure: 'auc', key: 'figure.auc', higherIsBetter: true },
  { figure: 'brier', key: 'figure.brier', higherIsBetter: false },
  { figure: 'logLoss', key: 'figure.logLoss', higherIsBetter: false },
]

interface Month {
  readonly span: PerformanceSpan
  readonly frozen: Figures | undefined
}

/** Outcomes of a month still arrive this long after its end. */
const settlingMs = 3 * 86_400_000

export function Months({ facts }: { readonly facts: Facts }) {
  const { t } = useWords()
  const { project, endpoint } = facts
  const { spans, pending } = useMonths(facts)
  // The version that the project keeps as a shadow is the one that is left as it was; others come and go with a rollout.
  const frozen = project.config.deploy.shadows[0] ?? endpoint?.routes.find(r => r.mode === 'shadow')?.semver
  const months = useMemo(
    () => spans.map((span): Month => ({ span, frozen: frozen === undefined ? undefined : span.versions[frozen] })),
    [spans, frozen],
  )
  if (months.length === 0 && pending) {
    return (
      <Panel title={t('months.title')}>
        <p className="muted">{t('page.loading')}</p>
      </Panel>
    )
  }
  if (months.every(m => m.span.n === 0)) {
    return (
      <Panel title={t('months.title')}>
        <Empty command={`falconer outcomes --project ${project.name} --file outcomes.jsonl`}>{t('months.empty')}</Empty>
      </Panel>
    )
  }
  return (
    <Panel
      title={t('months.title')}
      note={
        frozen === undefined ? undefined : t('months.note', { version: frozen, live: liveVersion(endpoint) ?? '–' })
      }
    >
      <div className="columns three">
        {figures.map(f => (
          <MonthChart
            key={f.figure}
            months={months}
            figure={f.figure}
            name={t(f.key)}
            higherIsBetter={f.higherIsBetter}
          />
        ))}
      </div>
      <MonthTable months={months} />
    </Panel>
  )
}

/** Month by month, so that months that are over are computed once and not with every outcome. */
function useMonths({ project, endpoint }: Facts): {
  readonly spans: readonly PerformanceSpan[]
  readonly pending: boolean
} {
  const zone = useZone()
  const now = instant(useQuery(queries.clock()).data?.now)
  const created = instant(endpoint?.createdAt)
  const starts = created < now ? monthStarts(created, now, zone) : []
  return useQueries({
    queries: starts.map((from, i) => {
      const next = starts[i + 1]
      // The open month is asked for to its end, so that its question stays the same while the clock goes on.
      const to = next ?? monthStarts(from, from + 40 * 86_400_000, zone)[1]!
      return queries.performance(project.name, endpoint?.name ?? '', from, to, now > to + settlingMs)
    }),
    combine: joined,
  })
}

function joined(results: readonly UseQueryResult<readonly PerformanceSpan[]>[]) {
  return { spans: results.flatMap(r => r.data ?? []), pending: results.some(r => r.isPending) }
}

function MonthChart({
  months,
  figure,
  name,
  higherIsBetter,
}: {
  readonly months: readonly Month[]
  readonly figure: Figure
  readonly name: string
  readonly higherIsBetter: boolean
}) {
  const { t, locale, number } = useWords()
  const zone = useZone()
  const short = useMemo(() => new Intl.DateTimeFormat(locale, { month: 'short', timeZone: zone }), [locale, zone])
  const pairs = useMemo(
    () =>
      months.map(({ span, frozen }) => ({
        label: short.format(instant(span.from)),
        frozen: frozen?.[figure] ?? Number.NaN,
        loop: span.answered[figure] ?? Number.NaN,
      })),
    [months, figure, short],
  )
  const both = pairs.filter(p => Number.isFinite(p.frozen) && Number.isFinite(p.loop))
  const better = both.filter(p => (higherIsBetter ? p.loop > p.frozen : p.loop < p.frozen)).length
  const draw = useCallback(
    (options: ChartOptions) =>
      monthlyComparison(pairs, {
        ...options,
        higherIsBetter,
        labels: { frozen: t('months.frozen'), loop: t('months.loop') },
      }),
    [pairs, higherIsBetter, t],
  )
  return (
    <div>
      <h3>
        {name} <span className="muted small">{higherIsBetter ? t('figure.higher') : t('figure.lower')}</span>
      </h3>
      <Chart
        title={name}
        finding={t('months.finding', { figure: name, better: number(better), n: both.length })}
        empty={t('months.none')}
        zone={zone}
        height={210}
        draw={draw}
      />
    </div>
  )
}

function MonthTable({ months }: { readonly months: readonly Month[] }) {
  const { t, number } = useWords()
  const three = (value: number | null | undefined) =>
    number(value, { minimumFractionDigits: 3, maximumFractionDigits: 3 })
  const columns: Column<Month>[] = [
    { key: 'month', header: t('months.month'), heads: true, cell: m => <Time at={m.span.from} detail="month" /> },
    { key: 'n', header: t('months.n'), number: true, cell: m => number(m.span.n) },
    ...figures.flatMap(({ figure, key, higherIsBetter }): Column<Month>[] => [
      {
        key: `${figure}-frozen`,
        header: t('months.columnFrozen', { figure: t(key) }),
        number: true,
        cell: m => three(m.frozen?.[figure]),
      },
      {
        key: `${figure}-loop`,
        header: t('months.columnLoop', { figure: t(key) }),
        number: true,
        cell: m => (
          <Compared
            text={three(m.span.answered[figure])}
            better={verdict(m.frozen?.[figure], m.span.answered[figure], higherIsBetter)}
          />
        ),
      },
    ]),
  ]
  return (
    <div className="table-spaced">
      <Table caption={t('months.title')} columns={columns} rows={months} rowKey={m => m.span.from} />
    </div>
  )
}

/** A figure of the loop with a mark that says better or worse than frozen. */
function Compared({ text, better }: { readonly text: string; readonly better: boolean | undefined }) {
  const { t } = useWords()
  if (better === undefined) return text
  return (
    <StateMark state={better ? 'ok' : 'attention'}>
      {text}
      <span className="hidden-visually"> {better ? t('compare.better') : t('compare.worse')}</span>
    </StateMark>
  )
}

/** Undefined where one is missing or both are the same as shown. */
function verdict(
  frozen: number | null | undefined,
  loop: number | null | undefined,
  higherIsBetter: boolean,
): boolean | undefined {
  if (frozen == null || loop == null || Math.abs(loop - frozen) < 5e-4) return undefined
  return loop > frozen === higherIsBetter
}
