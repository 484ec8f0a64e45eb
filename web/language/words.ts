/** Types of the texts of the pages. */
import type { en } from './en.ts'
import type { PlacesOf, Value } from './message.ts'

export type Key = keyof typeof en

/** Keys of texts without places. */
export type PlainKey = { [K in Key]: [PlacesOf<(typeof en)[K]>] extends [never] ? K : never }[Key]

/** A text whose values are known: what pure functions of the pages answer. */
export interface Text {
  readonly key: Key
  readonly values?: Readonly<Record<string, Value>>
}

type Arguments<K extends Key> = [PlacesOf<(typeof en)[K]>] extends [never]
  ? []
  : [values: Readonly<Record<PlacesOf<(typeof en)[K]>, Value>>]

export interface Words {
  /** BCP 47. */
  readonly locale: string
  readonly t: <K extends Key>(key: K, ...values: Arguments<K>) => string
  /** A text that was made elsewhere. */
  readonly say: (text: Text) => string
  readonly number: (value: number | null | undefined, options?: Intl.NumberFormatOptions) => string
}
