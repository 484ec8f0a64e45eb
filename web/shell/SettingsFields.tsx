import { useId } from 'react'
import { useWords } from '../language/language.tsx'
import { changeSettings, type Language, type Theme, useSettings } from './settings.ts'

/** Theme and language. Each language is named in itself. */
export function SettingsFields() {
  const { t } = useWords()
  const settings = useSettings()
  const id = useId()
  return (
    <>
      <div>
        <label htmlFor={`${id}-theme`}>{t('settings.theme')}</label>
        <select
          id={`${id}-theme`}
          value={settings.theme}
          onChange={e => changeSettings({ theme: e.target.value as Theme })}
        >
          <option value="auto">{t('settings.auto')}</option>
          <option value="light">{t('settings.light')}</option>
          <option value="dark">{t('settings.dark')}</option>
        </select>
      </div>
      <div>
        <label htmlFor={`${id}-language`}>{t('settings.language')}</label>
        <select
          id={`${id}-language`}
          value={settings.language}
          onChange={e => changeSettings({ language: e.target.value as Language })}
        >
          <option value="en" lang="en">
            English
          </option>
          <option value="zh-CN" lang="zh-CN">
            简体中文
          </option>
        </select>
      </div>
    </>
  )
}
