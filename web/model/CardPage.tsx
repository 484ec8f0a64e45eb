/** The model card of a version, as the server writes it from the records. */
import { useQuery } from '@tanstack/react-query'
import * as queries from '../api/queries.ts'
import type { Project } from '../api/wire.ts'
import { useWords } from '../language/language.tsx'
import { Go } from '../parts/Go.tsx'
import { Loaded } from '../parts/Loaded.tsx'
import { Markdown } from '../parts/Markdown.tsx'
import { Page, Panel } from '../parts/Page.tsx'
import { paths } from '../paths.ts'

export function CardPage({
  project,
  model,
  semver,
}: {
  readonly project: Project
  readonly model: string
  readonly semver: string
}) {
  const { t } = useWords()
  const card = useQuery(queries.card(project.name, model, semver))
  return (
    <Page
      title={t('cardPage.title', { model, version: semver })}
      eyebrow={
        <>
          <Go to={paths.model(project.name, model)}>{model}</Go> ·{' '}
          <Go to={paths.version(project.name, model, semver)}>{semver}</Go>
        </>
      }
      heading={t('cardPage.title', { model, version: semver })}
      lead={t('cardPage.lead')}
    >
      <Panel>
        <Loaded query={card}>
          {text => (
            <div lang="en">
              <Markdown text={text} />
            </div>
          )}
        </Loaded>
      </Panel>
    </Page>
  )
}
