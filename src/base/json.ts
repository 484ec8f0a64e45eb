/**
 * Canonical JSON: one value, one text, so that a digest of it means something. RFC 8785 (JSON Canonicalization Scheme):
 * keys in the order of their UTF-16 code units, numbers and strings as ECMAScript writes them, no white space.
 */

/**
 * The canonical text. Object fields that are undefined are dropped. Refused with a TypeError that names the place: NaN
 * and infinities, undefined inside arrays, bigint, functions, lone surrogates, and objects that are not plain.
 */
export function canonicalJson(value: unknown): string {
  return write(value, '')
}

function write(value: unknown, at: string): string {
  switch (typeof value) {
    case 'string':
      if (!value.isWellFormed()) throw refuse(at, 'text with a lone surrogate')
      return JSON.stringify(value)
    case 'number':
      if (!Number.isFinite(value)) throw refuse(at, String(value))
      return JSON.stringify(value)
    case 'boolean':
      return value ? 'true' : 'false'
    case 'object':
      if (value === null) return 'null'
      return Array.isArray(value) ? writeArray(value, at) : writeObject(value, at)
    default:
      throw refuse(at, typeof value)
  }
}

function writeArray(values: readonly unknown[], at: string): string {
  let text = '['
  for (let i = 0; i < values.length; i++) text += (i === 0 ? '' : ',') + write(values[i], `${at}/${i}`)
  return `${text}]`
}

function writeObject(value: object, at: string): string {
  const prototype = Object.getPrototypeOf(value)
  if (prototype !== Object.prototype && prototype !== null) throw refuse(at, value.constructor?.name ?? 'an object')
  const fields = value as Readonly<Record<string, unknown>>
  let text = ''
  // Array.prototype.sort without a comparator compares UTF-16 code units, as the RFC asks.
  for (const key of Object.keys(fields).sort()) {
    const field = fields[key]
    if (field === undefined) continue
    text += `${text === '' ? '' : ','}${write(key, at)}:${write(field, `${at}/${key}`)}`
  }
  return `{${text}}`
}

function refuse(at: string, given: string): TypeError {
  return new TypeError(`canonicalJson: ${at === '' ? 'the value' : at} is ${given}, which JSON cannot hold`)
}
