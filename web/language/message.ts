/**
 * Texts with ICU-style places: `{name}`, and `{n, plural, one {# row} other {# rows}}`. Numbers are written in the
 * language; the branch of a plural is an exact one (`=0`), else chosen by the language's rules.
 */

export type Value = string | number

/** Names of the places of a text, at compile time. */
export type PlacesOf<Text extends string> = Text extends `${string}{${infer Place}}${infer Rest}`
  ? PlaceName<Place> | PlacesOf<Rest>
  : never
type PlaceName<Place extends string> = Place extends `${infer Name},${string}` ? SingleWord<Name> : SingleWord<Place>
/** Texts of plural branches are no names. */
type SingleWord<Text extends string> = Text extends `${string} ${string}` | '#' ? never : Text

const rules = new Map<string, Intl.PluralRules>()
const numbers = new Map<string, Intl.NumberFormat>()

export function formatMessage(text: string, values: Readonly<Record<string, Value>>, locale: string): string {
  let out = ''
  for (const part of parseMessage(text)) {
    if (part.kind === 'text') out += part.text
    else {
      const value = values[part.name]
      if (value === undefined) throw new RangeError(`formatMessage: no value for {${part.name}} in: ${text}`)
      if (part.kind === 'place') out += shown(value, locale)
      else {
        const branch =
          part.branches[`=${value}`] ?? part.branches[pluralOf(Number(value), locale)] ?? part.branches.other!
        out += branch.replaceAll('#', shown(value, locale))
      }
    }
  }
  return out
}

export type MessagePart =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'place'; readonly name: string }
  | { readonly kind: 'plural'; readonly name: string; readonly branches: Readonly<Record<string, string>> }

const placePattern = /\{(\w+)(?:, plural,((?: ?=?\w+ \{[^{}]*\})+))?\}/g

export function parseMessage(text: string): MessagePart[] {
  const parts: MessagePart[] = []
  let at = 0
  for (const match of text.matchAll(placePattern)) {
    if (match.index > at) parts.push({ kind: 'text', text: text.slice(at, match.index) })
    const [whole, name, plural] = match as unknown as [string, string, string | undefined]
    if (plural === undefined) parts.push({ kind: 'place', name })
    else {
      const branches = Array.from(plural.matchAll(/(=?\w+) \{([^{}]*)\}/g), ([, key, branch]) => [key!, branch!])
      parts.push({ kind: 'plural', name, branches: Object.fromEntries(branches) })
    }
    at = match.index + whole.length
  }
  if (at < text.length) parts.push({ kind: 'text', text: text.slice(at) })
  return parts
}

function shown(value: Value, locale: string): string {
  if (typeof value === 'string') return value
  let format = numbers.get(locale)
  if (format === undefined) {
    format = new Intl.NumberFormat(locale, { maximumFractionDigits: 3 })
    numbers.set(locale, format)
  }
  return format.format(value)
}

function pluralOf(n: number, locale: string): string {
  let rule = rules.get(locale)
  if (rule === undefined) {
    rule = new Intl.PluralRules(locale)
    rules.set(locale, rule)
  }
  return rule.select(n)
}
