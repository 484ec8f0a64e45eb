/** A state as a shape and a word; the colour only repeats them. The shapes are those of the charts. */
import type { ReactNode } from 'react'
import type { State } from '../../src/charts/options.ts'
import { stateShape, symbol } from '../../src/charts/symbols.ts'

export function StateMark({ state, children }: { readonly state: State; readonly children: ReactNode }) {
  return (
    <span className={`state ${state}`}>
      <StateShape state={state} />
      {children}
    </span>
  )
}

function StateShape({ state, size = 11 }: { readonly state: State; readonly size?: number }) {
  return (
    <svg
      width={size}
      height={size}
      viewBox="0 0 12 12"
      aria-hidden="true"
      // biome-ignore lint/security/noDangerouslySetInnerHtml: a constant shape
      dangerouslySetInnerHTML={{ __html: symbol(stateShape[state], 6, 6, 4.4, 'currentColor') }}
    />
  )
}
