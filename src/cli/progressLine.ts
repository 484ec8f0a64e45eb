/** How far the reading of a long file is: one line on a terminal that is written over, nothing elsewhere. */
import { basename } from 'node:path'

export interface ProgressLine {
  tell(file: string, rows: number, of: number | undefined): void
  /** Takes the line away. */
  end(): void
}

/** A reading that is done within this time needs no word. */
const silentMs = 1000
const everyMs = 200

export function progressLine(): ProgressLine {
  if (!process.stderr.isTTY) return { tell: () => {}, end: () => {} }
  let next = performance.now() + silentMs
  let shown = false
  return {
    tell(file, rows, of) {
      if (performance.now() < next) return
      next = performance.now() + everyMs
      shown = true
      const share = of ? `${Math.floor((100 * rows) / of)} %` : `${rows} rows`
      process.stderr.write(`\r\u001b[Kreading ${basename(file)}: ${share}`)
    },
    end() {
      if (shown) process.stderr.write('\r\u001b[K')
      shown = false
    },
  }
}
