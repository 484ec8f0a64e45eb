/** Says how a model stands. */

import { useWords } from '../language/language.tsx'
import type { Text } from '../language/words.ts'
import { Said } from '../parts/Page.tsx'
import { useTimeFormat } from '../parts/Time.tsx'
import type { Sentence as SentenceParts } from './standing.ts'

export function Sentence({ of }: { readonly of: SentenceParts }) {
  const words = useSentence()
  return (
    <>
      {words(of)}
      {of.said !== undefined && of.said !== '' && (
        <>
          {' '}
          <Said>{of.said}</Said>
        </>
      )}
    </>
  )
}

/** The sentence as plain text, without what the server said. */
export function useSentence(): (sentence: SentenceParts) => string {
  const { say } = useWords()
  const time = useTimeFormat()
  return ({ key, values }) => {
    const given = Object.entries(values).map(([name, value]): [string, string | number] => {
      if (typeof value !== 'object') return [name, value]
      return [name, 'text' in value ? say(value.text as Text) : time(value.day)]
    })
    return say({ key, values: Object.fromEntries(given) })
  }
}
