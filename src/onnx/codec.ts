/** ONNX files to models and back, driven by the table in `schema.ts`. */
import type { Model } from './model.ts'
import { type Field, type MessageName, type Scalar, schema } from './schema.ts'
import { broken, type Int, WireReader, WireWriter, wireTypes } from './wire.ts'

export interface ReadLimits {
  /** Messages within messages; a hostile file could otherwise exhaust the stack. */
  readonly depth: number
  /** Messages in all; each costs memory whatever its size in the file. */
  readonly messages: number
}

type Values = Record<string, unknown>

/**
 * Reads a model. Byte fields (weights) are views on `bytes`, which must not be changed while the model is used.
 * Throws bad-model with the place in the file where it cannot be read.
 */
export function readModel(bytes: Uint8Array, limits: ReadLimits = { depth: 100, messages: 10_000_000 }): Model {
  if (bytes.length === 0) throw broken('ModelProto', 0, 'the file is empty')
  const state = { reader: new WireReader(bytes), limits, messages: 0 }
  // The names and types in `schema` are those of the interfaces in `model.ts`.
  const model = readMessage(state, 'Model', bytes.length, 1) as unknown as Model
  if (!model.graph) throw broken('ModelProto', 0, 'there is no graph')
  return model
}

/** The file of a model. */
export function writeModel(model: Model): Uint8Array {
  const chunks = writeModelChunks(model)
  const out = new Uint8Array(chunks.reduce((sum, chunk) => sum + chunk.length, 0))
  let at = 0
  for (const chunk of chunks) {
    out.set(chunk, at)
    at += chunk.length
  }
  return out
}

/** The file of a model as a list of buffers: weights are not copied. */
export function writeModelChunks(model: Model): readonly Uint8Array[] {
  return writeMessage(model as unknown as Values, 'Model').chunks()
}

interface ReadState {
  readonly reader: WireReader
  readonly limits: ReadLimits
  messages: number
}

const fieldsByNumber = new Map<MessageName, ReadonlyMap<number, Field>>(
  Object.entries(schema).map(([name, fields]) => [name as MessageName, new Map(fields.map(f => [f.number, f]))]),
)

function readMessage(state: ReadState, message: MessageName, end: number, depth: number): Values {
  const { reader, limits } = state
  if (depth > limits.depth) throw broken(message, reader.at, `more than ${limits.depth} messages within each other`)
  if (++state.messages > limits.messages) throw broken(message, reader.at, `more than ${limits.messages} messages`)
  const fields = fieldsByNumber.get(message)!
  const values: Values = {}
  for (const field of schema[message]) if (field.repeated) values[field.name] = []
  const unknown: Uint8Array[] = []
  while (reader.at < end) {
    const start = reader.at
    const tag = reader.size(end, message)
    const number = Math.floor(tag / 8)
    const wireType = tag % 8
    if (number === 0) throw broken(message, start, 'field number 0 does not exist')
    const field = fields.get(number)
    if (!field) {
      reader.skip(wireType, end, `${message}.${number}`)
      unknown.push(reader.bytes.subarray(start, reader.at))
      continue
    }
    const where = `${message}.${field.name}`
    const expected = wireTypeOf(field)
    if (wireType === expected) {
      const value = readValue(state, field, end, where, depth)
      if (field.repeated) (values[field.name] as unknown[]).push(value)
      else values[field.name] = value
    } else if (wireType === wireTypes.bytes && field.repeated && isNumeric(field)) {
      const stop = contentEnd(reader, end, where)
      const list = values[field.name] as unknown[]
      while (reader.at < stop) list.push(readValue(state, field, stop, where, depth))
    } else {
      throw broken(where, start, `wire type ${wireType}, must be ${expected}`)
    }
  }
  for (const field of schema[message]) {
    if (field.repeated && field.type === 'float') values[field.name] = Float32Array.from(values[field.name] as number[])
    if (field.repeated && field.type === 'double')
      values[field.name] = Float64Array.from(values[field.name] as number[])
  }
  if (unknown.length > 0) values.unknown = unknown
  return values
}

function readValue(state: ReadState, field: Field, end: number, where: string, depth: number): unknown {
  const { reader } = state
  switch (field.type) {
    case 'int':
      return reader.signed(end, where)
    case 'uint':
      return reader.unsigned(end, where)
    case 'float':
      return reader.float(end, where)
    case 'double':
      return reader.double(end, where)
    case 'string':
      return reader.text(reader.size(end, where), end, where)
    case 'bytes':
      return reader.view(reader.size(end, where), end, where)
    default:
      return readMessage(state, field.type, contentEnd(reader, end, where), depth + 1)
  }
}

function contentEnd(reader: WireReader, end: number, where: string): number {
  const length = reader.size(end, where)
  if (reader.at + length > end) {
    throw broken(where, reader.at, `truncated: ${length} bytes announced, ${end - reader.at} left`)
  }
  return reader.at + length
}

const utf8 = new TextEncoder()

function writeMessage(values: Values, message: MessageName): WireWriter {
  const out = new WireWriter()
  for (const field of schema[message]) {
    const value = values[field.name]
    if (value === undefined) continue
    if (!field.repeated) {
      writeField(out, field, value)
      continue
    }
    const list = value as ArrayLike<unknown>
    if (list.length === 0) continue
    if (field.packed) {
      const content = new WireWriter()
      for (let i = 0; i < list.length; i++) writeNumber(content, field.type as Scalar, list[i] as Int)
      out.message(field.number, content)
    } else {
      for (let i = 0; i < list.length; i++) writeField(out, field, list[i])
    }
  }
  for (const raw of (values.unknown as readonly Uint8Array[] | undefined) ?? []) out.raw(raw)
  return out
}

function writeField(out: WireWriter, field: Field, value: unknown): void {
  if (isNumeric(field)) {
    out.tag(field.number, wireTypeOf(field))
    writeNumber(out, field.type as Scalar, value as Int)
  } else if (field.type === 'string' || field.type === 'bytes') {
    const bytes = field.type === 'string' ? utf8.encode(value as string) : (value as Uint8Array)
    out.tag(field.number, wireTypes.bytes)
    out.varint(bytes.length)
    out.raw(bytes)
  } else {
    out.message(field.number, writeMessage(value as Values, field.type as MessageName))
  }
}

function writeNumber(out: WireWriter, type: Scalar, value: Int): void {
  if (type === 'float') out.float(Number(value))
  else if (type === 'double') out.double(Number(value))
  else if (typeof value === 'number' && !Number.isSafeInteger(value)) {
    throw new RangeError(`writeModel: ${value} is not a 64-bit integer`)
  } else out.varint(value)
}

function isNumeric(field: Field): boolean {
  return field.type === 'int' || field.type === 'uint' || field.type === 'float' || field.type === 'double'
}

function wireTypeOf(field: Field): number {
  if (field.type === 'float') return wireTypes.fixed32
  if (field.type === 'double') return wireTypes.fixed64
  return field.type === 'int' || field.type === 'uint' ? wireTypes.varint : wireTypes.bytes
}
