/** Shortcuts: `?` shows them, `g` and a letter goes somewhere. They can be switched off for people who dictate. */
import { useRouter } from '@tanstack/react-router'
import { useEffect, useId, useRef, useState } from 'react'
import type { Project } from '../api/wire.ts'
import { useWords } from '../language/language.tsx'
import { navigation } from './navigation.ts'
import { changeSettings, useSettings } from './settings.ts'

const chainMs = 1500

export function Keys({ project }: { readonly project: Project | undefined }) {
  const { t } = useWords()
  const { shortcuts } = useSettings()
  const router = useRouter()
  const id = useId()
  const dialog = useRef<HTMLDialogElement>(null)
  const [open, setOpen] = useState(false)
  const links = navigation(project, false).flatMap(group => group.links)
  const goes = useRef(0)

  useEffect(() => {
    if (open) dialog.current?.showModal()
  }, [open])

  useEffect(() => {
    if (!shortcuts) return
    const press = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return
      if (document.querySelector('dialog[open]')) return
      const now = performance.now()
      if (event.key === '?') setOpen(true)
      else if (event.key === 'g') goes.current = now
      else if (now - goes.current < chainMs) {
        goes.current = 0
        const link = links.find(l => l.letter === event.key)
        if (!link) return
        event.preventDefault()
        router.history.push(link.href)
      }
    }
    addEventListener('keydown', press)
    return () => removeEventListener('keydown', press)
  }, [shortcuts, links, router])

  return (
    <>
      <button type="button" className="quiet" onClick={() => setOpen(true)}>
        <kbd>?</kbd> {t('keys.title')}
      </button>
      {open && (
        <dialog ref={dialog} aria-labelledby={`${id}-title`} onClose={() => setOpen(false)}>
          <form method="dialog">
            <h2 id={`${id}-title`}>{t('keys.title')}</h2>
            <table>
              <thead className="hidden-visually">
                <tr>
                  <th scope="col">{t('keys.key')}</th>
                  <th scope="col">{t('keys.does')}</th>
                </tr>
              </thead>
              <tbody>
                <tr>
                  <td>
                    <kbd>?</kbd>
                  </td>
                  <td>{t('keys.show')}</td>
                </tr>
                {links.map(link => (
                  <tr key={link.href}>
                    <td>
                      <kbd>g</kbd> <kbd>{link.letter}</kbd>
                    </td>
                    <td>{t(link.key)}</td>
                  </tr>
                ))}
                <tr>
                  <td>
                    <kbd>Esc</kbd>
                  </td>
                  <td>{t('keys.close')}</td>
                </tr>
              </tbody>
            </table>
            <label className="check">
              <input
                type="checkbox"
                checked={shortcuts}
                onChange={e => changeSettings({ shortcuts: e.target.checked })}
              />{' '}
              {t('keys.on')}
            </label>
            <div className="actions">
              <button type="submit">{t('keys.close')}</button>
            </div>
          </form>
        </dialog>
      )}
    </>
  )
}

function isTyping(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName))
}
