/** What a helper thread runs: see `threads.ts`. */
import { type HelpData, serve } from './threads.ts'

export function help(data: unknown): void {
  // The only caller is `together`, which made the data.
  serve(data as HelpData)
}
