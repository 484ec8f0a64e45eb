/**
 * Tables as people and screen readers expect them. Long ones render only the rows in sight and say how many there are.
 */
import { useVirtualizer } from '@tanstack/react-virtual'
import { type ReactNode, useRef } from 'react'

export interface Column<Row> {
  readonly key: string
  readonly header: ReactNode
  readonly cell: (row: Row) => ReactNode
  readonly number?: boolean
  /** Names the row. */
  readonly heads?: boolean
  readonly className?: (row: Row) => string | undefined
}

export interface TableProps<Row> {
  readonly caption: string
  /** The caption is for screen readers only where a heading says it already. */
  readonly captionHidden?: boolean
  readonly columns: readonly Column<Row>[]
  readonly rows: readonly Row[]
  readonly rowKey: (row: Row) => string
}

const rowHeight = 36
/** Beyond this many rows only those in sight are rendered. */
const longTable = 40

export function Table<Row>(props: TableProps<Row>) {
  return props.rows.length > longTable ? <LongTable {...props} /> : <ShortTable {...props} />
}

function ShortTable<Row>({ caption, captionHidden = true, columns, rows, rowKey }: TableProps<Row>) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls sideways must be reachable by keyboard
    <section className="table-frame" aria-label={caption} tabIndex={0}>
      <table>
        <caption className={captionHidden ? 'hidden-visually' : undefined}>{caption}</caption>
        <Head columns={columns} />
        <tbody>
          {rows.map(row => (
            <Cells key={rowKey(row)} row={row} columns={columns} />
          ))}
        </tbody>
      </table>
    </section>
  )
}

function LongTable<Row>({ caption, captionHidden = true, columns, rows, rowKey }: TableProps<Row>) {
  const frame = useRef<HTMLElement>(null)
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => frame.current,
    estimateSize: () => rowHeight,
    overscan: 12,
  })
  const items = virtual.getVirtualItems()
  const before = items[0]?.start ?? 0
  const after = virtual.getTotalSize() - (items.at(-1)?.end ?? 0)
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard
    <section ref={frame} className="table-frame tall" aria-label={caption} tabIndex={0}>
      <table aria-rowcount={rows.length + 1}>
        <caption className={captionHidden ? 'hidden-visually' : undefined}>{caption}</caption>
        <Head columns={columns} />
        <tbody>
          <Spacer height={before} columns={columns.length} />
          {items.map(item => {
            const row = rows[item.index]!
            return (
              <Cells
                key={rowKey(row)}
                row={row}
                columns={columns}
                index={item.index}
                measure={virtual.measureElement}
              />
            )
          })}
          <Spacer height={after} columns={columns.length} />
        </tbody>
      </table>
    </section>
  )
}

function Spacer({ height, columns }: { readonly height: number; readonly columns: number }) {
  if (height <= 0) return null
  return (
    // biome-ignore lint/a11y/noAriaHiddenOnFocusable: a row is not focusable
    <tr className="spacer" aria-hidden="true">
      <td colSpan={columns} style={{ height }} />
    </tr>
  )
}

function Head<Row>({ columns }: { readonly columns: readonly Column<Row>[] }) {
  return (
    <thead>
      <tr>
        {columns.map(column => (
          <th key={column.key} scope="col" className={column.number ? 'number' : undefined}>
            {column.header}
          </th>
        ))}
      </tr>
    </thead>
  )
}

function Cells<Row>({
  row,
  columns,
  index,
  measure,
}: {
  readonly row: Row
  readonly columns: readonly Column<Row>[]
  readonly index?: number
  readonly measure?: (element: HTMLTableRowElement | null) => void
}) {
  return (
    <tr ref={measure} data-index={index} aria-rowindex={index === undefined ? undefined : index + 2}>
      {columns.map(column => {
        const name = [column.number && 'number', column.className?.(row)].filter(Boolean).join(' ') || undefined
        return column.heads ? (
          <th key={column.key} scope="row" className={name}>
            {column.cell(row)}
          </th>
        ) : (
          <td key={column.key} className={name}>
            {column.cell(row)}
          </td>
        )
      })}
    </tr>
  )
}
