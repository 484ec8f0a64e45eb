/**
 * What is printed where: data on stdout (a table on a terminal, tab-separated in a pipe, one JSON value with --json),
 * talk on stderr. Colours only where the terminal wants them.
 */
import picocolors from 'picocolors'
import { asFalconerError, FalconerError } from '../base/errors.ts'

export const colours = picocolors.createColors(wantsColour())

export interface Output {
  readonly json: boolean
}

/** Prints the answer of a command: `value` as JSON, or the lines made from it. */
export function print(output: Output, value: unknown, lines: () => readonly string[]): void {
  process.stdout.write(output.json ? `${JSON.stringify(value, undefined, 2)}\n` : `${lines().join('\n')}\n`)
}

export function say(text: string): void {
  process.stderr.write(`${text}\n`)
}

/** Prints an error with its remedy; answers the exit code. */
export function fail(thrown: unknown, output: Output): number {
  const error = asFalconerError(thrown)
  if (output.json) {
    const { code, message: detail, title, fix, findings } = error
    process.stderr.write(`${JSON.stringify({ error: { code, title, detail, fix, findings } })}\n`)
    return error.exit
  }
  say(`${colours.red('error')}: ${error.message}`)
  for (const { at, text } of error.findings) say(`  ${colours.bold(at)} ${text}`)
  say(`${colours.green('fix')}: ${error.fix}`)
  if (error.code === 'internal' && process.env.FALCONER_DEBUG && error.cause instanceof Error)
    say(error.cause.stack ?? '')
  return error.exit
}

/** Rows under their headings: aligned on a terminal, tab-separated in a pipe. */
export function rows(headings: readonly string[], cells: readonly (readonly unknown[])[]): string[] {
  const isTerminal = process.stdout.isTTY === true
  const all = [headings, ...cells.map(row => row.map(cell => text(cell, isTerminal)))]
  if (!isTerminal) return all.map(row => row.join('\t'))
  const widths = headings.map((_, i) => Math.max(...all.map(row => row[i]!.length)))
  const numeric = headings.map((_, i) => cells.every(row => typeof row[i] === 'number' || row[i] === undefined))
  return all.map(row =>
    row
      .map((cell, i) => (numeric[i] ? cell.padStart(widths[i]!) : cell.padEnd(widths[i]!)))
      .join('  ')
      .trimEnd(),
  )
}

/** A number as people read it: four significant digits after the point, integers whole. */
export function figure(value: number | null | undefined, digits = 4): string {
  if (value === null || value === undefined || Number.isNaN(value)) return '-'
  return Number.isInteger(value) ? String(value) : value.toFixed(digits)
}

/** A wrong use of the command line. */
export function usage(detail: string, fix: string): FalconerError {
  return new FalconerError('bad-input', detail, { fix })
}

/** Rounded for people, exact for programs. */
function text(cell: unknown, rounded: boolean): string {
  if (cell === undefined || cell === null) return '-'
  if (typeof cell === 'number') return rounded ? figure(cell) : String(cell)
  return String(cell).replaceAll(/[\t\n\r]/g, ' ')
}

/** Colours are for talk, which goes to stderr. */
function wantsColour(): boolean {
  const { NO_COLOR, FORCE_COLOR } = process.env
  if (NO_COLOR) return false
  return FORCE_COLOR !== undefined ? FORCE_COLOR !== '0' : process.stderr.isTTY === true
}
