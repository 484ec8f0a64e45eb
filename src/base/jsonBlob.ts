/** JSON as blobs: canonical, so that the same value has the same digest wherever it is stored. */
import { canonicalJson } from './json.ts'
import type { Blobs, Digest } from './ports.ts'

export function putJson(blobs: Blobs, value: unknown): Promise<Digest> {
  return blobs.put(new TextEncoder().encode(canonicalJson(value)))
}

/** What was put under this digest; the caller knows its type, because it knows who put it. Errors: `not-found`, `corrupt`. */
export async function readJson<T>(blobs: Blobs, digest: Digest): Promise<T> {
  return JSON.parse(new TextDecoder().decode(await blobs.get(digest))) as T
}
