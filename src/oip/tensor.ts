/**
 * Tensors of the Open Inference Protocol, version 2: datatypes, JSON data and the binary tensor extension. A decoded tensor
 * is numbers or texts; what its datatype cannot hold is refused with the tensor's name.
 */
import { FalconerError } from '../base/errors.ts'

const sizes = {
  BOOL: 1,
  UINT8: 1,
  UINT16: 2,
  UINT32: 4,
  UINT64: 8,
  INT8: 1,
  INT16: 2,
  INT32: 4,
  INT64: 8,
  FP16: 2,
  FP32: 4,
  FP64: 8,
} as const

type NumberType = keyof typeof sizes
export type Datatype = NumberType | 'BYTES'

export interface Tensor {
  readonly name: string
  readonly datatype: Datatype
  readonly shape: readonly number[]
  /** Numbers, NaN where JSON said null; row-major. */
  readonly numbers?: Float64Array
  readonly texts?: readonly string[]
}

/** Elements of one tensor; more than this is no request but an attack or a mistake. */
const mostElements = 2 ** 27

export function isDatatype(text: string): text is Datatype {
  return text === 'BYTES' || text in sizes
}

/** Number of elements of a shape. */
function elements(name: string, shape: readonly number[]): number {
  let product = 1
  for (const dimension of shape) {
    if (!Number.isSafeInteger(dimension) || dimension < 0)
      throw refused(name, `the shape [${shape.join(', ')}] is not of whole numbers from 0`)
    product *= dimension
  }
  if (product > mostElements) throw refused(name, `the shape [${shape.join(', ')}] is too large`)
  return product
}

/** From `data`, flat or nested as its shape. */
export function fromJson(head: Omit<Tensor, 'numbers' | 'texts'>, data: unknown): Tensor {
  const { name, datatype, shape } = head
  const count = elements(name, shape)
  const flat = flatten(name, data, shape)
  if (flat.length !== count) {
    throw refused(name, `data has ${flat.length} values, the shape [${shape.join(', ')}] needs ${count}`)
  }
  if (datatype === 'BYTES') {
    const texts = flat.map((value, i) => {
      if (typeof value !== 'string') throw refused(name, `value ${i} is ${show(value)}, wanted text`)
      return value
    })
    return { ...head, texts }
  }
  const numbers = new Float64Array(count)
  for (let i = 0; i < count; i++) numbers[i] = jsonNumber(name, datatype, flat[i], i)
  return { ...head, numbers }
}

