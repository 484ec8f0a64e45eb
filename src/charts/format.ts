/** Numbers and dates in a chart, in an explicit language and zone. */
const numberFormats = new Map<string, Intl.NumberFormat>()
const dateFormats = new Map<string, Intl.DateTimeFormat>()

/** Numbers of a size that nobody reads in digits are written as powers of ten. */
export function formatNumber(value: number, locale: string, wanted: Intl.NumberFormatOptions = {}): string {
  const size = Math.abs(value)
  const options: Intl.NumberFormatOptions =
    size >= 1e9 || (size > 0 && size < 1e-6) ? { notation: 'scientific', maximumSignificantDigits: 3 } : wanted
  const key = `${locale} ${JSON.stringify(options)}`
  let format = numberFormats.get(key)
  if (format === undefined) {
    format = new Intl.NumberFormat(locale, options)
    numberFormats.set(key, format)
  }
  return format.format(value).replace(/^-/, '−')
}

export function formatDate(at: number, locale: string, zone: string, options: Intl.DateTimeFormatOptions): string {
  const key = `${locale} ${zone} ${JSON.stringify(options)}`
  let format = dateFormats.get(key)
  if (format === undefined) {
    format = new Intl.DateTimeFormat(locale, { ...options, timeZone: zone })
    dateFormats.set(key, format)
  }
  return format.format(at)
}

/** As many decimals as tell ticks apart that are `step` from one another. */
export function decimalsFor(step: number): number {
  return step > 0 ? Math.min(8, Math.max(0, -Math.floor(Math.log10(step) + 1e-9))) : 0
}
