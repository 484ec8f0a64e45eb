/**
 * The chain of the audit log: every entry carries the hash of the one before it, so that a changed, removed or inserted
 * line breaks all hashes after it. hash = SHA-256 of the canonical JSON of all other fields.
 */
import { sha256Json } from './hash.ts'
import type { AuditEntry, Digest } from './ports.ts'

/** What the first entry names as the one before it. */
export const chainStart: Digest = '0'.repeat(64)

/** The entry with its hash. */
export function chained(entry: Omit<AuditEntry, 'hash'>): AuditEntry {
  return { ...entry, hash: sha256Json(entry) }
}

/** Whether the entry follows the one with this sequence number and hash, and says what its hash says. */
export function follows(entry: AuditEntry, previous: { readonly sequence: number; readonly hash: Digest }): boolean {
  const { hash, ...rest } = entry
  return entry.sequence === previous.sequence + 1 && entry.previous === previous.hash && hash === sha256Json(rest)
}
