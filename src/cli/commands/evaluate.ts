/** `falconer evaluate MODEL FILE --label y`: the metrics of an ONNX model on labelled rows. */
import { existsSync, readFileSync } from 'node:fs'
import { takeLabel } from '../../learn/label.ts'
import { binaryMetrics } from '../../statistics/metrics/binaryMetrics.ts'
import { regressionMetrics } from '../../statistics/metrics/regressionMetrics.ts'
import { readTable } from '../files.ts'
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
    const { table, label, notes } = takeLabel(await readTable(file, tools.openTables), options.label, task)
    const output = await loaded.predict(table)
    const measured = task === 'binary' ? binaryMetrics(label, output) : regressionMetrics(label, output)
    const metrics = Object.fromEntries(Object.entries(measured).map(([name, { value }]) => [name, value ?? null]))
    for (const note of notes) say(`note: ${note}`)
    for (const [name, { value, reason }] of Object.entries(measured)) {
      if (value === undefined) say(`note: ${name} is undefined: ${reason}`)
    }
    print(options, { metrics, n: label.length }, () => [
      ...rows(['metric', 'value'], Object.entries(metrics)),
      `n\t${label.length}`,
    ])
    return 0
  } finally {
    await runtime.close()
  }
}
