/** Tables that are stored size by size, so that a long run can be made in parts. */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { sizes } from './laws.ts'

/** The sizes to run: those named as `1000/100`, or all. */
export function sizesOf(names: readonly string[]): readonly (readonly [number, number])[] {
  return names.length === 0 ? sizes : sizes.filter(([n, m]) => names.includes(`${n}/${m}`))
}

/** What an earlier run has stored by size; nothing where there was none. */
export function readStored<T extends Record<string, unknown>>(name: string): T {
  const path = join(import.meta.dirname, name)
  if (!existsSync(path)) return {} as T
  return (JSON.parse(readFileSync(path, 'utf8')) as { sizes: T }).sizes
}

/** Sizes in the order of the laws, whichever ran first. */
export function inOrder<T>(stored: Record<string, T>): Record<string, T> {
  return Object.fromEntries(
    sizes.flatMap(([n, m]) => (`${n}/${m}` in stored ? [[`${n}/${m}`, stored[`${n}/${m}`]!]] : [])),
  )
}
