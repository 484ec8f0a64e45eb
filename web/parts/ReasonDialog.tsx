/**
 * Asks before something is done that others will notice: shows what will happen, takes a reason, and says what went
 * wrong. The browser's own dialog keeps the focus inside and gives it back.
 */
import { useQueryClient } from '@tanstack/react-query'
import { type ReactNode, useEffect, useId, useRef, useState } from 'react'
import { useWords } from '../language/language.tsx'
import { Trouble } from './Loaded.tsx'

export interface ReasonDialogProps {
  /** Text of the button that opens it and of the one that does it. */
  readonly verb: string
  readonly title: string
  /** What will be different afterwards. */
  readonly effect: ReactNode
  /** What else has to be said: fields above the reason. */
  readonly fields?: ReactNode
  readonly danger?: boolean
  readonly primary?: boolean
  readonly disabled?: boolean
  /** The call takes no reason; it is still asked whether it is meant. */
  readonly noReason?: boolean
  /** Id of the text that says more about the button. */
  readonly describedBy?: string
  readonly run: (reason: string) => Promise<void>
}

export function ReasonDialog({
  verb,
  title,
  effect,
  fields,
  danger,
  primary,
  disabled,
  noReason = false,
  describedBy,
  run,
}: ReasonDialogProps) {
  const { t } = useWords()
  const queries = useQueryClient()
  const id = useId()
  const dialog = useRef<HTMLDialogElement>(null)
  const [open, setOpen] = useState(false)
  const [reason, setReason] = useState('')
  const [busy, setBusy] = useState(false)
  const [error, setError] = useState<Error>()

  useEffect(() => {
    if (open) dialog.current?.showModal()
  }, [open])

  const submit = async () => {
    setBusy(true)
    setError(undefined)
    try {
      await run(reason.trim())
      await queries.invalidateQueries()
      dialog.current?.close()
    } catch (thrown) {
      setError(thrown as Error)
    } finally {
      setBusy(false)
    }
  }
  const look = danger ? 'danger' : primary ? 'primary' : undefined
  return (
    <>
      <button
        type="button"
        className={look}
        disabled={disabled}
        aria-describedby={describedBy}
        onClick={() => setOpen(true)}
      >
        {verb}
      </button>
      {open && (
        <dialog
          ref={dialog}
          aria-labelledby={`${id}-title`}
          onClose={() => {
            setOpen(false)
            setReason('')
            setError(undefined)
          }}
        >
          <form
            onSubmit={event => {
              event.preventDefault()
              void submit()
            }}
          >
            <h2 id={`${id}-title`}>{title}</h2>
            <div>{effect}</div>
            {fields}
            {!noReason && (
              <div>
                <label htmlFor={`${id}-reason`}>{t('dialog.reason')}</label>
                <textarea
                  id={`${id}-reason`}
                  required
                  maxLength={2000}
                  value={reason}
                  onChange={event => setReason(event.target.value)}
                />
                <p className="muted small">{t('dialog.audited')}</p>
              </div>
            )}
            {error !== undefined && <Trouble error={error} />}
            <div className="actions">
              <button
                type="submit"
                className={danger ? 'danger' : 'primary'}
                disabled={busy || (!noReason && reason.trim() === '')}
              >
                {verb}
              </button>
              <button type="button" onClick={() => dialog.current?.close()}>
                {t('dialog.cancel')}
              </button>
            </div>
          </form>
        </dialog>
      )}
    </>
  )
}
