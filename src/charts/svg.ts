/**
 * SVG as text. Coordinates have two decimals, attributes keep the order they are given in, all text is escaped: equal
 * input gives equal bytes, and nothing that comes from data can become markup.
 */

export type Attributes = Readonly<Record<string, string | number | undefined>>

/** Two decimals, no negative zero, no exponent. */
export function coordinate(x: number): string {
  if (!Number.isFinite(x)) throw new RangeError(`coordinate: must be finite, got ${x}`)
  const rounded = Math.round(x * 100) / 100
  return rounded === 0 ? '0' : String(rounded)
}

/** Text that is safe between tags and inside attributes. What XML 1.0 cannot hold becomes U+FFFD. */
export function escapeText(value: string): string {
  return (
    value
      .toWellFormed()
      // biome-ignore lint/suspicious/noControlCharactersInRegex: these are the characters that XML forbids
      .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, '\ufffd')
      .replace(/&/g, '&amp;')
      .replace(/</g, '&lt;')
      .replace(/>/g, '&gt;')
      .replace(/"/g, '&quot;')
      .replace(/'/g, '&#39;')
  )
}

/** One element. Attributes that are undefined are left out; content must already be markup. */
export function element(name: string, attributes: Attributes, ...content: readonly string[]): string {
  let open = `<${name}`
  for (const [key, value] of Object.entries(attributes)) {
    if (value === undefined) continue
    open += ` ${key}="${typeof value === 'number' ? coordinate(value) : escapeText(value)}"`
  }
  const inner = content.join('')
  return inner === '' ? `${open}/>` : `${open}>${inner}</${name}>`
}

/** Content in a link where there is an address (a path, a fragment or http), else the content alone. */
export function linked(href: string | undefined, ...content: readonly string[]): string {
  if (href === undefined) return content.join('')
  if (!/^(\/|#|https?:\/\/)/.test(href)) throw new RangeError(`linked: ${href} is no path, fragment or http address`)
  return element('a', { href }, ...content)
}
