/** The language of the page: `t` for texts, and numbers and dates as that language writes them. */
import { createContext, type ReactNode, useContext, useEffect, useMemo, useState } from 'react'
import { type Language, useSettings } from '../shell/settings.ts'
import { en } from './en.ts'
import { formatMessage } from './message.ts'
import type { Key, Text, Words } from './words.ts'

/** Texts that are here. English is with the pages; another language comes when it is wanted. */
const known: Partial<Record<Language, Readonly<Record<Key, string>>>> & { readonly en: typeof en } = { en }

/** Called before the first page is drawn, so that nobody sees it change its language. */
export async function loadLanguage(language: Language): Promise<void> {
  if (language === 'zh-CN') known[language] ??= (await import('./zh.ts')).zh
}

const Context = createContext<Words | undefined>(undefined)

export function LanguageProvider({ children }: { readonly children: ReactNode }) {
  const { language: wanted } = useSettings()
  const [language, setLanguage] = useState<Language>(wanted in known ? wanted : 'en')
  useEffect(() => {
    void loadLanguage(wanted).then(() => setLanguage(wanted))
  }, [wanted])
  const words = useMemo((): Words => {
    const locale = language
    const texts: Readonly<Record<Key, string>> = known[language] ?? known.en
    const formats = new Map<string, Intl.NumberFormat>()
    const say = ({ key, values = {} }: Text) => formatMessage(texts[key], values, locale)
    return {
      locale,
      say,
      t: (key, ...[values]) => say({ key, values: values as Text['values'] }),
      number(value, options = {}) {
        // The absence of a number is said by a dash, as in a printed table.
        if (value === null || value === undefined || Number.isNaN(value)) return '–'
        const key = JSON.stringify(options)
        let format = formats.get(key)
        if (format === undefined) {
          format = new Intl.NumberFormat(locale, options)
          formats.set(key, format)
        }
        return format.format(value).replace(/^-/, '−')
      },
    }
  }, [language])
  return <Context value={words}>{children}</Context>
}

export function useWords(): Words {
  const words = useContext(Context)
  if (words === undefined) throw new TypeError('useWords: outside of LanguageProvider')
  return words
}
