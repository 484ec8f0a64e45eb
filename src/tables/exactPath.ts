/** A path as DuckDB takes it where it would otherwise look for a pattern: `a[[]1].csv` is the file `a[1].csv`. */
export function exactPath(path: string): string {
  return path.replaceAll(/[*?[]/g, character => `[${character}]`)
}
