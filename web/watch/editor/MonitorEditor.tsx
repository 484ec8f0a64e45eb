/**
 * Makes a monitor or changes one, with the past beside the form: what the rule would have said. What is typed survives a
 * reload; the project's file changes only when it is saved with a reason.
 */
import { useQuery } from '@tanstack/react-query'
import { useRouter } from '@tanstack/react-router'
import { useEffect, useMemo, useState } from 'react'
import { Problem, send } from '../../api/client.ts'
import * as queries from '../../api/queries.ts'
import type { MonitorEntry, MonitorOptions, Project } from '../../api/wire.ts'
import { useWords } from '../../language/language.tsx'
import { Go } from '../../parts/Go.tsx'
import { LoadedPage, Trouble } from '../../parts/Loaded.tsx'
import { useMonitorName } from '../../parts/monitorName.ts'
import { Page } from '../../parts/Page.tsx'
import { ReasonDialog } from '../../parts/ReasonDialog.tsx'
import { useMay } from '../../parts/useMay.ts'
import { paths } from '../../paths.ts'
import { RemoveMonitor } from '../RemoveMonitor.tsx'
import { type Draft, draftOf, entryOf, keyAt, newDraft } from './draft.ts'
import './editor.css'
import { MonitorForm } from './MonitorForm.tsx'
import { PreviewPanel, previewFinding } from './PreviewPanel.tsx'

export function MonitorEditor({ project, name }: { readonly project: Project; readonly name?: string }) {
  const options = useQuery(queries.monitorOptions(project.name))
  const monitors = useQuery(queries.monitors(project.name))
  const history = useQuery({ ...queries.monitor(project.name, name ?? ''), enabled: name !== undefined })
  const entry = history.data?.monitor.entry
  const taken = monitors.data?.items.map(m => m.name) ?? []
  return (
    <LoadedPage query={options}>
      {known => (
        <LoadedPage<unknown> query={name === undefined ? monitors : history}>
          {() => (
            <Editor
              project={project}
              name={name}
              options={known}
              start={entry === undefined ? newDraft(known, taken) : draftOf(entry, known)}
              taken={taken}
            />
          )}
        </LoadedPage>
      )}
    </LoadedPage>
  )
}

function Editor({
  project,
  name,
  options,
  start,
  taken,
}: {
  readonly project: Project
  readonly name: string | undefined
  readonly options: MonitorOptions
  readonly start: Draft
  readonly taken: readonly string[]
}) {
  const { t, say } = useWords()
  const router = useRouter()
  const may = useMay()
  const label = useMonitorName()
  const { draft, change, changed, restored, forget } = useDraft(`${project.name}/${name ?? ''}`, start)
  const entry = useMemo(() => entryOf(draft, options), [draft, options])
  const settled = useSettled(entry)
  const query = useQuery(queries.monitorPreview(project.name, settled))
  const busy = query.isFetching || settled !== entry
  const errors = useMemo(() => errorsOf(query.error, settled), [query.error, settled])
  const played = query.error ? undefined : query.data
  const newName = played?.monitor.name
  const clash = newName !== undefined && newName !== name && taken.includes(newName)
  const title = name === undefined ? t('editor.new') : t('editor.edit', { monitor: label(name) })
  const elsewhere = query.error && Object.keys(errors).length === 0
  return (
    <Page
      title={title}
      eyebrow={<Go to={paths.monitors(project.name)}>{t('nav.monitors')}</Go>}
      heading={title}
      lead={t('editor.lead')}
      actions={
        may.edit && (
          <>
            <ReasonDialog
              primary
              verb={t('editor.save')}
              title={name === undefined ? t('editor.saveNew') : t('editor.saveChange', { monitor: label(name) })}
              disabled={busy || newName === undefined || clash || (name !== undefined && !changed)}
              effect={
                <>
                  <p>{t('editor.saveEffect')}</p>
                  <pre className="entry">{entryText(entry)}</pre>
                </>
              }
              run={async reason => {
                const saved = newName ?? ''
                await send('PUT', queries.monitorAt(project.name, name ?? saved), { monitor: entry, reason })
                forget()
                router.history.push(paths.monitor(project.name, saved))
              }}
            />
            {changed && (
              <button
                type="button"
                onClick={() => {
                  forget()
                  change(start)
                }}
              >
                {t('editor.discard')}
              </button>
            )}
            {name !== undefined && <RemoveMonitor project={project} name={name} />}
          </>
        )
      }
    >
      {restored && changed && <p className="notice busy">{t('editor.restored')}</p>}
      {clash && (
        <p className="notice attention" role="alert">
          {t('editor.clash', { monitor: label(newName) })}
        </p>
      )}
      <div className="editor">
        <form className="stack" aria-label={title} onSubmit={event => event.preventDefault()}>
          <MonitorForm draft={draft} options={options} errors={errors} change={change} />
          {/* Where the past is below the form, its sentence stays in sight; it is said once, there. */}
          {played !== undefined && (
            <p className="editor-finding" aria-hidden="true">
              {say(previewFinding(played))}
            </p>
          )}
        </form>
        <div className="editor-preview stack">
          {elsewhere && !busy && <Trouble error={query.error} />}
          <PreviewPanel project={project} preview={played} busy={busy} />
        </div>
      </div>
    </Page>
  )
}

/** What is wrong, by the key of the entry that it is about. */
function errorsOf(error: Error | null, entry: MonitorEntry): Record<string, string> {
  const found: Record<string, string> = {}
  if (!(error instanceof Problem)) return found
  for (const { at, text } of error.body.errors ?? []) {
    const key = at.startsWith('monitor:') ? keyAt(entry, at) : undefined
    if (key !== undefined) found[key] ??= text
  }
  return found
}

/** As it will stand in falconer.yaml: `{of: auc, chart: ewma, segment: {origin: EWR}}`. */
function entryText(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(entryText).join(', ')}]`
  if (typeof value !== 'object' || value === null) return String(value)
  return `{${Object.entries(value)
    .map(([key, inner]) => `${key}: ${entryText(inner)}`)
    .join(', ')}}`
}

const settleMs = 450

/** The entry when nobody has typed for a moment: each play reads the log. */
function useSettled(entry: MonitorEntry): MonitorEntry {
  const [settled, setSettled] = useState(entry)
  useEffect(() => {
    const timer = setTimeout(() => setSettled(entry), settleMs)
    return () => clearTimeout(timer)
  }, [entry])
  return settled
}

/** The draft, kept in this tab until it is saved or thrown away. */
function useDraft(place: string, start: Draft) {
  const key = `falconer.monitor ${place}`
  const [kept] = useState(() => stored(key))
  const [draft, setDraft] = useState<Draft>(() => ({ ...start, ...kept }))
  const changed = JSON.stringify(draft) !== JSON.stringify(start)
  const change = (next: Draft) => {
    setDraft(next)
    try {
      sessionStorage.setItem(key, JSON.stringify(next))
    } catch {
      // A browser that keeps nothing: the page works, a reload starts anew.
    }
  }
  const forget = () => {
    try {
      sessionStorage.removeItem(key)
    } catch {
      // Nothing was kept.
    }
  }
  return { draft, change, changed, restored: kept !== undefined, forget }
}

function stored(key: string): Partial<Draft> | undefined {
  try {
    const text = sessionStorage.getItem(key)
    return text === null ? undefined : (JSON.parse(text) as Partial<Draft>)
  } catch {
    return undefined
  }
}
