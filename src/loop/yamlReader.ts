/**
 * Reads a YAML file against what is wanted, and collects everything that is wrong, each with line and column, instead
 * of stopping at the first fault. A value that cannot be used reads as undefined.
 */
import { isMap, isScalar, isSeq, LineCounter, type Node, type ParsedNode, parseDocument } from 'yaml'
import type { Finding } from '../base/errors.ts'
import { parseDuration } from '../base/time.ts'

/** A value in the file. `what` names it in messages: `gate.metric`. */
export interface Place {
  readonly node: ParsedNode | null
  readonly what: string
  /** Where to point when the value itself is missing. */
  readonly offset: number
}

export interface Fields {
  /** The value under this key, undefined where it is left out. */
  get(key: string): Place | undefined
  /** All keys as written, in order. */
  readonly entries: readonly (readonly [key: string, value: Place])[]
  readonly place: Place
}

export class YamlReader {
  readonly findings: Finding[] = []
  readonly root: Place
  readonly #name: string
  readonly #lines = new LineCounter()

  constructor(text: string, name: string) {
    this.#name = name
    const document = parseDocument(text, { lineCounter: this.#lines, prettyErrors: false })
    for (const error of document.errors) this.#report(error.pos[0], sentence(error.message))
    this.root = { node: (document.contents as ParsedNode | null) ?? null, what: name, offset: 0 }
  }

  wrong(place: Place, text: string): undefined {
    this.#report(place.offset, text)
    return undefined
  }

  #report(offset: number, text: string): void {
    const { line, col } = this.#lines.linePos(offset)
    this.findings.push({ at: `${this.#name}:${line || 1}:${col || 1}`, text })
  }

  /** A map whose keys are all among `known`; any key where `known` is absent. */
  fields(place: Place, known?: readonly string[]): Fields | undefined {
    const { node, what } = place
    if (!isMap(node)) {
      const wanted = known ? ` with ${known.slice(0, 6).join(', ')}${known.length > 6 ? ', …' : ''}` : ''
      return this.wrong(place, `${what} is ${describe(node)}, wanted a map${wanted}`)
    }
    const entries: (readonly [string, Place])[] = []
    for (const { key, value } of node.items) {
      const name = isScalar(key) ? String(key.value) : ''
      const offset = (key as Node | null)?.range?.[0] ?? place.offset
      if (known && !known.includes(name)) {
        const near = nearest(name, known)
        const hint = near ? `did you mean ${near}?` : `known are ${known.join(', ')}`
        this.#report(offset, `unknown key ${name} in ${what}; ${hint}`)
        continue
      }
      const node = (value as ParsedNode | null) ?? null
      const inner = this.root.node === place.node ? name : `${what}.${name}`
      entries.push([name, { node, what: inner, offset: node?.range?.[0] ?? offset }])
    }
    return { place, entries, get: key => entries.find(([name]) => name === key)?.[1] }
  }

  /** The value under a key that must be there. */
  need(fields: Fields, key: string, why: string): Place | undefined {
    return fields.get(key) ?? this.wrong(fields.place, `${fields.place.what} has no ${key}: ${why}`)
  }

  text(place: Place | undefined): string | undefined {
    if (!place) return undefined
    const value = scalar(place)
    if (typeof value === 'string' && value.trim() !== '') return value
    if (typeof value === 'number' || typeof value === 'boolean') return source(place) ?? String(value)
    return this.wrong(place, `${place.what} is ${describe(place.node)}, wanted text`)
  }

  number(place: Place | undefined, low: number, high: number): number | undefined {
    if (!place) return undefined
    const value = scalar(place)
    if (typeof value === 'number' && value >= low && value <= high) return value
    return this.wrong(place, `${place.what} is ${describe(place.node)}, wanted a number ${range(low, high)}`)
  }

  /** `10 %` or `0.1`. */
  share(place: Place | undefined): number | undefined {
    if (!place) return undefined
    const value = scalar(place)
    const percent = typeof value === 'string' ? /^(\d+(?:\.\d+)?)\s*%$/.exec(value.trim()) : null
    const share = percent ? Number(percent[1]) / 100 : value
    if (typeof share === 'number' && share >= 0 && share <= 1) return share
    return this.wrong(place, `${place.what} is ${describe(place.node)}, wanted a share such as 10 % or 0.1`)
  }

  choice<Value extends string>(place: Place | undefined, values: readonly Value[]): Value | undefined {
    if (!place) return undefined
    const value = scalar(place)
    const found = values.find(candidate => candidate === value)
    if (found !== undefined) return found
    const near = typeof value === 'string' ? nearest(value, values) : undefined
    return this.wrong(
      place,
      `${place.what} is ${describe(place.node)}, wanted ${near ? `probably ${near}; possible are ` : ''}${values.join(', ')}`,
    )
  }

  /** Milliseconds of `14 days`; words in `before` may stand in front (`last 14 days`). */
  duration(place: Place | undefined, before: readonly string[] = []): number | undefined {
    if (!place) return undefined
    const value = scalar(place)
    if (typeof value === 'string') {
      const word = before.find(candidate => value.startsWith(`${candidate} `))
      try {
        return parseDuration(word ? value.slice(word.length) : value)
      } catch (error) {
        if (!(error instanceof RangeError)) throw error
      }
    }
    const example = before[0] ? `${before[0]} 14 days` : '14 days'
    return this.wrong(place, `${place.what} is ${describe(place.node)}, wanted a span of time such as ${example}`)
  }

  /** `12 per year`. */
  rate(place: Place | undefined): { readonly count: number; readonly perMs: number } | undefined {
    if (!place) return undefined
    const value = scalar(place)
    const match = typeof value === 'string' ? /^(\d+(?:\.\d+)?) (?:per|in) (.+)$/.exec(value.trim()) : null
    if (match) {
      try {
        const perMs = parseDuration(match[2]!)
        if (perMs > 0) return { count: Number(match[1]), perMs }
      } catch (error) {
        if (!(error instanceof RangeError)) throw error
      }
    }
    return this.wrong(place, `${place.what} is ${describe(place.node)}, wanted a rate such as 12 per year`)
  }

  /** The items of a list; a single value counts as a list of one. */
  list(place: Place | undefined): readonly Place[] {
    if (!place) return []
    if (!isSeq(place.node)) return place.node === null ? [] : [place]
    return place.node.items.map((item, index) => {
      const node = (item as ParsedNode | null) ?? null
      return { node, what: `${place.what}[${index}]`, offset: node?.range?.[0] ?? place.offset }
    })
  }

  texts(place: Place | undefined): readonly string[] {
    return this.list(place).flatMap(item => this.text(item) ?? [])
  }
}

export function scalar(place: Place): unknown {
  return isScalar(place.node) ? place.node.value : undefined
}

/** A number or a truth value as it is written: `1.0` stays `1.0`. */
function source(place: Place): string | undefined {
  return isScalar(place.node) ? place.node.source : undefined
}

function describe(node: ParsedNode | null): string {
  if (node === null) return 'empty'
  if (isMap(node)) return 'a map'
  if (isSeq(node)) return 'a list'
  const value = (node as { value?: unknown }).value
  return value === null || value === undefined ? 'empty' : JSON.stringify(value)
}

function range(low: number, high: number): string {
  if (high === Number.POSITIVE_INFINITY) return low === Number.NEGATIVE_INFINITY ? '' : `of at least ${low}`
  return `from ${low} to ${high}`
}

function sentence(message: string): string {
  return message.replace(/ at line \d+, column \d+:?[\s\S]*$/, '')
}

/** The candidate that is fewest edits away, if that is near enough to be a slip of the pen. */
export function nearest(word: string, candidates: readonly string[]): string | undefined {
  let best: string | undefined
  let least = Math.max(2, Math.floor(word.length / 3)) + 1
  for (const candidate of candidates) {
    const distance = editDistance(word.toLowerCase(), candidate.toLowerCase())
    if (distance < least) {
      least = distance
      best = candidate
    }
  }
  return best
}

/** Levenshtein distance: insertions, deletions and substitutions that turn a into b. */
export function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      const substitution = row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1)
      next.push(Math.min(row[j]! + 1, next[j - 1]! + 1, substitution))
    }
    row = next
  }
  return row[b.length]!
}
