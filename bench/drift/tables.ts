/** Tables for the speed of drift: three numbers to one category, half of the columns a little moved; written once. */
import { existsSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { duckTables } from '../../src/tables/duckTables.ts'

const normal = '(sqrt(-2 * ln(1 - random())) * cos(2 * pi() * random()))'

/** Paths of the reference and of the current table, as Parquet. */
export async function speedTables(folder: string, rows: number, columns: number): Promise<readonly [string, string]> {
  mkdirSync(folder, { recursive: true })
  const paths = ['reference', 'current'].map(side => join(folder, `${side}-${rows}-${columns}.parquet`))
  for (const [side, path] of paths.entries()) {
    if (existsSync(path)) continue
    // One thread: random() is the same from run to run.
    const tables = await duckTables({ threads: 1, memoryLimit: '4GB' })
    await tables.query(`select setseed(${side === 0 ? 0.1 : 0.2})`)
    const fields = Array.from({ length: columns }, (_, c) => `${cellOf(c, side)} as c${c}`)
    await tables.write(`select ${fields.join(', ')} from range(${rows})`, path)
    await tables.close()
  }
  return paths as [string, string]
}

function cellOf(column: number, side: number): string {
  const shift = side === 1 && column % 2 === 1 ? 0.05 : 0
  switch (column % 8) {
    case 3:
      return `'c' || floor(5 * random() ** (1 + ${shift}))::int`
    case 7:
      return `'c' || floor(30 * random() ** (2 + ${shift}))::int`
    case 1:
      return `exp(${normal} + ${shift})`
    case 5:
      return `floor(100 * random() ** (1 + ${shift}))`
    default:
      return `${normal} + ${shift}`
  }
}
