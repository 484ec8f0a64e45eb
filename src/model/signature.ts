/** What a version takes and gives, read from its file. */
import { FalconerError } from '../base/errors.ts'
import type { Signature } from '../loop/records.ts'
import { readModel } from '../onnx/codec.ts'
import { rawColumnsOf } from '../onnx/rawColumns.ts'

/** Errors: `bad-model` for a file whose inputs are not one column each. */
export function signatureOf(file: Uint8Array, task: 'binary' | 'regression'): Signature {
  const { graph } = readModel(file)
  const columns = graph && rawColumnsOf(graph)
  const output = graph?.output[0]?.name
  if (!columns || !output) {
    throw new FalconerError('bad-model', 'The file does not take one input per raw column and give one output.', {
      fix: 'Export the model with one [N, 1] input per column, text as string tensors.',
    })
  }
  return { inputs: columns.map(({ name, kind }) => ({ name, kind })), output: { name: output, task } }
}
