/** The zone in which the open project's days begin. */
import { createContext, type ReactNode, useContext } from 'react'

const Context = createContext('UTC')

export function ZoneProvider({ zone, children }: { readonly zone: string; readonly children: ReactNode }) {
  return <Context value={zone}>{children}</Context>
}

export function useZone(): string {
  return useContext(Context)
}
