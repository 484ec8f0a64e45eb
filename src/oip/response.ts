/** The answer to an inference request: the model's output, and for each row its key, version and route. */
import { FalconerError } from '../base/errors.ts'
import type { InferRequest } from './request.ts'
import type { TensorMetadata } from './rows.ts'
import { type Datatype, doublesToBinary, textsToBinary } from './tensor.ts'

export interface AnsweredRow {
  readonly id: string
  readonly output: number
  readonly version: string
  readonly route: string
}

export interface InferResponse {
  readonly body: Uint8Array | string
  /** Length of the JSON, where tensors follow it as bytes. */
  readonly jsonLength?: number
}

export function outputMetadata(output: string): TensorMetadata[] {
  return [
    { name: output, datatype: 'FP64', shape: [-1, 1] },
    ...['id', 'version', 'route'].map((name): TensorMetadata => ({ name, datatype: 'BYTES', shape: [-1, 1] })),
  ]
}

/** Errors: `bad-input` naming an output that there is not. */
export function writeResponse(
  answers: readonly AnsweredRow[],
  {
    model,
    version,
    output,
    request,
    id,
  }: {
    readonly model: string
    readonly version: string
    readonly output: string
    readonly request: Pick<InferRequest, 'outputs' | 'binaryOutput'>
    readonly id: string
  },
): InferResponse {
  const there = outputMetadata(output)
  const wanted = request.outputs ?? there.map(({ name }) => ({ name, binary: request.binaryOutput }))
  const tail: Uint8Array[] = []
  const outputs = wanted.map(({ name, binary }) => {
    const metadata = there.find(candidate => candidate.name === name)
    if (!metadata) {
      throw new FalconerError(
        'bad-input',
        `output ${JSON.stringify(name)} does not exist; there are ${there.map(each => each.name).join(', ')}`,
      )
    }
    const head: { name: string; datatype: Datatype; shape: number[] } = {
      name,
      datatype: metadata.datatype,
      shape: [answers.length, 1],
    }
    const data = valuesOf(answers, name, output)
    if (!binary) return { ...head, data: Array.from<unknown>(data) }
    const bytes = data instanceof Float64Array ? doublesToBinary(data) : textsToBinary(data)
    tail.push(bytes)
    return { ...head, parameters: { binary_data_size: bytes.length } }
  })
  const json = JSON.stringify({ model_name: model, model_version: version, id, outputs })
  if (tail.length === 0) return { body: json }
  const head = Buffer.from(json, 'utf8')
  return { body: Buffer.concat([head, ...tail]), jsonLength: head.length }
}

function valuesOf(answers: readonly AnsweredRow[], name: string, output: string): Float64Array | string[] {
  if (name === output) return Float64Array.from(answers, answer => answer.output)
  if (name === 'id') return answers.map(answer => answer.id)
  if (name === 'version') return answers.map(answer => answer.version)
  return answers.map(answer => answer.route)
}
