import { useWords } from '../language/language.tsx'
import { monitorKey } from '../language/vocabulary.ts'

/** A monitor's name in the language of the page. */
export function useMonitorName(): (name: string) => string {
  const { say } = useWords()
  return name => {
    const key = monitorKey(name)
    return key === undefined ? name : say({ key })
  }
}
