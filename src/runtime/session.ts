/**
 * One ONNX model in the inference thread: what it takes, and running rows through it in chunks that it is good at.
 * `session.run` of onnxruntime-node blocks its thread for the whole run, so this code must never be on the thread that
 * answers requests.
 */
import { InferenceSession, Tensor } from 'onnxruntime-node'
import type { ModelInput } from '../base/ports.ts'
import type { ModelFacts, Rows } from './protocol.ts'

type Metadata = InferenceSession.TensorValueMetadata

/** Types that a number column is turned into. */
const numberTypes = ['float32', 'float64', 'int64'] as const
type NumberType = (typeof numberTypes)[number]

interface SessionInput extends ModelInput {
  readonly type: NumberType | 'string'
}

/** A longer run than this keeps others waiting too long: the chunk is made smaller. */
const longestRunMs = 20
const mostRows = 4096

export interface Session {
  readonly facts: ModelFacts
  run(rows: Rows, shared: TensorCache): Promise<Float64Array>
  release(): Promise<void>
}

/** Tensors that several models of one turn take alike, by name, type and range. */
export type TensorCache = Map<string, Tensor>

export async function openSession(bytes: Uint8Array): Promise<Session> {
  const session = await InferenceSession.create(bytes, {
    intraOpNumThreads: 1,
    interOpNumThreads: 1,
    logSeverityLevel: 3,
  })
  const inputs = session.inputMetadata.map(readInput)
  if (inputs.length > 1 && inputs.some(input => input.width > 1)) {
    throw new Error(`a model with several inputs must take one column [N, 1] in each; inputs are ${shapes(session)}`)
  }
  const output = readOutput(session)
  const facts: ModelFacts = {
    inputs: inputs.map(({ name, kind, width }) => ({ name, kind, width })),
    output: { name: output.name, task: output.task },
  }

  async function runChunk(rows: Rows, from: number, to: number, shared: TensorCache): Promise<Float64Array> {
    const feeds: Record<string, Tensor> = {}
    for (const input of inputs) feeds[input.name] = inputTensor(input, rows, from, to, shared)
    const results = await session.run(feeds, [output.name])
    return outputValues(results[output.name]!, to - from, output)
  }

  const chunk = await measureChunk(rows => runChunk(rows, 0, rows.rows, new Map()), inputs)
  return {
    facts,
    async run(rows, shared) {
      if (rows.rows <= chunk) return runChunk(rows, 0, rows.rows, shared)
      const values = new Float64Array(rows.rows)
      for (let from = 0; from < rows.rows; from += chunk) {
        const to = Math.min(from + chunk, rows.rows)
        values.set(await runChunk(rows, from, to, shared), from)
      }
      return values
    },
    release: () => session.release(),
  }
}

function readInput(metadata: InferenceSession.ValueMetadata): SessionInput {
  if (!metadata.isTensor) throw new Error(`input ${metadata.name} is no tensor; wanted [N, 1] per column or one [N, F]`)
  const { name, type, shape } = metadata as Metadata
  const width = shape.length === 1 ? 1 : shape[1]
  if (shape.length > 2 || typeof width !== 'number' || width < 1) {
    throw new Error(`input ${name} has the shape [${shape.join(', ')}]; wanted [N, 1] per column or one [N, F]`)
  }
  if (type === 'string') {
    if (width > 1) throw new Error(`input ${name} is a matrix of text; wanted one text column [N, 1] per input`)
    return { name, kind: 'text', width, type }
  }
  const numberType = numberTypes.find(candidate => candidate === type)
  if (!numberType) throw new Error(`input ${name} is ${type}; wanted one of string, ${numberTypes.join(', ')}`)
  return { name, kind: 'number', width, type: numberType }
}

interface SessionOutput {
  readonly name: string
  readonly task: 'binary' | 'regression'
  /** 1, or 2 where the columns are the probabilities of both classes. */
  readonly width: number
}

