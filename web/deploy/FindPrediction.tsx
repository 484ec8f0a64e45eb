/** Finds one prediction by its key. */
import { useRouter } from '@tanstack/react-router'
import { useId, useState } from 'react'
import { useWords } from '../language/language.tsx'
import { paths } from '../paths.ts'

export function FindPrediction({ project, endpoint }: { readonly project: string; readonly endpoint: string }) {
  const { t } = useWords()
  const router = useRouter()
  const id = useId()
  const [key, setKey] = useState('')
  return (
    <form
      className="compare before-table"
      onSubmit={event => {
        event.preventDefault()
        router.history.push(paths.prediction(project, endpoint, key.trim()))
      }}
    >
      <span>
        <label htmlFor={id}>{t('prediction.find')}</label>
        <input id={id} value={key} required size={28} onChange={event => setKey(event.target.value)} />
      </span>
      <button type="submit" disabled={key.trim() === ''}>
        {t('prediction.open')}
      </button>
    </form>
  )
}
