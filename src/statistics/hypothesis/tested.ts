export interface TestResult {
  readonly statistic: number
  readonly p: number
}

/** A test, or the reason why it cannot be made. */
export type Tested =
  | { readonly result: TestResult; readonly reason?: undefined }
  | { readonly result?: undefined; readonly reason: string }

/** The reason where a sample has fewer values than a test needs. */
export function tooFew(sizes: readonly number[], least: number): { readonly reason: string } | undefined {
  if (sizes.every(size => size >= least)) return undefined
  return { reason: `${sizes.join(' and ')} values, ${least} are needed on each side` }
}
