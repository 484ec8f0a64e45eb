/** The versions of an endpoint as they are loaded between two switches. It is entered by requests and retired once. */
import type { Blobs, LoadedModel, Runtime, Stored } from '../base/ports.ts'
import type { Table } from '../base/table.ts'
import type { Endpoint, Route } from '../loop/records.ts'
import { type EndpointInput, inputsOf, type RawColumn, rawColumns } from './question.ts'
import { liveRoute } from './routing.ts'

/** A shadow that needs longer for a batch of rows gets a thread of its own, so that it never holds up the live version. */
const slowShadowMs = 5
const trialRows = 64

export interface Served {
  readonly semver: string
  readonly model: LoadedModel
}

export interface Serving {
  readonly live: Served
  readonly canary?: Served & { readonly share: number }
  /** Versions that answer beside, without the live one. */
  readonly shadows: readonly Served[]
  readonly inputs: readonly EndpointInput[]
  readonly columns: readonly RawColumn[]
  readonly loadMs: number
  /** A request comes in; call what it returns when it is answered. Undefined where these versions are retired. */
  enter(): (() => void) | undefined
  /** Unloads the versions when the last request that entered is answered. */
  retire(): Promise<void>
}

/** What is served, and the record that says so. */
export interface Placed {
  readonly endpoint: Stored<Endpoint>
  readonly serving: Serving
}

/** Errors: `bad-model` naming the version, `not-found` or `corrupt` where its file is. */
export async function loadServing(
  routes: readonly Route[],
  { blobs, runtime, group }: { readonly blobs: Blobs; readonly runtime: Runtime; readonly group: string },
): Promise<Serving> {
  const started = performance.now()
  const loaded = new Map<string, LoadedModel>()
  const load = async (route: Route, into: string): Promise<Served> => {
    const known = loaded.get(route.semver)
    if (known) return { semver: route.semver, model: known }
    const model = await runtime.load(await blobs.get(route.digest), { group: into })
    loaded.set(route.semver, model)
    return { semver: route.semver, model }
  }
  const unloadAll = async () => {
    await Promise.all([...loaded.values()].map(model => model.unload()))
  }

  try {
    const live = await load(liveRoute(routes), group)
    const canaryRoute = routes.find(route => route.mode === 'canary')
    const canary = canaryRoute && { ...(await load(canaryRoute, group)), share: canaryRoute.share! }
    const shadows: Served[] = []
    for (const route of routes) {
      if (route.mode !== 'shadow' || route.semver === live.semver) continue
      const shadow = await load(route, group)
      if (route.semver !== canary?.semver && (await isSlow(shadow.model))) {
        loaded.delete(route.semver)
        await shadow.model.unload()
        shadows.push(await load(route, `${group} ${route.semver}`))
      } else shadows.push(shadow)
    }
    const answering = canary ? [live.model, canary.model] : [live.model]
    const inputs = inputsOf(
      answering,
      shadows.map(shadow => shadow.model),
    )
    return {
      live,
      ...(canary && { canary }),
      shadows,
      inputs,
      columns: rawColumns(inputs),
      loadMs: performance.now() - started,
      ...lifeOf(unloadAll),
    }
  } catch (thrown) {
    await unloadAll()
    throw thrown
  }
}

/** Rows that no caller sent, for a model that has no recorded requests. */
export function madeUpRows(columns: readonly RawColumn[], rows: number): Table {
  return {
    rows,
    columns: columns.map(({ name, kind }) =>
      kind === 'text'
        ? { name, kind, values: new Array<string | null>(rows).fill(null) }
        : { name, kind, values: new Float64Array(rows) },
    ),
  }
}

async function isSlow(model: LoadedModel): Promise<boolean> {
  const rows = madeUpRows(rawColumns(inputsOf([model], [])), trialRows)
  const started = performance.now()
  await model.predict(rows).catch(() => {})
  return performance.now() - started > slowShadowMs
}

function lifeOf(end: () => Promise<void>): Pick<Serving, 'enter' | 'retire'> {
  let inside = 0
  let drained: (() => void) | undefined
  let retired: Promise<void> | undefined
  return {
    enter() {
      if (retired) return undefined
      inside++
      return () => {
        if (--inside === 0) drained?.()
      }
    },
    retire() {
      retired ??= new Promise<void>(resolve => {
        drained = resolve
        if (inside === 0) resolve()
      }).then(end)
      return retired
    },
  }
}
