/**
 * Colours by meaning. A chart names a token; a page may set the CSS variable, a file on its own prints the fallback.
 * The test holds them to the contrasts of WCAG 2.2 and to being told apart under three kinds of colour blindness.
 */

/** On white: also what a printed or saved picture uses. */
export const light = {
  surface: '#ffffff',
  ink: '#17202b',
  muted: '#566273',
  grid: '#e2e7ec',
  band: '#eaf3f1',
  series: '#0b5cad',
  reference: '#6c7683',
  ok: '#0c7a6b',
  busy: '#2a62d8',
  attention: '#a85a00',
  broken: '#b3261e',
  idle: '#8a94a1',
  more: '#a85a00',
  less: '#1f6fb5',
} as const

export type Token = keyof typeof light

export const dark: Readonly<Record<Token, string>> = {
  surface: '#151b23',
  ink: '#e6ebf1',
  muted: '#9aa6b5',
  grid: '#2a333f',
  band: '#19302f',
  series: '#6db3f8',
  reference: '#97a3b2',
  ok: '#3fc1a8',
  busy: '#7ba4ff',
  attention: '#f0ab4a',
  broken: '#ff7f73',
  idle: '#6f7b8a',
  more: '#f0ab4a',
  less: '#6db3f8',
}

/** The token as a value for `fill` and `stroke`. */
export function colour(token: Token): string {
  return `var(--chart-${token}, ${light[token]})`
}

/** Declarations for a style sheet: `--chart-ink: #17202b; …`. */
export function paletteDeclarations(palette: Readonly<Record<Token, string>>): string[] {
  return Object.entries(palette).map(([token, value]) => `--chart-${token}: ${value};`)
}
