/** `falconer train`: on a file, writing an ONNX model; or, without a file, starts a training on the server. */
import { writeFileSync } from 'node:fs'
import type { Table } from '../../base/table.ts'
import type { FittedModel, Task } from '../../learn/fitted.ts'
import { takeLabel } from '../../learn/label.ts'
import type { RecipeOptions } from '../../learn/parameters.ts'
import { fitRecipe } from '../../learn/recipe.ts'
import type { Action } from '../../loop/records.ts'
import { random } from '../../numeric/random.ts'
import { readTable, requireColumn } from '../files.ts'
import { place } from '../project.ts'
import { connect, type ServerFlags } from '../settings.ts'
import { figure, print, rows, usage } from '../terminal.ts'
import type { Tools } from '../tools.ts'

interface TrainOptions extends ServerFlags {
  readonly project?: string
  readonly json: boolean
  readonly label?: string
  readonly out: string
  readonly drop: readonly string[]
  readonly recipe: RecipeOptions['kind']
  readonly task?: Task
  readonly seed: number
}

export async function train(file: string | undefined, options: TrainOptions, tools: Tools): Promise<number> {
  if (file === undefined) return startOnServer(options)
  if (options.label === undefined) throw usage('Nothing says what to predict.', 'Name the column with --label.')
  const read = await readTable(file, tools.openTables)
  for (const name of options.drop) requireColumn(read, name, file)
  const kept: Table = { rows: read.rows, columns: read.columns.filter(({ name }) => !options.drop.includes(name)) }
  const { table, label, task, notes } = takeLabel(kept, options.label, options.task)
  const progress = progressOf(options)
  const context = { task, ...(progress && { progress }) }
  const fitted = await fitRecipe({ kind: options.recipe }, table, label, context, random(options.seed))
  const bytes = fitted.toOnnx()
  writeFileSync(options.out, bytes)
  const summary = {
    model: options.out,
    sizeBytes: bytes.length,
    recipe: fitted.recipe,
    task,
    rows: table.rows,
    features: fitted.features,
    importance: strongest(fitted),
    notes: [...notes, ...fitted.notes],
  }
  print(options, summary, () => [
    `${options.out}: ${task} model of ${fitted.features.length} columns on ${table.rows} rows, ${bytes.length} bytes`,
    ...summary.notes.map(note => `note: ${note}`),
    ...rows(
      ['feature', 'gain', 'cuts'],
      summary.importance.slice(0, 10).map(({ feature, gain, split }) => [feature, gain, split]),
    ),
    `next: falconer evaluate ${options.out} FILE --label ${options.label}`,
  ])
  return 0
}

async function startOnServer(options: TrainOptions): Promise<number> {
  const client = connect(options)
  const { project, path } = await place(client, options.project)
  const model = encodeURIComponent(project.config.model)
  const action = await client.post<Action & { id: string }>(`${path}/models/${model}/train`)
  print(options, action, () => [`${action.kind} of ${project.config.model} has started: action ${action.id}`])
  return 0
}

function strongest({ importance }: FittedModel): FittedModel['importance'] {
  return importance.toSorted((a, b) => b.gain - a.gain)
}

function progressOf({ json }: TrainOptions): ((done: number, of: number) => Promise<void>) | undefined {
  if (json || !process.stderr.isTTY) return undefined
  return async (done, of) => {
    process.stderr.write(done < of ? `\rround ${figure(done)} of ${of} ` : '\r\u001b[K')
  }
}
