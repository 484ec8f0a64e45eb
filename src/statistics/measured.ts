/** A number that may be undefined, with the reason: never 0 or NaN in its place. */
export type Measured =
  | { readonly value: number; readonly reason?: undefined }
  | { readonly value?: undefined; readonly reason: string }

export function measured(value: number): Measured {
  return { value }
}

export function undefinedBecause(reason: string): Measured {
  return { reason }
}

/** a / b, undefined with the reason where b is 0. */
export function ratio(a: number, b: number, reasonIfZero: string): Measured {
  return b === 0 ? undefinedBecause(reasonIfZero) : measured(a / b)
}
