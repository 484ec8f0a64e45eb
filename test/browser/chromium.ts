/** Debian's Chromium, without a window and without calls home. */
import { existsSync } from 'node:fs'
import { type Browser, chromium } from 'playwright-core'

export const chromiumPath = process.env.CHROMIUM ?? '/usr/bin/chromium'

/** Why browser tests cannot run here; false where they can. */
export const missing: string | false = existsSync(chromiumPath)
  ? false
  : `no Chromium at ${chromiumPath}: install the package chromium, or set CHROMIUM to its path`

export function launch(): Promise<Browser> {
  return chromium.launch({
    executablePath: chromiumPath,
    args: [
      '--headless=new',
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  })
}
