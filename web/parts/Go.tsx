/** A link within the pages. Addresses come from `paths`; modified clicks stay with the browser. */
import { useRouter, useRouterState } from '@tanstack/react-router'
import type { MouseEvent, ReactNode } from 'react'

export interface GoProps {
  readonly to: string
  readonly children: ReactNode
  readonly className?: string
  /** Marks the link of the page that is open. */
  readonly current?: boolean
  readonly label?: string
  /** Id of the text that says more about it. */
  readonly describedBy?: string
}

export function Go({ to, children, className, current, label, describedBy }: GoProps) {
  const router = useRouter()
  return (
    <a
      href={to}
      className={className}
      aria-current={current ? 'page' : undefined}
      aria-label={label}
      aria-describedby={describedBy}
      onClick={event => {
        if (!plain(event)) return
        event.preventDefault()
        router.history.push(to)
      }}
    >
      {children}
    </a>
  )
}

/** A left click without a modifier key: ours to answer. */
export function plain(event: MouseEvent): boolean {
  return (
    event.button === 0 &&
    !event.defaultPrevented &&
    !event.metaKey &&
    !event.ctrlKey &&
    !event.shiftKey &&
    !event.altKey
  )
}

export function usePath(): string {
  return useRouterState({ select: state => state.location.pathname })
}
