/** `falconer evaluate MODEL FILE --label y`: the metrics of an ONNX model on labelled rows. */
import { existsSync, readFileSync } from 'node:fs'
import { takeLabel } from '../../learn/label.ts'
import { readTable } from '../files.ts'
import { figureCells, figureHeadings, figuresAsJson, sayUndefined } from '../metrics/figureLines.ts'
import { measure } from '../metrics/measure.ts'
import { print, rows, say, usage } from '../terminal.ts'
import type { Tools } from '../tools.ts'

interface EvaluateOptions {
  readonly json: boolean
  readonly label: string
  readonly task?: 'binary' | 'regression'
}

export async function evaluate(model: string, file: string, options: EvaluateOptions, tools: Tools): Promise<number> {
  if (!existsSync(model)) throw usage(`There is no file ${model}.`, 'Name an ONNX file.')
  const runtime = await tools.openRuntime()
  try {
    const loaded = await runtime.load(readFileSync(model))
    const task = options.task ?? loaded.output.task
    const { table, label: truth, notes } = takeLabel(await readTable(file, tools.openTables), options.label, task)
    const output = await loaded.predict(table)
    const figures = measure(task === 'binary' ? { task, truth, score: output } : { task, truth, prediction: output })
    for (const note of notes) say(`note: ${note}`)
    sayUndefined(figures)
    print(options, figuresAsJson(figures), () => [...rows(figureHeadings, figureCells(figures)), `n\t${figures.n}`])
    return 0
  } finally {
    await runtime.close()
  }
}
