/**
 * A comparison as a page: the verdict, what has changed with a picture of each drifted column, then every column. Headline,
 * cards and table are made from the same columns in the same order.
 */
import { escapeText } from '../../charts/svg.ts'
import { type EffectName, effectThresholds } from '../../statistics/drift/report.ts'
import { missingShare, outsideShare } from './change.ts'
import type { ComparedColumn, Comparison } from './compare.ts'
import { page } from './page.ts'
import { cardPicture, cellPicture } from './pictures.ts'
import { changeText, effectText, type Language, showIn, verdictOf, type Words, words } from './words.ts'

export interface DriftPageOptions {
  readonly language: Language
  /** Of Falconer. */
  readonly version: string
}

/** Columns that get a large picture; the table has a small one of all. */
const mostCards = 18

type Tested = ComparedColumn & { readonly found: NonNullable<ComparedColumn['found']> }

export function driftPage(comparison: Comparison, { language, version }: DriftPageOptions): string {
  const say = words[language]
  const tested = comparison.columns.filter((column): column is Tested => column.found !== undefined)
  const drifted = tested.filter(({ found }) => found.drifted)
  return page({
    language: say.locale,
    title: `${say.title}: ${verdictOf(comparison, say).headline}`,
    body: [
      header(comparison, say),
      drifted.length === 0 ? '' : cards(drifted, comparison, say),
      tested.length === 0 ? '' : table(tested, comparison, say),
      notTested(comparison, say),
      method(comparison, say),
      `<footer>Falconer ${escapeText(version)}</footer>`,
    ].join('\n'),
  })
}

function header(comparison: Comparison, say: Words): string {
  const { headline, first, schema } = verdictOf(comparison, say)
  const side = (name: 'reference' | 'current', key: string) => {
    const { file, rows } = comparison[name]
    const count = say.rows(new Intl.NumberFormat(say.locale).format(rows))
    return `<li><span class="${key}"></span>${say[name]} <b>${escapeText(fileName(file))}</b> ${count}</li>`
  }
  return [
    `<header><p class="eyebrow">${say.title}</p>`,
    `<h1>${escapeText(headline)}</h1>`,
    first === '' ? '' : `<p class="lead">${escapeText(first)}</p>`,
    schema.length === 0 ? '' : `<p class="schema">${schema.map(escapeText).join('<br>')}</p>`,
    `<ul class="sides">${side('reference', 'key')}${side('current', 'key now')}</ul></header>`,
  ].join('\n')
}

function cards(columns: readonly Tested[], { report }: Comparison, say: Words): string {
  const { p } = showIn(say.locale)
  const all = columns.slice(0, mostCards).map((column, i) => {
    const what = changeText(column, report.alpha, say)
    const facts = [
      [say.label.effect, effectText(column.found, say)],
      [say.label.p, p(column.found.adjustedPValue)],
      ...shares(column, say),
    ]
    const { svg, note } = cardPicture(column, { id: `card${i}`, finding: what }, say)
    return `<article class="card"><h3>${escapeText(column.name)}</h3><p class="what">${escapeText(what)}</p>
${svg}${note ? `<p class="note">${escapeText(note)}</p>` : ''}
<dl>${facts.map(([term, text]) => `<div><dt>${term}</dt><dd>${escapeText(text!)}</dd></div>`).join('')}</dl></article>`
  })
  const more = columns.length - all.length
  const further = more > 0 ? `<p class="further">${say.further(more)}</p>` : ''
  return `<section><h2>${say.label.changed}</h2>\n<div class="cards">${all.join('\n')}</div>${further}</section>`
}

/** Missing and unknown values, before and now, where there are any. */
function shares({ bins, reference, current }: Tested, say: Words): [string, string][] {
  const { percent } = showIn(say.locale)
  const outside = [outsideShare(bins, reference), outsideShare(bins, current)] as const
  const pairs: [string, readonly [number, number]][] = [
    [say.label.missing, [missingShare(reference), missingShare(current)]],
    [bins.kind === 'text' ? say.label.unseen : say.label.outside, outside],
  ]
  return pairs
    .filter(([, [from, to]]) => from + to > 0)
    .map(([term, [from, to]]) => [term, `${percent(from)} → ${percent(to)}`])
}

function table(columns: readonly Tested[], { report }: Comparison, say: Words): string {
  const { label } = say
  const { p, percent } = showIn(say.locale)
  const row = (column: Tested, i: number) => {
    const { found, reference, current } = column
    const what = changeText(column, report.alpha, say)
    const missing = [missingShare(reference), missingShare(current)] as const
    return [
      `<tr class="${found.drifted ? 'drifted' : 'stable'}"><td>${escapeText(column.name)}`,
      `<td><span class="mark${found.drifted ? ' out' : ''}">${found.drifted ? label.yes : label.no}</span>`,
      `<td>${escapeText(what)}`,
      `<td class="picture">${cellPicture(column, { id: `cell${i}`, finding: what }, say)}`,
      `<td class="number">${effectText(found, say)}`,
      `<td class="number">${p(found.adjustedPValue)}`,
      `<td class="number">${missing[0] + missing[1] > 0 ? `${percent(missing[0])} → ${percent(missing[1])}` : '–'}`,
      `<td>${say.test(found.test)}`,
    ].join('</td>')
  }
  const heads = [
    [label.column],
    [label.verdict],
    [label.what],
    [label.picture],
    [label.effect, 'number'],
    [label.p, 'number'],
    [label.missing, 'number'],
    [label.test],
  ].map(([text, kind]) => `<th${kind ? ` class="${kind}"` : ''}>${text}</th>`)
  return `<section><h2>${label.all}</h2>
<div class="scroll"><table><thead><tr>${heads.join('')}</tr></thead>
<tbody>${columns.map((column, i) => `${row(column, i)}</td></tr>`).join('\n')}</tbody></table></div></section>`
}

function notTested({ report }: Comparison, say: Words): string {
  if (report.skipped.length === 0) return ''
  const items = report.skipped.map(
    ({ column, reason }) => `<li><b>${escapeText(column)}</b>: ${escapeText(say.reason(reason))}</li>`,
  )
  return `<section><h2>${say.label.notTested}</h2><ul class="notes">${items.join('')}</ul></section>`
}

function method({ report, basis, thresholds }: Comparison, say: Words): string {
  const limits = (Object.keys(effectThresholds) as EffectName[]).map(effectName =>
    effectText({ effect: thresholds[effectName], effectName }, say),
  )
  const sentences = say.method({ alpha: showIn(say.locale).percent(report.alpha), basis, limits })
  return `<section><h2>${say.label.how}</h2><ul class="notes">${sentences.map(s => `<li>${escapeText(s)}</li>`).join('')}</ul></section>`
}

function fileName(path: string): string {
  return path.split(/[\\/]/).at(-1)!
}
