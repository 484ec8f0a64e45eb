/** A labelled field with what it means below it, and beside it what is wrong. */
import { type ReactNode, useId } from 'react'
import { Said } from '../../parts/Page.tsx'

export interface ControlProps {
  readonly id: string
  readonly 'aria-describedby': string | undefined
  readonly 'aria-invalid': true | undefined
}

export function Field({
  label,
  hint,
  error,
  narrow = false,
  children,
}: {
  readonly label: string
  readonly hint?: ReactNode
  /** In the words of the server. */
  readonly error?: string | undefined
  readonly narrow?: boolean
  readonly children: (props: ControlProps) => ReactNode
}) {
  const id = useId()
  const described = [hint !== undefined && `${id}-hint`, error !== undefined && `${id}-error`].filter(Boolean).join(' ')
  return (
    <div className={narrow ? 'field narrow' : 'field'}>
      <label htmlFor={id}>{label}</label>
      {children({
        id,
        'aria-describedby': described === '' ? undefined : described,
        'aria-invalid': error === undefined ? undefined : true,
      })}
      {hint !== undefined && (
        <p id={`${id}-hint`} className="muted small">
          {hint}
        </p>
      )}
      {error !== undefined && (
        <p id={`${id}-error`} className="field-error small">
          <Said>{error}</Said>
        </p>
      )}
    </div>
  )
}
