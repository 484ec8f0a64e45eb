/** Which version answers which key: pure rules about the routes of an endpoint. */
import { FalconerError } from '../base/errors.ts'
import type { Endpoint, Route } from '../loop/records.ts'

/** Routes that can be served: exactly one live, at most one canary with a share, versions named once per mode. */
export function checkRoutes(routes: readonly Route[]): void {
  const live = routes.filter(route => route.mode === 'live')
  if (live.length !== 1) throw refused(`an endpoint has exactly one live route, ${live.length} were given`)
  const canaries = routes.filter(route => route.mode === 'canary')
  if (canaries.length > 1) throw refused(`an endpoint has at most one canary, ${canaries.length} were given`)
  for (const { mode, semver, share } of routes) {
    if (mode !== 'canary' && share !== undefined)
      throw refused(`the ${mode} route ${semver} has a share; only a canary has one`)
    if (mode === 'canary' && !(share !== undefined && share > 0 && share <= 1)) {
      throw refused(`the canary ${semver} has the share ${share}, wanted more than 0 and at most 1`)
    }
    if (routes.filter(other => other.mode === mode && other.semver === semver).length > 1) {
      throw refused(`${semver} is named twice as ${mode}`)
    }
  }
  if (canaries[0]?.semver === live[0]!.semver) throw refused(`${live[0]!.semver} cannot be live and canary at once`)
}

export function sameRoutes(a: readonly Route[], b: readonly Route[]): boolean {
  const text = (routes: readonly Route[]) =>
    routes.map(({ mode, semver, digest, share }) => `${mode} ${semver} ${digest} ${share ?? ''}`).join('\n')
  return text(a) === text(b)
}

export function liveRoute(routes: readonly Route[]): Route {
  return routes.find(route => route.mode === 'live')!
}

/**
 * Routes that take the newest step back: a canary ends; without one the version that was live before is live again.
 * Undefined where there is nothing to go back to.
 */
export function stepBack(endpoint: Endpoint): readonly Route[] | undefined {
  if (endpoint.routes.some(route => route.mode === 'canary')) {
    return endpoint.routes.filter(route => route.mode !== 'canary')
  }
  if (!endpoint.previous) return undefined
  const { semver, digest } = endpoint.previous
  return [{ mode: 'live', semver, digest }, ...endpoint.routes.filter(route => route.mode === 'shadow')]
}

/**
 * Whether the canary answers this key: its place in [0, 1) is fixed by key and version, so a key stays where it is while
 * the share grows, and two canaries draw different keys.
 */
export function inCanary(key: string, semver: string, share: number): boolean {
  return placeOf(`${semver}\0${key}`) < share
}

/**
 * FNV-1a over the UTF-16 code units, mixed by the finaliser of MurmurHash3 (Appleby, public domain): FNV alone leaves the
 * high bits of short, similar keys alike.
 */
function placeOf(text: string): number {
  let h = 0x811c9dc5
  for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193)
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b)
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35)
  return ((h ^ (h >>> 16)) >>> 0) / 2 ** 32
}

function refused(text: string): FalconerError {
  return new FalconerError('bad-input', text, { fix: 'Give one live route, at most one canary, and any shadows.' })
}
