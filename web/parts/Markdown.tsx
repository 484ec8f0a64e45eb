/** A model card on the page. Its headings go below those of the page. */
import { createElement, type ReactNode } from 'react'
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
      return (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls sideways must be reachable by keyboard
        <section key={key} className="table-frame" tabIndex={0} aria-label={block.head.map(plainText).join(', ')}>
          <table>
            <thead>
              <tr>
                {block.head.map((cell, i) => (
                  // biome-ignore lint/suspicious/noArrayIndexKey: a text that does not change
                  <th key={i} scope="col">
                    {render(cell)}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {block.rows.map((row, i) => (
                // biome-ignore lint/suspicious/noArrayIndexKey: a text that does not change
                <tr key={i}>
                  {row.map((cell, j) => (
                    // biome-ignore lint/suspicious/noArrayIndexKey: a text that does not change
                    <td key={j}>{render(cell)}</td>
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
        </section>
      )
  }
}

function render(content: readonly Inline[]): ReactNode[] {
  return content.map((part, i) => {
    switch (part.kind) {
      case 'text':
        return part.text
      case 'code':
        // biome-ignore lint/suspicious/noArrayIndexKey: a text that does not change
        return <code key={i}>{part.text}</code>
      case 'strong':
        // biome-ignore lint/suspicious/noArrayIndexKey: a text that does not change
        return <strong key={i}>{render(part.content)}</strong>
      case 'emphasis':
        // biome-ignore lint/suspicious/noArrayIndexKey: a text that does not change
        return <em key={i}>{render(part.content)}</em>
      case 'link':
        return (
          // biome-ignore lint/suspicious/noArrayIndexKey: a text that does not change
          <a key={i} href={part.href}>
            {render(part.content)}
          </a>
        )
    }
  })
}

function plainText(content: readonly Inline[]): string {
  return content.map(part => ('text' in part ? part.text : plainText(part.content))).join('')
}
