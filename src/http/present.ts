/** Records as the API shows them: instants are RFC 3339 UTC text, everything else as it is stored. */

/** Names of fields that hold instants in milliseconds, in records and answers. */
const instants = new Set([
  'acknowledgedAt',
  'appliedAt',
  'asOf',
  'at',
  'closedAt',
  'createdAt',
  'due',
  'expiresAt',
  'finishedAt',
  'from',
  'importedAt',
  'knownAt',
  'measuredAt',
  'measuredTo',
  'movedAt',
  'now',
  'openedAt',
  'recordedAt',
  'registeredAt',
  'resolvedAt',
  'revokedAt',
  'setAt',
  'since',
  'startedAt',
  'switchedAt',
  'to',
  'until',
])

/** Fields whose content has names of its own (columns, settings, parameters) and is shown untouched. */
const opaque = new Set([
  'chart',
  'config',
  'features',
  'metrics',
  'parameters',
  'products',
  'rows',
  'shadows',
  'verify',
])

/** JSON of an answer. NaN and infinities become null, as in JSON.stringify. */
export function present(body: unknown): string {
  return JSON.stringify(presented(body))
}

function presented(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(presented)
  if (value instanceof Float64Array) return Array.from(value)
  if (value === null || typeof value !== 'object') return value
  const shown: Record<string, unknown> = {}
  for (const [name, field] of Object.entries(value)) {
    if (typeof field === 'number') shown[name] = instants.has(name) && Number.isFinite(field) ? iso(field) : field
    else shown[name] = opaque.has(name) ? field : presented(field)
  }
  return shown
}

function iso(at: number): string {
  return new Date(at).toISOString()
}
