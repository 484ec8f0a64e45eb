/** Columns of a drift monitor as a table, the likeliest cause first, with what follows for each. */
import { useQuery } from '@tanstack/react-query'
import { useMemo } from 'react'
import * as queries from '../api/queries.ts'
import type { Measurement, Project } from '../api/wire.ts'
import { useWords } from '../language/language.tsx'
import type { PlainKey } from '../language/words.ts'
import { Said } from '../parts/Page.tsx'
import { StateMark } from '../parts/StateMark.tsx'
import { type Column, Table } from '../parts/Table.tsx'
import { type DriftRow, driftRows, type EffectSize } from './driftCause.ts'
import './watch.css'

/** Below this share of the gain the model hardly uses a column. */
const leastShare = 0.02

const sizeKey: Readonly<Record<EffectSize, PlainKey>> = {
  none: 'drift.sizeNone',
  small: 'drift.sizeSmall',
  medium: 'drift.sizeMedium',
  large: 'drift.sizeLarge',
}

export function DriftColumns({
  measurement,
  project,
}: {
  readonly measurement: Measurement
  readonly project: Project
}) {
  const { t, number } = useWords()
  const evidence = useQuery(queries.evidence(project.name, project.config.model, measurement.semver)).data
  const importance = evidence?.refit.importance
  const rows = useMemo(() => driftRows(measurement.columns ?? [], importance), [measurement, importance])
  const effect = useEffectText()
  const three = (value: number | null) => number(value, { maximumSignificantDigits: 3 })
  const percent = (value: number) => number(value, { style: 'percent', maximumFractionDigits: 1 })
  const known = rows.some(row => row.importance !== undefined)
  const first = rows[0]
  const columns: Column<DriftRow>[] = [
    { key: 'column', header: t('drift.column'), heads: true, cell: c => <code>{c.column}</code> },
    {
      key: 'state',
      header: t('measurement.status'),
      cell: c => (
        <StateMark state={c.drifted ? 'broken' : 'ok'}>{c.drifted ? t('drift.drifted') : t('drift.stable')}</StateMark>
      ),
    },
    {
      key: 'effect',
      header: t('drift.change'),
      className: c => (c.drifted ? 'nowrap' : 'nowrap muted'),
      cell: c => effect(c),
    },
    {
      key: 'weight',
      header: known ? t('drift.weight') : t('drift.effect'),
      cell: c => <Bar of={c.weight} strong={c.drifted} />,
    },
    ...(known
      ? [
          {
            key: 'importance',
            header: t('drift.importance'),
            number: true,
            cell: (c: DriftRow) => percent(c.importance ?? 0),
          },
        ]
      : []),
    { key: 'adjusted', header: t('drift.adjusted'), number: true, cell: c => <P value={c.pAdjusted} /> },
    {
      key: 'todo',
      header: t('drift.todo'),
      className: () => 'nowrap',
      cell: c => (c.drifted ? t(todo(c)) : <span className="muted">{t(todo(c))}</span>),
    },
    {
      key: 'method',
      header: t('drift.method'),
      cell: c => (
        <span lang="en" className="nowrap muted" title={`${t('drift.statistic')} ${three(c.statistic)}`}>
          {c.method}
        </span>
      ),
    },
  ]
  return (
    <>
      {first?.drifted && (
        <p className="finding">
          {first.importance === undefined
            ? t('drift.cause', { column: first.column, effect: effect(first) })
            : t('drift.causeWeighted', {
                column: first.column,
                effect: effect(first),
                share: percent(first.importance),
              })}
        </p>
      )}
      <Table caption={t('drift.columns')} columns={columns} rows={rows} rowKey={c => c.column} />
      {measurement.skipped !== undefined && measurement.skipped.length > 0 && (
        <details className="alternative">
          <summary>{t('drift.skipped', { n: measurement.skipped.length })}</summary>
          <ul className="plain small">
            {measurement.skipped.map(({ column, reason }) => (
              <li key={column}>
                <code>{column}</code> <Said>{reason}</Said>
              </li>
            ))}
          </ul>
        </details>
      )}
    </>
  )
}

/** What changed, in words: which way and how far, or how different the whole is. */
function useEffectText(): (row: DriftRow) => string {
  const { t, number } = useWords()
  return ({ kind, size, effect, statistic }) => {
    const value = number(effect, { maximumSignificantDigits: 2 })
    if (kind === 'distance') return t('drift.differs', { size: t(sizeKey[size]), value })
    return statistic > 0
      ? t('drift.higher', { size: t(sizeKey[size]), value })
      : t('drift.lower', { size: t(sizeKey[size]), value })
  }
}

function todo({ drifted, importance }: DriftRow): PlainKey {
  if (!drifted) return 'drift.todoNothing'
  return importance !== undefined && importance < leastShare ? 'drift.todoUnused' : 'drift.todoLook'
}

/** Too small to be read as a number: that it is small is what counts. */
function P({ value }: { readonly value: number }) {
  const { number } = useWords()
  if (value < 0.0001) return <>{`< ${number(0.0001, { maximumSignificantDigits: 1 })}`}</>
  return <>{number(value, { maximumSignificantDigits: 2 })}</>
}

/** A length between nothing and the most; the numbers stand beside it. */
function Bar({ of, strong }: { readonly of: number; readonly strong: boolean }) {
  return (
    <span className={strong ? 'bar strong' : 'bar'} aria-hidden="true">
      <span style={{ width: `${Math.max(2, 100 * of)}%` }} />
    </span>
  )
}
