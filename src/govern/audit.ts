/** Checks the chain of the audit log, entry by entry. */
import { setImmediate as otherWork } from 'node:timers/promises'
import { chainStart, follows } from '../base/auditChain.ts'
import type { AuditEntry } from '../base/ports.ts'
import type { LoopRecords } from '../loop/records.ts'

export interface AuditVerdict {
  readonly valid: boolean
  /** Entries that were checked and fit. */
  readonly entries: number
  /** Sequence number of the first entry that does not fit. */
  readonly brokenAt?: number
  /** Hash of the last entry: kept elsewhere, it shows later that nothing was cut off at the end. */
  readonly head: string
}

const pageSize = 500

export async function verifyAudit(records: Pick<LoopRecords, 'audit'>): Promise<AuditVerdict> {
  let last: Pick<AuditEntry, 'sequence' | 'hash'> = { sequence: 0, hash: chainStart }
  for (;;) {
    const page = await records.audit({ after: last.sequence, limit: pageSize })
    for (const entry of page) {
      if (!follows(entry, last)) {
        return { valid: false, entries: last.sequence, brokenAt: entry.sequence, head: last.hash }
      }
      last = entry
    }
    if (page.length < pageSize) return { valid: true, entries: last.sequence, head: last.hash }
    await otherWork()
  }
}
