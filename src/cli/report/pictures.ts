/** Pictures of one column in both files: large with axes for a card, small for a table. */
import { bars, barsHeight } from '../../charts/bars.ts'
import { type DistributionsData, distributions, smallDistributions } from '../../charts/distributions.ts'
import type { ChartOptions } from '../../charts/options.ts'
import { present } from '../../statistics/profiles/sketch.ts'
import { type CategoryShare, type CategoryShares, categoryShares, changeOf } from './categoryShares.ts'
import type { ComparedColumn } from './compare.ts'
import { sharedHistogram } from './histogram.ts'
import { showIn, type Words } from './words.ts'

/** `id` is unique on the page, `finding` what the picture says. */
interface Caption {
  readonly id: string
  readonly finding: string
}

const cardWidth = 392

export interface CardPicture {
  readonly svg: string
  /** What is left out, and what the marks mean where the picture does not say it. */
  readonly note?: string
}

export function cardPicture(column: ComparedColumn, caption: Caption, say: Words): CardPicture {
  const categories = categoryShares(column)
  if (!categories) {
    const options = optionsOf(column, caption, say, { width: cardWidth, height: 168 })
    const labels = { reference: say.reference, current: say.current }
    return { svg: distributions(histogramOf(column, 28) ?? nothing, { ...options, labels }) }
  }
  const all = [...categories.named, ...othersOf(categories, say)]
  const shown = all.length <= mostBars ? all : all.toSorted((a, b) => changeOf(b) - changeOf(a)).slice(0, mostBars)
  const { percent } = showIn(say.locale)
  const rows = shown.map(({ name, reference, current }) => ({
    label: name,
    value: current,
    other: reference,
    note: say.instead(name, percent(current), percent(reference)),
  }))
  const size = { width: cardWidth, height: barsHeight(rows.length) }
  const format = { style: 'percent', maximumSignificantDigits: 2 } as const
  return {
    svg: bars(rows, { ...optionsOf(column, caption, say, size), format }),
    note: say.bars(rows.length, all.length),
  }
}

const mostBars = 7

export function cellPicture(column: ComparedColumn, caption: Caption, say: Words): string {
  const options = optionsOf(column, caption, say, { width: 132, height: 34 })
  const categories = categoryShares(column)
  if (!categories) return smallDistributions(histogramOf(column, 22) ?? nothing, options)
  const shown = [
    ...categories.named.slice(0, mostOutlined),
    ...othersOf(categories, say).filter(() => categories.others?.unseen),
  ]
  const data = {
    bins: { names: shown.map(({ name }) => name) },
    reference: shown.map(({ reference }) => reference),
    current: shown.map(({ current }) => current),
  }
  return smallDistributions(data, options)
}

const mostOutlined = 12

function othersOf({ others }: CategoryShares, { label }: Words): CategoryShare[] {
  return others ? [{ ...others, name: others.unseen ? label.unseen : label.other }] : []
}

const nothing: DistributionsData = { bins: { names: [] }, reference: [], current: [] }

function histogramOf({ samples, reference, current }: ComparedColumn, bins: number): DistributionsData | undefined {
  if (present(reference) + present(current) === 0) return undefined
  const shared = sharedHistogram(samples.reference, samples.current, { bins })
  return shared && { bins: { edges: shared.edges }, reference: shared.reference, current: shared.current }
}

function optionsOf(
  { name }: ComparedColumn,
  { id, finding }: Caption,
  { locale, label }: Words,
  size: { readonly width: number; readonly height: number },
): ChartOptions {
  return { id, ...size, locale, zone: 'UTC', title: name, finding, empty: label.nothing }
}
