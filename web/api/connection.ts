/** Whether the server answers, as the page's banner shows it: the last call or event that came through decides. */
import { useSyncExternalStore } from 'react'

export interface Connection {
  readonly up: boolean
  /** Nobody is signed in on this browser. */
  readonly signedOut: boolean
  /** When the server last answered. */
  readonly heardAt: number | undefined
}

let current: Connection = { up: true, signedOut: false, heardAt: undefined }
const listeners = new Set<() => void>()

function set(next: Connection): void {
  const changed = next.up !== current.up || next.signedOut !== current.signedOut
  current = next
  if (changed) for (const listener of listeners) listener()
}

export const connection = {
  heard: () => set({ up: true, signedOut: false, heardAt: Date.now() }),
  lost: () => set({ ...current, up: false }),
  signedOut: () => set({ up: true, signedOut: true, heardAt: Date.now() }),
}

export function useConnection(): Connection {
  return useSyncExternalStore(
    listener => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    () => current,
  )
}
