/** `falconer metrics FILE --label y --prediction p`: how good predictions in a table are, and how sure that is. */
import { random } from '../../numeric/random.ts'
import { readTable } from '../files.ts'
import { columnOf, groupsOf } from '../metrics/columnValues.ts'
import { figureCells, figureHeadings, figuresAsJson, sayUndefined } from '../metrics/figureLines.ts'
import { type Figures, type MeasureOptions, measure, type ScoredRows } from '../metrics/measure.ts'
import { type MetricsTask, type ScoredColumns, scoredRows } from '../metrics/scoredRows.ts'
import { print, say, rows as table, usage } from '../terminal.ts'
import type { Tools } from '../tools.ts'

interface MetricsOptions extends ScoredColumns {
  readonly json: boolean
  readonly task?: MetricsTask
  readonly threshold?: number
  readonly group?: string
  readonly block?: string
  readonly confidence: number
  readonly bootstrap?: number
  readonly seed: number
}

export async function metrics(file: string, options: MetricsOptions, tools: Tools): Promise<number> {
  const { threshold, confidence } = options
  if (!(confidence > 0 && confidence < 1)) throw usage(`--confidence is ${confidence}.`, 'Give a share such as 0.95.')
  if (threshold !== undefined && !(threshold >= 0 && threshold <= 1)) {
    throw usage(`--threshold is ${threshold}.`, 'Give a probability from which a row counts as predicted positive.')
  }
  if (options.bootstrap !== undefined && options.bootstrap < 100) {
    throw usage(`--bootstrap is ${options.bootstrap}.`, 'Give at least 100 samples, better 2000.')
  }
  const input = await readTable(file, tools.openTables)
  const { rows, kept, notes } = scoredRows(input, file, options)
  const block = options.block === undefined ? undefined : groupsOf(columnOf(input, options.block, file), kept).of
  const whole = measure(rows, { threshold, confidence, block, bootstrap: bootstrapOf('all') })
  const groups = options.group === undefined ? [] : byGroup(options.group)
  for (const note of notes) say(`note: ${note}`)
  sayUndefined(whole)
  for (const { group, figures } of groups) sayUndefined(figures, ` of ${options.group} ${group}`)
  const value = {
    task: rows.task,
    ...figuresAsJson(whole),
    confidence,
    ...(options.group !== undefined && {
      groups: groups.map(({ group, figures }) => ({ group, ...figuresAsJson(figures) })),
    }),
  }
  print(options, value, () => [
    ...table(figureHeadings, figureCells(whole)),
    `n\t${whole.n}`,
    ...(groups.length > 0 ? ['', ...groupLines()] : []),
  ])
  return 0

  function bootstrapOf(stream: string): MeasureOptions['bootstrap'] {
    return options.bootstrap === undefined
      ? undefined
      : { draws: options.bootstrap, rng: random(options.seed).fork(stream) }
  }

  function byGroup(name: string): { group: string; figures: Figures }[] {
    const { names, of } = groupsOf(columnOf(input, name, file), kept)
    return names.map((group, number) => {
      const members = Int32Array.from(of.keys()).filter(row => of[row] === number)
      const figures = measure(someRows(rows, members), {
        threshold,
        confidence,
        block: block && members.map(row => block[row]!),
        bootstrap: bootstrapOf(group),
      })
      return { group, figures }
    })
  }

  function groupLines(): string[] {
    const cells = groups.flatMap(({ group, figures }) => figureCells(figures).map(row => [group, figures.n, ...row]))
    return table([options.group!, 'n', ...figureHeadings], cells)
  }
}

/** The rows at these places. */
function someRows(rows: ScoredRows, at: Int32Array): ScoredRows {
  const pick = (values: Float64Array) => Float64Array.from(at, row => values[row]!)
  const weight = rows.weight && pick(rows.weight)
  switch (rows.task) {
    case 'binary':
      return {
        task: 'binary',
        truth: pick(rows.truth),
        score: pick(rows.score),
        predicted: rows.predicted && pick(rows.predicted),
        weight,
      }
    case 'regression':
      return { task: 'regression', truth: pick(rows.truth), prediction: pick(rows.prediction), weight }
    case 'multiclass': {
      const { classes, truth, predicted, probabilities } = rows
      const width = classes.length
      const chosen = probabilities && new Float64Array(at.length * width)
      if (probabilities && chosen) {
        at.forEach((row, i) => {
          chosen.set(probabilities.subarray(row * width, (row + 1) * width), i * width)
        })
      }
      return {
        task: 'multiclass',
        classes,
        truth: at.map(row => truth[row]!),
        predicted: predicted && at.map(row => predicted[row]!),
        probabilities: chosen,
        weight,
      }
    }
  }
}
