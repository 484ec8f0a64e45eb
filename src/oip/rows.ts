/** Tensors to the rows of an endpoint and back: one tensor [N, 1] per raw column, or the matrix [N, F] of the model. */
import { FalconerError } from '../base/errors.ts'
import type { ModelInput } from '../base/ports.ts'
import { type Column, type Table, table } from '../base/table.ts'
import type { Datatype, Tensor } from './tensor.ts'

/** Rows of one request. */
const mostRows = 10_000
/** The tensor with the caller's keys. */
const keyTensor = 'id'

type Input = ModelInput & { readonly required: boolean }

export interface TensorMetadata {
  readonly name: string
  readonly datatype: Datatype
  readonly shape: readonly number[]
}

export function inputMetadata({ name, kind, width }: ModelInput): TensorMetadata {
  return { name, datatype: kind === 'text' ? 'BYTES' : 'FP32', shape: [-1, width] }
}

/** The rows and their keys, made from `request` where no tensor `id` is sent. Errors: `bad-input` naming the tensor. */
export function toRows(
  tensors: readonly Tensor[],
  inputs: readonly Input[],
  request: string,
): { readonly keys: readonly string[]; readonly rows: Table } {
  const given = new Map(tensors.map(tensor => [tensor.name, tensor]))
  const takes = () => inputs.map(input => describe(inputMetadata(input))).join(', ')
  const names = new Set(inputs.map(input => input.name))
  const keysGiven = names.has(keyTensor) ? undefined : given.get(keyTensor)
  for (const { name } of tensors) {
    if (name !== keyTensor && !names.has(name)) {
      throw refused(name, `is not an input of the model; it takes ${takes()}, and keys as ${keyTensor} BYTES [-1]`)
    }
  }
  const first = inputs.map(input => given.get(input.name)).find(tensor => tensor !== undefined)
  if (!first) throw new FalconerError('bad-input', `no input of the model was sent; it takes ${takes()}`)
  const n = first.shape[0] ?? 0
  if (n > mostRows) throw new FalconerError('too-large', `${n} rows were sent, at most ${mostRows} go into one request`)
  const columns = inputs.flatMap(input => {
    const tensor = given.get(input.name)
    if (tensor) return toColumns(tensor, input, n)
    if (input.required) throw refused(input.name, `is missing; the model takes ${takes()}`)
    return []
  })
  const keys = keysGiven ? toKeys(keysGiven, n) : Array.from({ length: n }, (_, row) => `${request}/${row}`)
  return { keys, rows: { ...table(columns), rows: n } }
}

function toColumns(tensor: Tensor, input: Input, n: number): Column[] {
  const { name, shape, datatype, numbers, texts } = tensor
  const flat = shape.length === 1 && input.width === 1
  if (!(flat || (shape.length === 2 && shape[1] === input.width)) || shape[0] !== n) {
    throw refused(name, `has the shape [${shape.join(', ')}], wanted [${n}, ${input.width}]`)
  }
  if (input.kind === 'text') {
    if (!texts) throw refused(name, `is ${datatype}, wanted BYTES`)
    return [{ name, kind: 'text', values: texts.map(text => (text === '' ? null : text)) }]
  }
  if (!numbers) throw refused(name, 'is BYTES, wanted numbers such as FP32')
  if (input.width === 1) return [{ name, kind: 'number', values: numbers }]
  return Array.from({ length: input.width }, (_, column) => {
    const values = new Float64Array(n)
    for (let row = 0; row < n; row++) values[row] = numbers[row * input.width + column]!
    return { name: `${name}.${column}`, kind: 'number', values }
  })
}

function toKeys({ name, shape, datatype, texts }: Tensor, n: number): readonly string[] {
  if (!texts) throw refused(name, `is ${datatype}, wanted BYTES with the key of each row`)
  if (texts.length !== n) throw refused(name, `has the shape [${shape.join(', ')}], wanted [${n}]`)
  const bad = texts.findIndex(key => key === '' || key.length > 500)
  if (bad >= 0) throw refused(name, `key ${bad} has ${texts[bad]!.length} characters, wanted 1 to 500`)
  return texts
}

function refused(name: string, text: string): FalconerError {
  return new FalconerError('bad-input', `input ${JSON.stringify(name)} ${text}`, { findings: [{ at: name, text }] })
}

function describe({ name, datatype, shape }: TensorMetadata): string {
  return `${name} ${datatype} [${shape.join(', ')}]`
}
