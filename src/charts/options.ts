/** What every chart is told besides its data. Charts read no clock, locale or screen of their own. */
export interface ChartOptions {
  /** Prefix of all ids in the picture; unique on the page. */
  readonly id: string
  readonly width: number
  readonly height: number
  /** BCP 47, for numbers and dates. */
  readonly locale: string
  /** IANA zone in which days begin. */
  readonly zone: string
  /** What is shown. */
  readonly title: string
  /** One sentence: what the picture says. */
  readonly finding: string
  /** Said in place of a picture when there is nothing to draw, with the reason. */
  readonly empty: string
}

/** State of a thing in the ring. Drawn with a colour and a shape. */
export type State = 'ok' | 'busy' | 'attention' | 'broken' | 'idle'
