/** `falconer serve`: the server, until a signal ends it. */

import { interrupted } from '../interrupt.ts'
import { say } from '../terminal.ts'
import type { ServeOptions, Tools } from '../tools.ts'

export async function serve(options: ServeOptions & { hostName: readonly string[]; json: boolean }, tools: Tools) {
  const server = await tools.serve({ ...options, hostNames: options.hostName })
  const { url, signInLink, adminKey } = server
  if (options.json) {
    process.stdout.write(`${JSON.stringify({ url, signInLink, adminKey, pid: process.pid })}\n`)
  } else {
    say(`Falconer listens at ${url}`)
    say(`Sign in once, within ten minutes: ${signInLink}`)
    if (adminKey) say(`Admin key, shown only now: ${adminKey}`)
  }
  const signal = await interrupted()
  await server.close()
  return signal === 'SIGINT' ? 130 : 0
}
