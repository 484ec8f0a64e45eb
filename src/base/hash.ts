/** Digests: SHA-256 as 64 lower-case hex digits, the name of every immutable thing. */
import { hash } from 'node:crypto'
import { canonicalJson } from './json.ts'
import type { Digest } from './ports.ts'

/** SHA-256 of bytes, or of text as UTF-8. */
export function sha256(content: Uint8Array | string): Digest {
  return hash('sha256', content, 'hex')
}

/** SHA-256 of the canonical JSON of a value: equal values have equal digests. */
export function sha256Json(value: unknown): Digest {
  return sha256(canonicalJson(value))
}

export function isDigest(text: string): boolean {
  return /^[0-9a-f]{64}$/.test(text)
}
