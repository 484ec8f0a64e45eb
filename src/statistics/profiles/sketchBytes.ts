/**
 * A sketch as bytes, for files and wires: four letters, the length of a JSON header, the header, and the counts as
 * little-endian numbers at a multiple of eight. 4 KiB for 1,024 bins, where JSON text needs up to three times as many.
 */
import type { Sketch } from './sketch.ts'

/** `FSK` and the version of the layout. */
const magic = Uint8Array.of(0x46, 0x53, 0x4b, 1)

type Header = Omit<Sketch, 'counts'> & {
  /** Layout of the counts: 32-bit integers, or doubles where one is larger. */
  readonly counts: 'uint32' | 'float64'
  readonly length: number
}

export function encodeSketch(sketch: Sketch): Uint8Array {
  const { counts, ...rest } = sketch
  const small = counts.every(count => count <= 0xffffffff)
  const header: Header = { ...rest, counts: small ? 'uint32' : 'float64', length: counts.length }
  const text = new TextEncoder().encode(JSON.stringify(header))
  const start = countsAt(text.length)
  const bytes = new Uint8Array(start + counts.length * (small ? 4 : 8))
  const view = new DataView(bytes.buffer)
  bytes.set(magic)
  view.setUint32(4, text.length, true)
  bytes.set(text, 8)
  for (const [i, count] of counts.entries()) {
    if (small) view.setUint32(start + 4 * i, count, true)
    else view.setFloat64(start + 8 * i, count, true)
  }
  return bytes
}

/** Throws a RangeError for bytes that are no sketch, are cut off, or whose counts do not add up to their rows. */
export function decodeSketch(bytes: Uint8Array): Sketch {
  if (bytes.length < 8 || magic.some((byte, i) => bytes[i] !== byte)) {
    throw new RangeError('decodeSketch: these bytes are no sketch of this version; write them with encodeSketch')
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const headerLength = view.getUint32(4, true)
  const start = countsAt(headerLength)
  if (start > bytes.length) throw cutOff(start, bytes.length)
  const {
    counts: layout,
    length,
    ...rest
  } = JSON.parse(new TextDecoder().decode(bytes.subarray(8, 8 + headerLength))) as Header
  const width = layout === 'uint32' ? 4 : 8
  const end = start + length * width
  if (end !== bytes.length) throw cutOff(end, bytes.length)
  const counts = Array.from({ length }, (_, i) =>
    layout === 'uint32' ? view.getUint32(start + 4 * i, true) : view.getFloat64(start + 8 * i, true),
  )
  const counted = counts.reduce((sum, count) => sum + count, rest.missing)
  if (counted !== rest.rows) {
    throw new RangeError(
      `decodeSketch: ${rest.column} counts ${counted} of its ${rest.rows} rows; the bytes are damaged`,
    )
  }
  return { ...rest, counts }
}

function cutOff(wanted: number, given: number): RangeError {
  return new RangeError(`decodeSketch: ${given} bytes, wanted ${wanted}; read the whole of it`)
}

/** The counts begin at the next multiple of eight, so that an array can be laid over them. */
function countsAt(headerLength: number): number {
  return Math.ceil((8 + headerLength) / 8) * 8
}
