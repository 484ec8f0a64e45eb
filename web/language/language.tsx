/** The language of the page: `t` for texts, and numbers and dates as that language writes them. */
import { createContext, type ReactNode, useContext, useMemo } from 'react'
import { useSettings } from '../shell/settings.ts'
import { en } from './en.ts'
import { formatMessage } from './message.ts'
import type { Text, Words } from './words.ts'
import { zh } from './zh.ts'

const languages = { en: { locale: 'en', texts: en }, 'zh-CN': { locale: 'zh-CN', texts: zh } } as const

const Context = createContext<Words | undefined>(undefined)

export function LanguageProvider({ children }: { readonly children: ReactNode }) {
  const { language } = useSettings()
  const words = useMemo((): Words => {
    const { locale, texts } = languages[language]
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
