/** A chart as one self-contained page: the verdict, the picture, the signals, the design, the points. */
import { dark, light, paletteDeclarations } from '../../charts/palette.ts'
import { escapeText } from '../../charts/svg.ts'
import type { Charted, Panel } from './make.ts'
import { picture } from './picture.ts'
import { design, kindNames, nameOf, reasonOf, verdict } from './words.ts'

export function page(chart: Charted, title: string): string {
  const panels = [chart.main, ...(chart.companion ? [chart.companion] : [])]
  const out = panels.some(({ signals }) => signals.length > 0)
  const height = chart.companion || chart.main.limits.kind === 'cusum' ? 560 : 380
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${escapeText(title)}</title>
<style>
:root { color-scheme: light dark; ${paletteDeclarations(light).join(' ')} }
@media (prefers-color-scheme: dark) { :root { ${paletteDeclarations(dark).join(' ')} } }
body { margin: 2rem auto; max-width: 1080px; padding: 0 1rem; background: var(--chart-surface); color: var(--chart-ink); font: 15px/1.5 system-ui, "Segoe UI", Roboto, "Noto Sans", sans-serif; }
h1 { font-size: 1.3rem; margin: 0; } h2 { font-size: 1rem; margin: 1.6rem 0 .4rem; }
.verdict { font-size: 1.1rem; margin: .3rem 0 1rem; color: var(--chart-${out ? 'broken' : 'ok'}); }
svg { width: 100%; height: auto; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
th, td { text-align: left; padding: .15rem 1rem .15rem 0; border-bottom: 1px solid var(--chart-grid); }
td.n { text-align: right; } th { color: var(--chart-muted); font-weight: 500; }
li, summary { color: var(--chart-muted); }
</style>
</head>
<body>
<h1>${escapeText(title)}</h1>
<p class="verdict">${out ? '◆' : '●'} ${escapeText(verdict(chart))}</p>
${picture(chart, title, { width: 1040, height })}
${chart.notes.length === 0 ? '' : `<ul>${chart.notes.map(note => `<li>${escapeText(note)}</li>`).join('')}</ul>`}
${panels.map(panel => signalTable(chart, panel)).join('\n')}
<h2>Design</h2>
${table([], design(chart))}
${panels.map(panel => pointTable(chart, panel)).join('\n')}
</body>
</html>
`
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
  const head =
    headings.length === 0 ? '' : `<tr>${headings.map(h => `<th scope="col">${escapeText(h)}</th>`).join('')}</tr>`
  const body = rows.map(row => {
    const cells = row.map((cell, i) => {
      if (headings.length === 0 && i === 0) return `<th scope="row">${escapeText(cell)}</th>`
      return `<td${/^-?[\d.]+(e[-+]?\d+)?$/.test(cell) ? ' class="n"' : ''}>${escapeText(cell)}</td>`
    })
    return `<tr>${cells.join('')}</tr>`
  })
  return `<table>${head}${body.join('')}</table>`
}
