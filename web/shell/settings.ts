/**
 * Theme and language: `?theme=` and `?lang=` win for this visit, then what the person chose here before, then the system.
 */
import { useSyncExternalStore } from 'react'

export type Theme = 'light' | 'dark' | 'auto'
export type Language = 'en' | 'zh-CN'

export interface Settings {
  readonly theme: Theme
  readonly language: Language
  /** Shortcuts of single letters; can be switched off for people who dictate. */
  readonly shortcuts: boolean
}

const themes: readonly string[] = ['light', 'dark', 'auto']
const storageKey = 'falconer.settings'
const listeners = new Set<() => void>()
let current = initial()
applySettings()

function initial(): Settings {
  const asked = new URLSearchParams(location.search)
  const kept = stored()
  const theme = asked.get('theme') ?? kept.theme
  return {
    theme: themes.includes(theme ?? '') ? (theme as Theme) : 'auto',
    language: languageOf(asked.get('lang') ?? kept.language ?? navigator.language),
    shortcuts: kept.shortcuts ?? true,
  }
}

/** Any kind of Chinese is Simplified Chinese here; every other unknown language is English. */
function languageOf(tag: string): Language {
  return /^zh\b/i.test(tag) ? 'zh-CN' : 'en'
}

export function changeSettings(change: Partial<Settings>): void {
  current = { ...current, ...change }
  try {
    localStorage.setItem(storageKey, JSON.stringify({ ...stored(), ...change }))
  } catch {
    // A browser that keeps nothing still follows the choice until it is closed.
  }
  applySettings()
  for (const listener of listeners) listener()
}

/** Outside of components. */
export function settingsNow(): Settings {
  return current
}

export function useSettings(): Settings {
  return useSyncExternalStore(
    listener => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    () => current,
  )
}

function applySettings(): void {
  const root = document.documentElement
  root.lang = current.language
  if (current.theme === 'auto') delete root.dataset.theme
  else root.dataset.theme = current.theme
}

function stored(): Partial<Settings> {
  try {
    return JSON.parse(localStorage.getItem(storageKey) ?? '{}') as Partial<Settings>
  } catch {
    return {}
  }
}
