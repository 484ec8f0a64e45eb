/**
 * A person's decision on a candidate, bound to its digest: another candidate needs another decision. Decisions are never
 * changed; whoever thinks again decides on the next candidate.
 */
import { FalconerError } from '../base/errors.ts'
import type { Clock, Digest } from '../base/ports.ts'
import type { Approval, LoopRecords } from '../loop/records.ts'

interface Decision {
  readonly project: string
  /** What it is about: the id of the action. */
  readonly subject: string
  /** What the person decided on. */
  readonly digest: Digest
  /** What is up for decision now. */
  readonly candidate: Digest
  readonly decision: 'approved' | 'rejected'
  readonly by: string
  readonly reason: string
}

export interface Approvals {
  /** Errors: `stale` where the digest is not the candidate's, `conflict` where this person decided otherwise before. */
  decide(decision: Decision): Promise<Approval>
  of(project: string, digest: Digest): Promise<readonly Approval[]>
}

export function createApprovals({
  records,
  clock,
}: {
  readonly records: LoopRecords
  readonly clock: Clock
}): Approvals {
  return {
    async decide({ project, subject, digest, candidate, decision, by, reason }) {
      if (digest !== candidate) {
        throw new FalconerError('stale', `The decision is on ${digest}; the candidate is ${candidate} now.`)
      }
      const id = `${project}/${digest}/${by}`
      const before = await records.get('approval', id)
      if (before?.body.decision === decision) return before.body
      if (before) throw new FalconerError('conflict', `${by} has ${before.body.decision} this candidate already.`)
      const body: Approval = { project, digest, subject, decision, by, reason, at: clock.now() }
      await records.commit({
        at: body.at,
        actor: by,
        puts: [{ kind: 'approval', id, body, expect: 'absent' }],
        audit: [{ type: `candidate.${decision}`, project, subject, reason, data: { digest } }],
      })
      return body
    },

    async of(project, digest) {
      const { items } = await records.list('approval', { prefix: `${project}/${digest}/` })
      return items.map(({ body }) => body)
    },
  }
}

/** What follows from the decisions: one rejection decides, otherwise one approval. */
export function verdictOf(approvals: readonly Approval[]): 'approved' | 'rejected' | 'open' {
  if (approvals.some(approval => approval.decision === 'rejected')) return 'rejected'
  return approvals.length > 0 ? 'approved' : 'open'
}
