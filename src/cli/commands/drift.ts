/** `falconer drift REFERENCE CURRENT`: which columns have drifted from one file to another, and what has changed. */
import { writeFileSync } from 'node:fs'
import { effectThresholds } from '../../statistics/drift/report.ts'
import { progressLine } from '../progressLine.ts'
import { missingShare } from '../report/change.ts'
import { type Comparison, compareFiles } from '../report/compare.ts'
import { driftPage } from '../report/driftPage.ts'
import { changeText, effectText, type Language, showIn, verdictOf, words } from '../report/words.ts'
import { print, rows, say, usage } from '../terminal.ts'
import type { Tools } from '../tools.ts'

interface DriftFlags {
  readonly json: boolean
  readonly html?: string
  readonly language: Language
  readonly columns?: readonly string[]
  readonly drop: readonly string[]
  readonly alpha?: number
  readonly effect?: number
  readonly bins?: number
  readonly failOnDrift: boolean
}

export async function drift(reference: string, current: string, flags: DriftFlags, tools: Tools): Promise<number> {
  const { alpha, effect, bins, columns, drop } = flags
  if (alpha !== undefined && !(alpha > 0 && alpha < 1)) {
    throw usage(`alpha is ${alpha}.`, 'Give a chance of a false alarm between 0 and 1, such as 0.01.')
  }
  if (bins !== undefined && !(bins >= 10 && bins <= 65_536)) throw usage(`bins is ${bins}.`, 'Give 10 to 65,536.')
  const progress = progressLine()
  const tables = await tools.openTables()
  try {
    const comparison = await compareFiles(
      { reference, current },
      {
        drop,
        ...(columns && { columns }),
        ...(bins !== undefined && { bins }),
        drift: { ...(alpha !== undefined && { alpha }), ...(effect !== undefined && { effects: effectsFrom(effect) }) },
        progress: progress.tell,
      },
      tables,
    )
    progress.end()
    if (flags.html !== undefined) {
      writeFileSync(flags.html, driftPage(comparison, { language: flags.language, version: tools.version }))
      say(`${flags.html} is written`)
    }
    print(flags, answerOf(comparison), () => lines(comparison))
    return flags.failOnDrift && comparison.report.drifted !== false ? 3 : 0
  } finally {
    progress.end()
    await tables.close()
  }
}

/** One number for all units: the least shift in standard deviations; the others keep their proportion to it. */
function effectsFrom(least: number): typeof effectThresholds {
  if (!(least >= 0)) throw usage(`effect is ${least}.`, 'Give a shift in standard deviations, such as 0.1; 0 for any.')
  const factor = least / effectThresholds['standard deviations']
  return {
    'standard deviations': least,
    'JS distance': effectThresholds['JS distance'] * factor,
    'share of rows': effectThresholds['share of rows'] * factor,
  }
}

function answerOf({ report, basis, reference, current, columns }: Comparison): unknown {
  const sketches = new Map(columns.map(column => [column.name, column]))
  return {
    ...report,
    columns: report.columns.map(column => ({
      ...column,
      missing: {
        reference: missingShare(sketches.get(column.column)!.reference),
        current: missingShare(sketches.get(column.column)!.current),
      },
    })),
    basis,
    reference: reference.file,
    current: current.file,
  }
}

function lines(comparison: Comparison): string[] {
  const { report, columns } = comparison
  const en = words.en
  const { percent, p } = showIn(en.locale)
  const { headline, first, schema } = verdictOf(comparison, en)
  const tested = columns.flatMap(column => (column.found ? [{ ...column, found: column.found }] : []))
  return [
    [first ? `${headline}: ${first}.` : `${headline}.`, ...schema].join(' '),
    ...(tested.length === 0
      ? []
      : rows(
          [
            'column',
            'verdict',
            'what has changed',
            'effect',
            'test',
            'p',
            'adjusted p',
            'missing before',
            'missing now',
          ],
          tested.map(column => [
            column.name,
            column.found.drifted ? en.label.yes : en.label.no,
            changeText(column, report.alpha, en),
            effectText(column.found, en),
            column.found.test,
            p(column.found.pValue),
            p(column.found.adjustedPValue),
            percent(missingShare(column.reference)),
            percent(missingShare(column.current)),
          ]),
        )),
    ...report.schema.map(({ column, reason }) => `${column}: ${reason}`),
    ...report.skipped.map(({ column, reason }) => `${column}: not tested: ${reason}`),
    `${report.n} rows of the reference, ${report.m} current ones; chance of any alarm without a change: ${report.alpha}`,
  ]
}
