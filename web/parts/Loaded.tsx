/** What a query has: its data, or that it is on its way, or why it is not there. Old data stay while new ones come. */
import type { UseQueryResult } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { Problem } from '../api/client.ts'
import { useWords } from '../language/language.tsx'
import { Page } from './Page.tsx'

type Known<Data> = Pick<UseQueryResult<Data>, 'data' | 'error' | 'isPending'>

export function Loaded<Data>({
  query,
  children,
}: {
  readonly query: Known<Data>
  readonly children: (data: Data) => ReactNode
}) {
  const { t } = useWords()
  if (query.data !== undefined) return children(query.data)
  if (query.error) return <Trouble error={query.error} />
  return <p className="muted">{t('page.loading')}</p>
}

/** The same for what a whole page is about: where it is not there, the page says so. */
export function LoadedPage<Data>({
  query,
  children,
}: {
  readonly query: Known<Data>
  readonly children: (data: Data) => ReactNode
}) {
  const { t } = useWords()
  if (query.data === undefined && query.error) {
    const gone = query.error instanceof Problem && query.error.body.status === 404
    const heading = gone ? t('notFound.object') : t('trouble.title')
    return (
      <Page title={heading} heading={heading}>
        <Trouble error={query.error} />
      </Page>
    )
  }
  return <Loaded query={query}>{children}</Loaded>
}

/** An error with its remedy. */
export function Trouble({ error }: { readonly error: Error }) {
  const { t } = useWords()
  const problem = error instanceof Problem ? error.body : undefined
  return (
    <div className="notice broken" role="alert">
      {problem === undefined ? (
        <p>{t('trouble.unreachable')}</p>
      ) : (
        <div lang="en">
          <p>
            <strong>{problem.title}.</strong> {problem.detail}
          </p>
          <p>{problem.fix}</p>
        </div>
      )}
    </div>
  )
}
