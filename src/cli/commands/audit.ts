/** `falconer audit`: the log and the proof that nobody changed it. */
import type { AuditEntry } from '../../base/ports.ts'
import { connect, type ServerFlags } from '../settings.ts'
import { print, rows } from '../terminal.ts'
import type { Tools } from '../tools.ts'

export async function verify(options: ServerFlags & { data?: string; json: boolean }, tools: Tools): Promise<number> {
  const result = options.data
    ? await tools.verifyAudit(options.data)
    : await connect(options).get<{ valid: boolean; entries: number; brokenAt?: number }>('/v1/audit/verify')
  print(options, result, () => [
    result.valid
      ? `${result.entries} entries, the chain is whole`
      : `the chain is broken at entry ${result.brokenAt} of ${result.entries}`,
  ])
  return result.valid ? 0 : 3
}

export async function list(options: ServerFlags & { limit: number; json: boolean }): Promise<number> {
  const path = `/v1/audit?order=descending&limit=${options.limit}`
  const { items } = await connect(options).get<{ items: AuditEntry[] }>(path)
  print(options, { items }, () =>
    rows(
      ['sequence', 'at', 'actor', 'type', 'subject', 'reason'],
      items.map(({ sequence, at, actor, type, subject, reason }) => [sequence, at, actor, type, subject, reason]),
    ),
  )
  return 0
}
