/** A chart as one self-contained page: the verdict, the picture, the signals, the design, the points. */
import { escapeText } from '../../charts/svg.ts'
import { page } from '../report/page.ts'
import type { Charted, Panel } from './make.ts'
import { picture } from './picture.ts'
import { design, kindNames, nameOf, reasonOf, verdict } from './words.ts'

export function chartPage(chart: Charted, title: string): string {
  const panels = [chart.main, ...(chart.companion ? [chart.companion] : [])]
  const out = panels.some(({ signals }) => signals.length > 0)
  const height = chart.companion || chart.main.limits.kind === 'cusum' ? 560 : 380
  const notes = chart.notes.map(note => `<li>${escapeText(note)}</li>`).join('')
  const body = `<header>
<h1>${escapeText(title)}</h1>
<p class="lead"><span class="mark${out ? ' out' : ''}"></span>${escapeText(verdict(chart))}</p>
</header>
<h2>Chart</h2>
<figure class="card">${picture(chart, title, { width: 1160, height })}</figure>
${notes === '' ? '' : `<h2>Remarks</h2>\n<ul class="notes">${notes}</ul>`}
${panels.map(panel => signalTable(chart, panel)).join('\n')}
<h2>Design</h2>
${table([], design(chart))}
<h2>Points</h2>
${panels.map(panel => pointTable(chart, panel)).join('\n')}`
  return page({ language: 'en', title, body })
}

function signalTable(chart: Charted, panel: Panel): string {
  if (panel.signals.length === 0) return ''
  const shown = panel.signals.slice(0, most)
  const rows = shown.map(signal => {
    const { z, lower, upper } = panel.points[signal.index]!
    return [nameOf(chart, signal.index), number(z), number(lower), number(upper), reasonOf(signal)]
  })
  return `<h2>Signals: ${escapeText(kindNames[panel.kind]!)}${more(panel.signals.length)}</h2>
${table(['point', 'statistic', 'LCL', 'UCL', 'why'], rows)}`
}

function pointTable(chart: Charted, panel: Panel): string {
  const reasons = new Map(panel.signals.map(signal => [signal.index, reasonOf(signal)]))
  const rows = panel.points.slice(0, most).map((p, i) => {
    return [
      nameOf(chart, i),
      number(panel.values[i]!),
      number(p.z),
      number(p.lower),
      number(p.upper),
      reasons.get(i) ?? '',
    ]
  })
  return `<details><summary>Points: ${escapeText(kindNames[panel.kind]!)}${more(panel.points.length)}</summary>
${table(['point', 'value', 'statistic', 'LCL', 'UCL', 'signal'], rows)}</details>`
}

/** Rows of a table; a page is read by people, programs take the JSON. */
const most = 500
const more = (all: number) => (all > most ? ` (the first ${most} of ${all})` : '')

function number(value: number): string {
  return Number.isFinite(value) ? String(Number(value.toPrecision(6))) : '–'
}

function table(headings: readonly string[], rows: readonly (readonly string[])[]): string {
  const head = headings.map(h => `<th scope="col">${escapeText(h)}</th>`).join('')
  const body = rows.map(row => {
    const cells = row.map((cell, i) => {
      const isNumber = headings.length > 0 && i > 0 && /^-?[\d.]+(e[-+]?\d+)?$/.test(cell)
      return `<td${isNumber ? ' class="number"' : ''}>${escapeText(cell)}</td>`
    })
    return `<tr>${cells.join('')}</tr>`
  })
  return `<div class="scroll"><table>${head === '' ? '' : `<tr>${head}</tr>`}${body.join('')}</table></div>`
}
