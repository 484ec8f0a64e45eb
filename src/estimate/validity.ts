/**
 * Whether an estimate without labels can be trusted. It assumes that the truth still follows from what the model says as
 * it did in the reference; nothing in the window itself can show that this holds, but three things can show that it is
 * asked too much: rows unlike any of the reference, a window easily told from the reference, and earlier estimates that
 * missed what came true.
 */

export interface Evidence {
  /** Share of the window's rows whose score lies outside the scores of the reference, or is missing. */
  readonly outsideSupport: number
  /** Effect of the domain classifier, 2 AUC - 1. */
  readonly domainEffect?: number | undefined
  /** Windows whose outcomes have come, and how many of them their interval covered (`reconcile`). */
  readonly past?: PastCoverage | undefined
}

export interface PastCoverage {
  readonly matured: number
  readonly covered: number
}

export interface Reliability {
  readonly reliable: boolean
  readonly reasons: readonly string[]
}

export const validityLimits = {
  outsideSupport: 0.01,
  /** AUC 0.65: NannyML's limit of the domain classifier. */
  domainEffect: 0.3,
  /** Intervals of three errors cover nearly every window; at less than this the assumption is refuted, not unlucky. */
  coverage: 0.8,
} as const

export function reliabilityOf({ outsideSupport, domainEffect, past }: Evidence): Reliability {
  const reasons: string[] = []
  if (outsideSupport > validityLimits.outsideSupport) {
    reasons.push(`${percent(outsideSupport)} of the rows have a score that the reference never had`)
  }
  if (domainEffect !== undefined && domainEffect > validityLimits.domainEffect) {
    reasons.push(
      `a classifier tells the window from the reference with effect ${domainEffect.toFixed(2)}; above ` +
        `${validityLimits.domainEffect} too little of the reference is like it`,
    )
  }
  if (past && past.matured > 0 && past.covered / past.matured < validityLimits.coverage) {
    reasons.push(
      `only ${past.covered} of ${past.matured} earlier estimates came true within their interval: the truth no longer ` +
        'follows from the scores as it did',
    )
  }
  return { reliable: reasons.length === 0, reasons }
}

function percent(share: number): string {
  return `${(100 * share).toFixed(share < 0.1 ? 1 : 0)} %`
}
