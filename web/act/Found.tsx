/** What a step found, as it was stored: names and values, nested as they are. Long lists say how long they are. */
import type { ReactNode } from 'react'
import { useWords } from '../language/language.tsx'

const shownItems = 12

export function Found({ value }: { readonly value: unknown }): ReactNode {
  const { number, t } = useWords()
  if (value === null || value === undefined) return '–'
  if (typeof value === 'number') return number(value, { maximumSignificantDigits: 5 })
  if (typeof value === 'boolean') return value ? t('found.yes') : t('found.no')
  if (typeof value === 'string') {
    return /^[0-9a-f]{64}$/.test(value) ? (
      <code title={value}>{value.slice(0, 12)}</code>
    ) : (
      <span lang="en">{value}</span>
    )
  }
  if (Array.isArray(value)) {
    if (value.length === 0) return '–'
    return (
      <ul className="plain">
        {value.slice(0, shownItems).map((item, i) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: stored evidence never changes its order
          <li key={i}>
            <Found value={item} />
          </li>
        ))}
        {value.length > shownItems && <li className="muted">{t('found.more', { n: value.length - shownItems })}</li>}
      </ul>
    )
  }
  if (Object.keys(value).length === 0) return '–'
  return (
    <dl>
      {Object.entries(value as Record<string, unknown>).map(([name, inner]) => (
        <div key={name} style={{ display: 'contents' }}>
          <dt lang="en">{name}</dt>
          <dd>
            <Found value={inner} />
          </dd>
        </div>
      ))}
    </dl>
  )
}