/** `probability` or `prediction` by name; else the only float output that fits, as other programs write them. */
function readOutput(session: InferenceSession): SessionOutput {
  const fitting = session.outputMetadata.flatMap((metadata): SessionOutput[] => {
    if (!metadata.isTensor) return []
    const { name, type, shape } = metadata as Metadata
    const width = shape.length === 1 ? 1 : shape[1]
    if (!/^float(32|64)$/.test(type) || shape.length > 2 || (width !== 1 && width !== 2)) return []
    return [{ name, task: width === 2 || /^probabilit(y|ies)$/.test(name) ? 'binary' : 'regression', width }]
  })
  const named = fitting.find(({ name }) => name === 'probability' || name === 'prediction')
  if (named) return named
  if (fitting.length === 1) return fitting[0]!
  throw new Error(
    `which output is the answer? Name it probability or prediction, of shape [N, 1]; outputs are ${session.outputMetadata
      .map(metadata => (metadata.isTensor ? `${metadata.name} [${metadata.shape.join(', ')}]` : metadata.name))
      .join(', ')}`,
  )
}

function inputTensor(input: SessionInput, rows: Rows, from: number, to: number, shared: TensorCache): Tensor {
  const key = `${input.name}\0${input.type}\0${input.width}\0${from}\0${to}`
  const known = shared.get(key)
  if (known) return known
  const made = makeTensor(input, rows, from, to)
  shared.set(key, made)
  return made
}

function makeTensor(input: SessionInput, rows: Rows, from: number, to: number): Tensor {
  const n = to - from
  if (input.type === 'string') {
    const values = rows.texts[rows.textNames.indexOf(input.name)]!
    return new Tensor('string', n === values.length ? (values as string[]) : values.slice(from, to), [n, 1])
  }
  if (input.width > 1) return new Tensor(input.type, numberData(input, interleave(rows, from, to)), [n, input.width])
  const start = rows.numberNames.indexOf(input.name) * rows.rows
  return new Tensor(input.type, numberData(input, rows.numbers.subarray(start + from, start + to)), [n, 1])
}

/** From columns one after the other to rows one after the other. */
function interleave(rows: Rows, from: number, to: number): Float64Array {
  const width = rows.numberNames.length
  const matrix = new Float64Array((to - from) * width)
  for (let column = 0; column < width; column++) {
    for (let row = from; row < to; row++) {
      matrix[(row - from) * width + column] = rows.numbers[column * rows.rows + row]!
    }
  }
  return matrix
}

function numberData(input: SessionInput, values: Float64Array): Float32Array | Float64Array | BigInt64Array {
  switch (input.type) {
    case 'float32':
      return new Float32Array(values)
    case 'float64':
      return values.slice()
    case 'int64':
      return BigInt64Array.from(values, value => BigInt(whole(input.name, value)))
    case 'string':
      throw new TypeError(`numberData: input ${input.name} is text`)
  }
}

function whole(name: string, value: number): number {
  if (Number.isSafeInteger(value)) return value
  throw new RangeError(`column ${name}: given ${value}, the model takes whole numbers here`)
}

function outputValues(tensor: Tensor, rows: number, output: SessionOutput): Float64Array {
  const data = tensor.data as Float32Array | Float64Array
  if (data.length !== rows * output.width) {
    throw new Error(`output ${output.name} has ${data.length} values for ${rows} rows, wanted ${rows * output.width}`)
  }
  if (output.width === 1) return Float64Array.from(data)
  const values = new Float64Array(rows)
  for (let i = 0; i < rows; i++) values[i] = data[2 * i + 1]!
  return values
}

/** Warms the model with made-up rows, four times as many each time, until a run takes too long: so many rows are a chunk. */
async function measureChunk(
  run: (rows: Rows) => Promise<Float64Array>,
  inputs: readonly SessionInput[],
): Promise<number> {
  await run(madeUpRows(inputs, 1))
  let rows = 1
  while (rows < mostRows) {
    const started = performance.now()
    await run(madeUpRows(inputs, rows))
    if (performance.now() - started > longestRunMs / 4) break
    rows *= 4
  }
  return rows
}

function madeUpRows(inputs: readonly SessionInput[], rows: number): Rows {
  const matrix = inputs.find(input => input.width > 1)
  const numberNames = matrix
    ? Array.from({ length: matrix.width }, (_, i) => `${i}`)
    : inputs.filter(input => input.kind === 'number').map(input => input.name)
  const textNames = inputs.filter(input => input.kind === 'text').map(input => input.name)
  return {
    rows,
    numberNames,
    numbers: new Float64Array(numberNames.length * rows),
    textNames,
    texts: textNames.map(() => new Array<string>(rows).fill('')),
  }
}

function shapes(session: InferenceSession): string {
  return session.inputMetadata
    .map(metadata => (metadata.isTensor ? `${metadata.name} [${metadata.shape.join(', ')}]` : metadata.name))
    .join(', ')
}
