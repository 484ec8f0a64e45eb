/**
 * The Markdown that model cards are written in, as a tree: headings, paragraphs, lists, tables, code, emphasis, links.
 * HTML in the text stays text.
 */

export type Inline =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'code'; readonly text: string }
  | { readonly kind: 'strong'; readonly content: readonly Inline[] }
  | { readonly kind: 'emphasis'; readonly content: readonly Inline[] }
  | { readonly kind: 'link'; readonly href: string; readonly content: readonly Inline[] }

export type Block =
  | { readonly kind: 'heading'; readonly level: number; readonly content: readonly Inline[] }
  | { readonly kind: 'paragraph'; readonly content: readonly Inline[] }
  | { readonly kind: 'list'; readonly ordered: boolean; readonly items: readonly (readonly Inline[])[] }
  | {
      readonly kind: 'table'
      readonly head: readonly (readonly Inline[])[]
      readonly rows: readonly (readonly (readonly Inline[])[])[]
    }
  | { readonly kind: 'code'; readonly text: string }
  | { readonly kind: 'rule' }

const listItem = /^\s*(?:[-*+]|(\d+)[.)])\s+(.*)$/
const tableRule = /^\s*\|?\s*:?-+:?\s*(\|\s*:?-+:?\s*)*\|?\s*$/

export function parseMarkdown(source: string): Block[] {
  // Front matter is for programs.
  const lines = source.replace(/^---\n[\s\S]*?\n---\n/, '').split(/\r?\n/)
  const blocks: Block[] = []
  let i = 0
  while (i < lines.length) {
    const line = lines[i]!
    const heading = /^(#{1,6})\s+(.*?)\s*#*$/.exec(line)
    if (line.trim() === '') i++
    else if (line.startsWith('```')) {
      const end = lines.findIndex((l, j) => j > i && l.startsWith('```'))
      const stop = end < 0 ? lines.length : end
      blocks.push({ kind: 'code', text: lines.slice(i + 1, stop).join('\n') })
      i = stop + 1
    } else if (heading) {
      blocks.push({ kind: 'heading', level: heading[1]!.length, content: parseInline(heading[2]!) })
      i++
    } else if (/^\s*([-*_])(\s*\1){2,}\s*$/.test(line)) {
      blocks.push({ kind: 'rule' })
      i++
    } else if (line.includes('|') && tableRule.test(lines[i + 1] ?? '')) {
      const head = cells(line)
      const rows: Inline[][][] = []
      for (i += 2; i < lines.length && lines[i]!.includes('|'); i++) rows.push(cells(lines[i]!))
      blocks.push({ kind: 'table', head, rows })
    } else if (listItem.test(line)) {
      const ordered = listItem.exec(line)![1] !== undefined
      const items: string[] = []
      for (; i < lines.length && lines[i]!.trim() !== ''; i++) {
        const item = listItem.exec(lines[i]!)
        if (item) items.push(item[2]!)
        else items[items.length - 1] += ` ${lines[i]!.trim()}`
      }
      blocks.push({ kind: 'list', ordered, items: items.map(parseInline) })
    } else {
      const start = i
      while (
        i < lines.length &&
        lines[i]!.trim() !== '' &&
        !/^(#{1,6}\s|```)/.test(lines[i]!) &&
        !(i > start && listItem.test(lines[i]!))
      )
        i++
      blocks.push({ kind: 'paragraph', content: parseInline(lines.slice(start, i).join(' ')) })
    }
  }
  return blocks
}

function cells(line: string): Inline[][] {
  return line
    .trim()
    .replace(/^\||\|$/g, '')
    .split(/(?<!\\)\|/)
    .map(cell => parseInline(cell.trim().replaceAll('\\|', '|')))
}

const inlinePattern =
  /`([^`]+)`|\*\*(.+?)\*\*|\*(?!\s)([^*]+?)\*|(?<![\w])_(?!\s)([^_]+?)_(?![\w])|\[([^\]]+)\]\(([^)\s]+)\)/g

export function parseInline(text: string): Inline[] {
  const parts: Inline[] = []
  let at = 0
  for (const match of text.matchAll(inlinePattern)) {
    if (match.index > at) parts.push({ kind: 'text', text: text.slice(at, match.index) })
    const [whole, code, strong, star, under, name, href] = match
    const emphasis = star ?? under
    if (code !== undefined) parts.push({ kind: 'code', text: code })
    else if (strong !== undefined) parts.push({ kind: 'strong', content: parseInline(strong) })
    else if (emphasis !== undefined) parts.push({ kind: 'emphasis', content: parseInline(emphasis) })
    else if (/^(https?:\/\/|\/|#)/.test(href!)) parts.push({ kind: 'link', href: href!, content: parseInline(name!) })
    else parts.push({ kind: 'text', text: whole })
    at = match.index + whole.length
  }
  if (at < text.length) parts.push({ kind: 'text', text: text.slice(at) })
  return parts
}
