/**
 * A chart from `src/charts` at the width that the page has for it, with the same facts as a table below. The chart is
 * text made from data; its functions escape all that comes from data, which their tests show.
 */
import { useRouter } from '@tanstack/react-router'
import { type MouseEvent, type ReactNode, useId, useLayoutEffect, useMemo, useRef, useState } from 'react'
import type { ChartOptions } from '../../src/charts/options.ts'
import { useWords } from '../language/language.tsx'
import { plain } from './Go.tsx'

export interface ChartProps {
  readonly title: string
  readonly finding: string
  readonly empty: string
  readonly zone: string
  /** In pixels, or from the width. */
  readonly height: number | ((width: number) => number)
  readonly draw: (options: ChartOptions) => string
  /** The same facts as a table. */
  readonly table?: ReactNode
}

export function Chart({ title, finding, empty, zone, height, draw, table }: ChartProps) {
  const { locale, t } = useWords()
  const router = useRouter()
  const id = useId().replace(/[^a-zA-Z0-9_-]/g, '')
  const frame = useRef<HTMLDivElement>(null)
  const [width, setWidth] = useState(0)

  useLayoutEffect(() => {
    const element = frame.current
    if (!element) return
    const measure = () => setWidth(Math.floor(element.clientWidth))
    measure()
    const observer = new ResizeObserver(measure)
    observer.observe(element)
    return () => observer.disconnect()
  }, [])

  const tall = typeof height === 'number' ? height : height(width)
  const html = useMemo(
    () => (width < 40 ? '' : draw({ id, width, height: tall, locale, zone, title, finding, empty })),
    [draw, id, width, tall, locale, zone, title, finding, empty],
  )
  const follow = (event: MouseEvent) => {
    const href = (event.target as Element).closest('a')?.getAttribute('href')
    if (!href?.startsWith('/') || !plain(event)) return
    event.preventDefault()
    router.history.push(href)
  }
  return (
    <figure>
      {/* biome-ignore lint/a11y/noStaticElementInteractions: only follows the links inside */}
      {/* biome-ignore lint/a11y/useKeyWithClickEvents: links answer to the keyboard by themselves */}
      <div
        ref={frame}
        className="chart"
        style={{ minHeight: tall }}
        onClick={follow}
        // biome-ignore lint/security/noDangerouslySetInnerHtml: charts escape what comes from data
        dangerouslySetInnerHTML={{ __html: html }}
      />
      {table !== undefined && (
        <details className="alternative">
          <summary>{t('chart.asTable')}</summary>
          {table}
        </details>
      )}
    </figure>
  )
}

/** A picture the size of a word, at a fixed width. */
export function SmallChart(
  props: Omit<ChartProps, 'height' | 'table'> & { readonly width: number; readonly height: number },
) {
  const { locale } = useWords()
  const id = useId().replace(/[^a-zA-Z0-9_-]/g, '')
  const { draw, width, height, title, finding, empty, zone } = props
  const html = useMemo(
    () => draw({ id, width, height, locale, zone, title, finding, empty }),
    [draw, id, width, height, locale, zone, title, finding, empty],
  )
  // biome-ignore lint/security/noDangerouslySetInnerHtml: charts escape what comes from data
  return <span className="chart small" dangerouslySetInnerHTML={{ __html: html }} />
}
