/**
 * Guards against other web pages: a request must name this server in its Host header (a page of another site that made
 * its name resolve to 127.0.0.1 does not), and a change that comes from a browser must come from our own pages.
 */
import { FalconerError } from '../base/errors.ts'

export function checkHost(host: string | undefined, allowed: ReadonlySet<string>): void {
  const name = hostName(host ?? '')
  if (name === undefined || !allowed.has(name)) {
    throw new FalconerError('not-allowed', `The Host header ${JSON.stringify(host ?? '')} is no name of this server.`, {
      fix: `Use ${[...allowed].join(', ')}, or start the server with --host-name for further names.`,
    })
  }
}

export function checkOrigin(method: string, origin: string | undefined, host: string | undefined): void {
  if (method === 'GET' || method === 'HEAD' || origin === undefined) return
  if (URL.canParse(origin) && new URL(origin).host === host) return
  throw new FalconerError('not-allowed', `A page of ${origin} may not change anything here.`)
}

/** Names by which a server bound to this address may be asked. */
export function hostNames(bound: string, further: readonly string[]): ReadonlySet<string> {
  const own = isLoopback(bound) ? ['127.0.0.1', 'localhost', '[::1]'] : [bound.includes(':') ? `[${bound}]` : bound]
  return new Set([...own, ...further].map(name => name.toLowerCase()))
}

export function isLoopback(address: string): boolean {
  return address === 'localhost' || address === '::1' || /^127(\.\d{1,3}){3}$/.test(address)
}

function hostName(host: string): string | undefined {
  return /^(\[[\da-f:.]+\]|[^:[\]/@\s]+)(:\d{1,5})?$/i.exec(host)?.[1]?.toLowerCase()
}
