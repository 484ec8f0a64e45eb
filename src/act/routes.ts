/** The routes of an endpoint while a candidate is rolled out, and after. */
import type { ModelVersion, Route } from '../loop/records.ts'

export type Served = Pick<ModelVersion, 'semver' | 'digest'>

/** Live first; a version has one route, and the configured shadows give way to what it has already. */
export function routesOf(
  live: Served,
  others: { readonly canary?: Served & { readonly share: number }; readonly shadows: readonly Served[] },
): readonly Route[] {
  const routes: Route[] = [{ mode: 'live', semver: live.semver, digest: live.digest }]
  const { canary } = others
  if (canary) routes.push({ mode: 'canary', semver: canary.semver, digest: canary.digest, share: canary.share })
  for (const { semver, digest } of others.shadows) {
    if (!routes.some(route => route.semver === semver)) routes.push({ mode: 'shadow', semver, digest })
  }
  return routes
}
