/**
 * What a TypeScript file imports and which globals it touches, by lexing: comments, strings, templates and regular
 * expressions are recognised, types are not. Enough for the floor test, and needs no compiler.
 */

export interface Token {
  readonly kind: 'word' | 'text' | 'sign'
  /** The identifier, the content of the string, or the character. */
  readonly value: string
}

const wordStart = /[\p{ID_Start}$_#]/u
const word = /[\p{ID_Continue}$#]+/uy
const number = /(0[xob][\da-f_]+|[\d_]*\.?\d[\d_]*(e[+-]?\d+)?)n?\.?/iy
/** After these words a slash begins a regular expression, after other words it divides. */
const beforeExpression = new Set([
  'return',
  'typeof',
  'case',
  'in',
  'of',
  'delete',
  'void',
  'throw',
  'new',
  'do',
  'else',
  'await',
  'yield',
])

/** The tokens of a file. A template is a text token per fixed part, with the tokens of its expressions between them. */
export function tokens(source: string): Token[] {
  const found: Token[] = []
  /** Depth of braces at which each open template expression ends. */
  const templates: number[] = []
  let depth = 0
  let at = 0

  const template = (): void => {
    let text = ''
    while (at < source.length) {
      const c = source[at]!
      if (c === '\\') {
        text += source[at + 1] ?? ''
        at += 2
      } else if (c === '`') {
        at++
        break
      } else if (c === '$' && source[at + 1] === '{') {
        at += 2
        templates.push(depth++)
        break
      } else {
        text += c
        at++
      }
    }
    found.push({ kind: 'text', value: text })
  }

  while (at < source.length) {
    const c = source[at]!
    if (/\s/.test(c)) at++
    else if (c === '/' && source[at + 1] === '/') at = lineEnd(source, at)
    else if (c === '/' && source[at + 1] === '*') at = source.indexOf('*/', at + 2) + 2 || source.length
    else if (c === '"' || c === "'") {
      const end = stringEnd(source, at)
      found.push({ kind: 'text', value: source.slice(at + 1, end - 1) })
      at = end
    } else if (c === '`') {
      at++
      template()
    } else if (c === '}' && templates.at(-1) === depth - 1) {
      depth = templates.pop()!
      at++
      template()
    } else if (c === '/' && startsExpression(found.at(-1))) {
      at = regexEnd(source, at)
      found.push({ kind: 'sign', value: '/' })
      found.push({ kind: 'sign', value: ')' })
    } else if (wordStart.test(c)) {
      word.lastIndex = at
      const value = word.exec(source)?.[0] ?? c
      found.push({ kind: 'word', value })
      at += value.length
    } else if (/\d/.test(c)) {
      number.lastIndex = at
      at += number.exec(source)?.[0].length ?? 1
      found.push({ kind: 'word', value: '0' })
    } else {
      if (c === '{') depth++
      if (c === '}') depth--
      found.push({ kind: 'sign', value: c })
      at++
    }
  }
  return found
}

/** Every module a file names: static, type-only, re-exported, dynamic and `import('…')` types. '?' where it is computed. */
export function imports(of: readonly Token[]): string[] {
  const found: string[] = []
  for (let i = 0; i < of.length; i++) {
    const token = of[i]!
    if (token.kind !== 'word' || of[i - 1]?.value === '.') continue
    if (token.value === 'import' && isSign(of[i + 1], '.')) continue
    if ((token.value === 'import' || token.value === 'require') && isSign(of[i + 1], '(')) {
      found.push(of[i + 2]?.kind === 'text' && !isSign(of[i + 3], '+') ? of[i + 2]!.value : '?')
    } else if (token.value === 'import' && of[i + 1]?.kind === 'text') {
      found.push(of[i + 1]!.value)
    } else if (token.value === 'import' || token.value === 'export') {
      const name = moduleOfClause(of, i + 1)
      if (name !== undefined) found.push(name)
    }
  }
  return found
}

/** `{ a, type b } from 'x'`, `* as n from 'x'`, `type { A } from 'x'`; undefined where the export names no module. */
function moduleOfClause(of: readonly Token[], start: number): string | undefined {
  for (let i = start; i < of.length; i++) {
    const token = of[i]!
    if (token.kind === 'word' && token.value === 'from' && of[i + 1]?.kind === 'text') return of[i + 1]!.value
    const inClause = token.kind === 'word' || token.kind === 'text' || '{},*'.includes(token.value)
    const declares = /^(const|let|var|function|class|interface|default|async|declare|abstract)$/.test(token.value)
    if (!inClause || (token.kind === 'word' && declares && i === start)) return undefined
  }
  return undefined
}

function isSign(token: Token | undefined, value: string): boolean {
  return token?.kind === 'sign' && token.value === value
}

function startsExpression(before: Token | undefined): boolean {
  if (!before) return true
  if (before.kind === 'text') return false
  if (before.kind === 'word') return beforeExpression.has(before.value)
  return !')]}'.includes(before.value)
}

function lineEnd(source: string, from: number): number {
  const end = source.indexOf('\n', from)
  return end < 0 ? source.length : end
}

function stringEnd(source: string, from: number): number {
  const quote = source[from]
  let at = from + 1
  while (at < source.length && source[at] !== quote) at += source[at] === '\\' ? 2 : 1
  return at + 1
}

function regexEnd(source: string, from: number): number {
  let inClass = false
  let at = from + 1
  while (at < source.length) {
    const c = source[at]
    if (c === '\\') at++
    else if (c === '[') inClass = true
    else if (c === ']') inClass = false
    else if (c === '/' && !inClass) break
    at++
  }
  return at + 1
}
