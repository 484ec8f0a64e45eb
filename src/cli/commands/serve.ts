/** `falconer serve`: the server, until a signal ends it. */

import { interrupted } from '../interrupt.ts'
import { say } from '../terminal.ts'
import type { ServeOptions, Tools } from '../tools.ts'

interface ServeCommand extends ServeOptions {
  readonly hostName: readonly string[]
  readonly json: boolean
  /** For a program that starts a server of its own: the server does not outlive it. */
  readonly endWithStdin: boolean
}

export async function serve(options: ServeCommand, tools: Tools): Promise<number> {
  const server = await tools.serve({ ...options, hostNames: options.hostName })
  const { url, signInLink, adminKey } = server
  if (options.json) {
    process.stdout.write(`${JSON.stringify({ url, signInLink, adminKey, pid: process.pid })}\n`)
  } else {
    say(`Falconer listens at ${url}`)
    say(`Sign in once, within ten minutes: ${signInLink}`)
    if (adminKey) say(`Admin key, shown only now: ${adminKey}`)
  }
  const signal = await Promise.race([interrupted(), ...(options.endWithStdin ? [stdinEnded()] : [])])
  await server.close()
  return signal === 'SIGINT' ? 130 : 0
}

function stdinEnded(): Promise<'SIGTERM'> {
  return new Promise(resolve => {
    process.stdin.resume()
    process.stdin.once('end', () => resolve('SIGTERM'))
    process.stdin.once('error', () => resolve('SIGTERM'))
  })
}
