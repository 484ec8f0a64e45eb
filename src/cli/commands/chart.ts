/** `falconer chart FILE --kind … --column x`: a control chart of a file, judged and drawn. */
import { writeFileSync } from 'node:fs'
import { basename } from 'node:path'
import { FalconerError } from '../../base/errors.ts'
import type { Table } from '../../base/table.ts'
import { answer } from '../chart/answer.ts'
import { type Charted, makeChart } from '../chart/make.ts'
import { chartPage } from '../chart/page.ts'
import { picture } from '../chart/picture.ts'
import { type ChartOptionsGiven, type ChartRequest, requestOf } from '../chart/request.ts'
import { terminalChart } from '../chart/terminalChart.ts'
import { design, kindNames, verdict } from '../chart/words.ts'
import { readTable } from '../files.ts'
import { print, say } from '../terminal.ts'
import type { Tools } from '../tools.ts'

export async function chart(file: string, given: ChartOptionsGiven, tools: Tools): Promise<number> {
  const request = requestOf(given)
  const made = charted(await readTable(file, tools.openTables), request, file)
  const what = request.column ?? request.columns.join(', ')
  const title = `${kindNames[request.kind]} chart of ${what}, ${basename(file)}`
  if (request.svg !== undefined) {
    const two = made.companion !== undefined || made.main.limits.kind === 'cusum'
    writeFileSync(request.svg, picture(made, title, { width: 960, height: two ? 520 : 360 }))
  }
  if (request.html !== undefined) writeFileSync(request.html, chartPage(made, title))
  for (const written of [request.svg, request.html]) if (written !== undefined) say(`wrote ${written}`)
  if (request.json) for (const note of made.notes) say(`note: ${note}`)
  print(request, request.json ? answer(made) : undefined, () => [
    verdict(made),
    '',
    ...terminalChart(made.main, Math.min(100, process.stdout.columns ?? 80)),
    '',
    ...design(made).map(([name, value]) => `${name.padEnd(14)} ${value}`),
    ...made.notes.map(note => `note: ${note}`),
  ])
  const out = made.main.signals.length > 0 || (made.companion?.signals.length ?? 0) > 0
  return request.check && out ? 3 : 0
}

/** What the statistics refuse (a count above its size, a lambda of 2) is the user's to mend. */
function charted(table: Table, request: ChartRequest, file: string): Charted {
  try {
    return makeChart(table, request, file)
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
    throw new FalconerError('bad-input', `The chart cannot be made: ${error.message}`, {
      fix: 'Check the values and the options that the message names.',
      cause: error,
    })
  }
}