/** From little-endian bytes; BYTES have a length of four bytes before each text. */
export function fromBinary(head: Omit<Tensor, 'numbers' | 'texts'>, bytes: Uint8Array): Tensor {
  const { name, datatype, shape } = head
  const count = elements(name, shape)
  if (datatype === 'BYTES') return { ...head, texts: readTexts(name, count, bytes) }
  const size = sizes[datatype]
  if (bytes.length !== count * size) {
    throw refused(
      name,
      `${bytes.length} bytes were sent, ${datatype} of the shape [${shape.join(', ')}] needs ${count * size}`,
    )
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  const numbers = new Float64Array(count)
  for (let i = 0; i < count; i++) numbers[i] = readNumber(name, datatype, view, i * size, i)
  return { ...head, numbers }
}

export function doublesToBinary(values: Float64Array): Uint8Array {
  const bytes = new Uint8Array(values.length * 8)
  const view = new DataView(bytes.buffer)
  for (let i = 0; i < values.length; i++) view.setFloat64(8 * i, values[i]!, true)
  return bytes
}

export function textsToBinary(texts: readonly string[]): Uint8Array {
  const encoded = texts.map(text => Buffer.from(text, 'utf8'))
  const bytes = new Uint8Array(encoded.reduce((sum, text) => sum + 4 + text.length, 0))
  const view = new DataView(bytes.buffer)
  let at = 0
  for (const text of encoded) {
    view.setUint32(at, text.length, true)
    bytes.set(text, at + 4)
    at += 4 + text.length
  }
  return bytes
}

function refused(name: string, text: string): FalconerError {
  return new FalconerError('bad-input', `input ${JSON.stringify(name)}: ${text}`, { findings: [{ at: name, text }] })
}

/** Nested lists may be as deep as the shape; deeper ones are refused before they are followed. */
function flatten(name: string, data: unknown, shape: readonly number[]): unknown[] {
  if (!Array.isArray(data)) throw refused(name, `data is ${show(data)}, wanted a list`)
  if (!data.some(Array.isArray)) return data
  const flat: unknown[] = []
  const walk = (part: unknown, depth: number) => {
    if (depth === shape.length) {
      if (Array.isArray(part)) throw refused(name, `data is nested deeper than the shape [${shape.join(', ')}]`)
      flat.push(part)
      return
    }
    if (!Array.isArray(part) || part.length !== shape[depth]) {
      const given = Array.isArray(part) ? `a list of ${part.length}` : show(part)
      throw refused(name, `data has ${given} where the shape [${shape.join(', ')}] has a list of ${shape[depth]}`)
    }
    for (const each of part) walk(each, depth + 1)
  }
  walk(data, 0)
  return flat
}

function jsonNumber(name: string, datatype: NumberType, value: unknown, i: number): number {
  if (typeof value === 'boolean' && datatype === 'BOOL') return Number(value)
  if (value === null && datatype.startsWith('FP')) return Number.NaN
  if (typeof value !== 'number') throw refused(name, `value ${i} is ${show(value)}, wanted ${datatype}`)
  return checked(name, datatype, value, i)
}

function checked(name: string, datatype: NumberType, value: number, i: number): number {
  switch (datatype) {
    case 'FP16':
    case 'FP32':
    case 'FP64': {
      const rounded = datatype === 'FP64' ? value : Math.fround(value)
      if (Number.isFinite(rounded)) return rounded
      throw refused(name, `value ${i} is ${value}, wanted a finite ${datatype}, or null where it is not known`)
    }
    case 'BOOL':
      if (value === 0 || value === 1) return value
      throw refused(name, `value ${i} is ${value}, wanted true or false`)
    default: {
      const bits = 8 * sizes[datatype]
      const signed = datatype.startsWith('INT')
      const low = signed ? -(2 ** (bits - 1)) : 0
      const high = 2 ** (signed ? bits - 1 : bits) - 1
      if (Number.isInteger(value) && value >= low && value <= high && Number.isSafeInteger(value)) return value
      if (bits === 64) throw refused(name, `value ${i} is ${value}, wanted a whole number up to 2^53, which is exact`)
      throw refused(name, `value ${i} is ${value}, wanted a whole number from ${low} to ${high} (${datatype})`)
    }
  }
}

function readNumber(name: string, datatype: NumberType, view: DataView, at: number, i: number): number {
  switch (datatype) {
    case 'BOOL':
      return checked(name, datatype, view.getUint8(at), i)
    case 'UINT8':
      return view.getUint8(at)
    case 'UINT16':
      return view.getUint16(at, true)
    case 'UINT32':
      return view.getUint32(at, true)
    case 'UINT64':
      return checked(name, datatype, Number(view.getBigUint64(at, true)), i)
    case 'INT8':
      return view.getInt8(at)
    case 'INT16':
      return view.getInt16(at, true)
    case 'INT32':
      return view.getInt32(at, true)
    case 'INT64':
      return checked(name, datatype, Number(view.getBigInt64(at, true)), i)
    case 'FP16':
      return finiteOrMissing(name, halfToNumber(view.getUint16(at, true)), i)
    case 'FP32':
      return finiteOrMissing(name, view.getFloat32(at, true), i)
    case 'FP64':
      return finiteOrMissing(name, view.getFloat64(at, true), i)
  }
}

/** NaN is how a binary tensor says that a number is missing. */
function finiteOrMissing(name: string, value: number, i: number): number {
  if (value !== Infinity && value !== -Infinity) return value
  throw refused(name, `value ${i} is ${value}, wanted a finite number, or NaN where it is not known`)
}

/** IEEE 754 binary16: sign, 5 bits of exponent with bias 15, 10 bits of fraction. */
function halfToNumber(half: number): number {
  const sign = half & 0x8000 ? -1 : 1
  const exponent = (half >> 10) & 0x1f
  const fraction = half & 0x3ff
  if (exponent === 0x1f) return fraction === 0 ? sign * Infinity : Number.NaN
  return exponent === 0 ? sign * fraction * 2 ** -24 : sign * (1 + fraction / 1024) * 2 ** (exponent - 15)
}

const utf8 = new TextDecoder('utf-8', { fatal: true })

function readTexts(name: string, count: number, bytes: Uint8Array): string[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  const texts: string[] = []
  let at = 0
  for (let i = 0; i < count; i++) {
    const length = at + 4 <= bytes.length ? view.getUint32(at, true) : Infinity
    if (at + 4 + length > bytes.length)
      throw refused(name, `text ${i} ends after the ${bytes.length} bytes that were sent`)
    try {
      texts.push(utf8.decode(bytes.subarray(at + 4, at + 4 + length)))
    } catch {
      throw refused(name, `text ${i} is not UTF-8`)
    }
    at += 4 + length
  }
  if (at !== bytes.length) throw refused(name, `${bytes.length} bytes were sent, its ${count} texts end after ${at}`)
  return texts
}

function show(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value)
  return text.length > 40 ? `${text.slice(0, 40)}…` : text
}
