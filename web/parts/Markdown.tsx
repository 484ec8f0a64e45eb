/** A model card on the page. Its headings go below those of the page. */
import { createElement, Fragment, type ReactNode } from 'react'
import { type Block, type Inline, parseMarkdown } from './markdown.ts'

export function Markdown({ text }: { readonly text: string }) {
  return <div className="markdown">{parseMarkdown(text).map((block, i) => renderBlock(block, i))}</div>
}

function renderBlock(block: Block, key: number): ReactNode {
  switch (block.kind) {
    case 'heading':
      return createElement(`h${Math.min(6, block.level + 2)}`, { key }, ...render(block.content))
    case 'paragraph':
      return <p key={key}>{render(block.content)}</p>
    case 'code':
      return <pre key={key}>{block.text}</pre>
    case 'rule':
      return <hr key={key} />
    case 'list':
      return createElement(
        block.ordered ? 'ol' : 'ul',
        { key },
        // biome-ignore lint/suspicious/noArrayIndexKey: a text that does not change
        ...block.items.map((item, i) => <li key={i}>{render(item)}</li>),
      )
    case 'table':
      return <MarkdownTable key={key} head={block.head} rows={block.rows} />
  }
}

function MarkdownTable({ head, rows }: Pick<Extract<Block, { kind: 'table' }>, 'head' | 'rows'>) {
  const named = head.some(cell => cell.length > 0)
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls sideways must be reachable by keyboard
    <section className="table-frame" tabIndex={0} aria-label={plainText(head.flat()) || plainText(rows[0]?.[0] ?? [])}>
      <table>
        {named && (
          <thead>
            <tr>
              {head.map((cell, i) => (
                // biome-ignore lint/suspicious/noArrayIndexKey: a text that does not change
                <th key={i} scope="col">
                  {render(cell)}
                </th>
              ))}
            </tr>
          </thead>
        )}
        <tbody>
          {rows.map((row, i) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: a text that does not change
            <tr key={i}>
              {row.map((cell, j) =>
                // The first cell names the row where no head names the columns.
                named || j > 0 ? (
                  // biome-ignore lint/suspicious/noArrayIndexKey: a text that does not change
                  <td key={j}>{render(cell)}</td>
                ) : (
                  // biome-ignore lint/suspicious/noArrayIndexKey: a text that does not change
                  <th key={j} scope="row">
                    {render(cell)}
                  </th>
                ),
              )}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  )
}

function render(content: readonly Inline[]): ReactNode[] {
  // biome-ignore lint/suspicious/noArrayIndexKey: a text that does not change
  return content.map((part, i) => <Fragment key={i}>{renderInline(part)}</Fragment>)
}

function renderInline(part: Inline): ReactNode {
  switch (part.kind) {
    case 'text':
      return part.text
    case 'code':
      return <code>{part.text}</code>
    case 'strong':
      return <strong>{render(part.content)}</strong>
    case 'emphasis':
      return <em>{render(part.content)}</em>
    case 'link':
      return <a href={part.href}>{render(part.content)}</a>
  }
}

function plainText(content: readonly Inline[]): string {
  return content.map(part => ('text' in part ? part.text : plainText(part.content))).join('')
}
