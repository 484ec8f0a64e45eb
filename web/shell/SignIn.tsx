/** Where nobody is signed in: exchanges the one-time code for a cookie, and goes on at the page that was asked for. */
import { useQueryClient } from '@tanstack/react-query'
import { useEffect, useId, useState } from 'react'
import { send } from '../api/client.ts'
import { useWords } from '../language/language.tsx'
import { Trouble } from '../parts/Loaded.tsx'
import { Brand } from './Brand.tsx'

export function SignIn({ given }: { readonly given?: string }) {
  const { t } = useWords()
  const queries = useQueryClient()
  const id = useId()
  const [code, setCode] = useState('')
  const [error, setError] = useState<Error>()
  const [busy, setBusy] = useState(false)

  useEffect(() => {
    document.title = `${t('signIn.title')} · Falconer`
  }, [t])

  const submit = async (value: string) => {
    setBusy(true)
    setError(undefined)
    try {
      await send('POST', '/v1/sessions', { code: codeOf(value) })
      await queries.resetQueries()
    } catch (thrown) {
      setError(thrown as Error)
    } finally {
      setBusy(false)
    }
  }
  // A link carries its code; it is good once, so it is taken at once.
  // biome-ignore lint/correctness/useExhaustiveDependencies: only when the page opens
  useEffect(() => {
    if (given) void submit(given)
  }, [])
  return (
    <div className="signed-out">
      <main>
        <section className="panel">
          <Brand />
          <h1>{t('signIn.title')}</h1>
          <p className="muted">{t('signIn.lead')}</p>
          <pre>falconer serve</pre>
          <form
            onSubmit={event => {
              event.preventDefault()
              void submit(code)
            }}
          >
            <label htmlFor={id}>{t('signIn.code')}</label>
            <input
              id={id}
              autoComplete="one-time-code"
              value={code}
              required
              onChange={event => setCode(event.target.value)}
            />
            {error !== undefined && <Trouble error={error} />}
            <div className="actions">
              <button type="submit" className="primary" disabled={busy || code.trim() === ''}>
                {t('signIn.verb')}
              </button>
            </div>
          </form>
        </section>
      </main>
    </div>
  )
}

/** The code, also out of a whole link that was pasted. */
function codeOf(text: string): string {
  return /[?&]code=([^&#]+)/.exec(text)?.[1] ?? text.trim()
}
