/** Names and texts inside SQL. Values of users are bound as parameters; only names, paths and constants are written. */

/** A name as SQL writes it: `"wind ""gust"""`. */
export function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}

/** A text constant: `'O''Hare'`. */
export function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`
}

/** A path as DuckDB takes it where it would otherwise look for a pattern: `a[[]1].csv` is the file `a[1].csv`. */
export function exactPath(path: string): string {
  return path.replaceAll(/[*?[]/g, character => `[${character}]`)
}
