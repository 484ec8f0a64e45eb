/** Names and texts inside SQL. Values of users are bound as parameters; only names and constants are written. */

/** A name as SQL writes it: `"wind ""gust"""`. */
export function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}

/** A text constant: `'O''Hare'`. */
export function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`
}
