/** Names in falconer.yaml: what becomes part of an id or an address, and what becomes a name in SQL. */
import type { Place, YamlReader } from './yamlReader.ts'

/** Names that become parts of ids and addresses. */
export const plainName = /^[A-Za-z0-9][A-Za-z0-9_.-]*$/
/** Names that become names in SQL. */
export const viewName = /^[A-Za-z][A-Za-z0-9_]*$/

export function name(read: YamlReader, place: Place | undefined, pattern: RegExp): string | undefined {
  const text = read.text(place)
  if (text === undefined || pattern.test(text)) return text
  const wanted = pattern === viewName ? 'letters, digits and _' : 'letters, digits, - _ and .'
  return read.wrong(place!, `${place!.what} is ${JSON.stringify(text)}, wanted ${wanted}, a letter first`)
}
