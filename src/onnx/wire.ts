/**
 * The protobuf wire format: varints, fixed words and length-delimited fields. Positions and lengths are JavaScript
 * numbers, exact to 2^53, so files above 2 GiB are no special case.
 */
import { FalconerError } from '../base/errors.ts'

export const wireTypes = { varint: 0, fixed64: 1, bytes: 2, fixed32: 5 } as const

/** A 64-bit integer: a number where that is exact, else a bigint. */
export type Int = number | bigint

/** Reads one buffer front to back; byte fields are views on it, never copies. */
export class WireReader {
  readonly bytes: Uint8Array
  readonly #view: DataView
  readonly #utf8 = new TextDecoder('utf-8', { fatal: true })
  at = 0

  constructor(bytes: Uint8Array) {
    this.bytes = bytes
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  }

  /** An unsigned varint below 2^53: a tag, a length. */
  size(end: number, where: string): number {
    const value = this.unsigned(end, where)
    if (typeof value === 'bigint') throw broken(where, this.at, 'a length or tag is above 2^53')
    return value
  }

  unsigned(end: number, where: string): Int {
    const start = this.at
    let value = 0
    let scale = 1
    for (let k = 0; k < 7; k++) {
      const byte = this.#byte(end, where)
      value += (byte & 127) * scale
      if (byte < 128) return value
      scale *= 128
    }
    this.at = start
    let big = 0n
    for (let k = 0n; k < 10n; k++) {
      const byte = this.#byte(end, where)
      big |= BigInt(byte & 127) << (7n * k)
      if (byte < 128) return narrow(BigInt.asUintN(64, big))
    }
    throw broken(where, start, 'a varint is longer than 10 bytes')
  }

  signed(end: number, where: string): Int {
    const value = this.unsigned(end, where)
    return typeof value === 'bigint' || value >= 2 ** 53 ? narrow(BigInt.asIntN(64, BigInt(value))) : value
  }

  float(end: number, where: string): number {
    return this.#view.getFloat32(this.#advance(4, end, where), true)
  }

  double(end: number, where: string): number {
    return this.#view.getFloat64(this.#advance(8, end, where), true)
  }

  /** A view of the next `length` bytes. */
  view(length: number, end: number, where: string): Uint8Array {
    const start = this.#advance(length, end, where)
    return this.bytes.subarray(start, this.at)
  }

  text(length: number, end: number, where: string): string {
    const start = this.at
    try {
      return this.#utf8.decode(this.view(length, end, where))
    } catch (cause) {
      if (cause instanceof FalconerError) throw cause
      throw broken(where, start, 'a text is not UTF-8')
    }
  }

  /** Passes over a field of the given wire type. */
  skip(wireType: number, end: number, where: string): void {
    if (wireType === wireTypes.varint) this.unsigned(end, where)
    else if (wireType === wireTypes.fixed64) this.#advance(8, end, where)
    else if (wireType === wireTypes.fixed32) this.#advance(4, end, where)
    else if (wireType === wireTypes.bytes) this.#advance(this.size(end, where), end, where)
    else throw broken(where, this.at, `wire type ${wireType} does not exist`)
  }

  #byte(end: number, where: string): number {
    if (this.at >= end) throw broken(where, this.at, 'truncated')
    return this.bytes[this.at++]!
  }

  #advance(length: number, end: number, where: string): number {
    const start = this.at
    if (start + length > end) throw broken(where, start, `truncated: ${length} bytes announced, ${end - start} left`)
    this.at = start + length
    return start
  }
}

/** Collects a message as small chunks it owns and large views it does not copy. */
export class WireWriter {
  readonly #chunks: Uint8Array[] = []
  #open = new Uint8Array(256)
  #used = 0
  #closedSize = 0

  get size(): number {
    return this.#closedSize + this.#used
  }

  /** The message as a list of buffers, for writing to a file without building it in memory. */
  chunks(): readonly Uint8Array[] {
    this.#close()
    return this.#chunks
  }

  tag(field: number, wireType: number): void {
    this.varint(field * 8 + wireType)
  }

  varint(value: Int): void {
    this.#reserve(10)
    if (typeof value === 'number' && value >= 0) {
      let rest = value
      while (rest >= 128) {
        this.#open[this.#used++] = (rest % 128) | 128
        rest = Math.floor(rest / 128)
      }
      this.#open[this.#used++] = rest
      return
    }
    let rest = BigInt.asUintN(64, BigInt(value))
    while (rest >= 128n) {
      this.#open[this.#used++] = Number(rest & 127n) | 128
      rest >>= 7n
    }
    this.#open[this.#used++] = Number(rest)
  }

  float(value: number): void {
    this.#reserve(4)
    new DataView(this.#open.buffer).setFloat32(this.#used, value, true)
    this.#used += 4
  }

  double(value: number): void {
    this.#reserve(8)
    new DataView(this.#open.buffer).setFloat64(this.#used, value, true)
    this.#used += 8
  }

  raw(bytes: Uint8Array): void {
    if (bytes.length > 4096) {
      this.#close()
      this.#chunks.push(bytes)
      this.#closedSize += bytes.length
      return
    }
    this.#reserve(bytes.length)
    this.#open.set(bytes, this.#used)
    this.#used += bytes.length
  }

  /** A length-delimited field whose content was written to another writer. */
  message(field: number, content: WireWriter): void {
    this.tag(field, wireTypes.bytes)
    this.varint(content.size)
    for (const chunk of content.chunks()) this.raw(chunk)
  }

  #reserve(length: number): void {
    if (this.#used + length <= this.#open.length) return
    const larger = new Uint8Array(Math.max(2 * this.#open.length, this.#used + length))
    larger.set(this.#open.subarray(0, this.#used))
    this.#open = larger
  }

  #close(): void {
    if (this.#used === 0) return
    this.#chunks.push(this.#open.subarray(0, this.#used))
    this.#closedSize += this.#used
    this.#open = new Uint8Array(256)
    this.#used = 0
  }
}

/** The error for a file that is not what it should be, with the place in the file. */
export function broken(where: string, at: number, what: string): FalconerError {
  return new FalconerError('bad-model', `Not a readable ONNX file: ${what}, at byte ${at} inside ${where}.`, {
    fix: 'Check that the file is ONNX and that it was copied completely; then export it again.',
    findings: [{ at: `byte ${at}`, text: `${where}: ${what}` }],
  })
}

function narrow(value: bigint): Int {
  return value >= Number.MIN_SAFE_INTEGER && value <= Number.MAX_SAFE_INTEGER ? Number(value) : value
}
