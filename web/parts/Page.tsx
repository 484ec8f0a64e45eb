/** Head of a page: what it is, its state, what can be done; the window's title names object and state. */
import { type ReactNode, useEffect } from 'react'

export interface PageProps {
  /** Title of the window: object and state. */
  readonly title: string
  readonly eyebrow?: ReactNode
  readonly heading: ReactNode
  readonly lead?: ReactNode
  readonly actions?: ReactNode
  /** The heading is news: it is said when it changes. */
  readonly live?: boolean
  readonly children: ReactNode
}

export function Page({ title, eyebrow, heading, lead, actions, live, children }: PageProps) {
  useEffect(() => {
    document.title = `${title} · Falconer`
  }, [title])
  return (
    <>
      <div className="page-head">
        <div aria-live={live ? 'polite' : undefined}>
          {eyebrow !== undefined && <p className="eyebrow">{eyebrow}</p>}
          <h1>{heading}</h1>
          {lead !== undefined && <p className="lead">{lead}</p>}
        </div>
        {actions !== undefined && <div className="actions">{actions}</div>}
      </div>
      <div className="stack">{children}</div>
    </>
  )
}

export function Panel({
  title,
  note,
  children,
}: {
  readonly title?: ReactNode
  readonly note?: ReactNode
  readonly children: ReactNode
}) {
  return (
    <section className="panel">
      {title !== undefined && (
        <header>
          <h2>{title}</h2>
          {note !== undefined && <p>{note}</p>}
        </header>
      )}
      {children}
    </section>
  )
}

/** Nothing here yet: what belongs here and the command that fills it. */
export function Empty({ children, command }: { readonly children: ReactNode; readonly command?: string }) {
  return (
    <div className="empty">
      <p>{children}</p>
      {command !== undefined && <pre>{command}</pre>}
    </div>
  )
}

/** Words of the server, which speaks English. */
export function Said({ children }: { readonly children: string | undefined }) {
  return children === undefined || children === '' ? null : <span lang="en">{children}</span>
}
