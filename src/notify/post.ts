/** One POST to an address that a project gave: bounded in time, without redirects, never to a link-local address. */
import { lookup } from 'node:dns'
import { request as requestHttp } from 'node:http'
import { request as requestHttps } from 'node:https'
import { BlockList, isIP, type LookupFunction } from 'node:net'
import { FalconerError } from '../base/errors.ts'

/** Where clouds hand out credentials to whoever asks from the machine itself. */
const linkLocal = new BlockList()
linkLocal.addSubnet('169.254.0.0', 16, 'ipv4')
linkLocal.addSubnet('fe80::', 10, 'ipv6')

/**
 * Resolves when the other side answers 2xx. Errors name the host, never the whole address, which may hold a secret:
 * `bad-config` for an address that is none or is gone (410), else `unavailable`.
 */
export async function post(
  address: string,
  headers: Readonly<Record<string, string>>,
  body: string,
  timeoutMs: number,
): Promise<void> {
  const url = URL.canParse(address) ? new URL(address) : undefined
  if (!url || !/^https?:$/.test(url.protocol)) {
    throw new FalconerError('bad-config', 'The address to post to is no http or https address.', {
      fix: 'Correct it; for a secret, in the environment variable that it names.',
    })
  }
  const host = url.hostname.replace(/^\[|\]$/g, '')
  if (isIP(host)) refuseLinkLocal(host)
  const status = await send(url, headers, body, timeoutMs)
  if (status >= 200 && status < 300) return
  if (status === 410) throw new FalconerError('bad-config', `${url.host} says that this address is gone (410).`)
  const moved = status >= 300 && status < 400 ? '; redirects are not followed' : ''
  throw new FalconerError('unavailable', `${url.host} answered ${status}${moved}.`)
}

function send(url: URL, headers: Readonly<Record<string, string>>, body: string, timeoutMs: number): Promise<number> {
  const request = url.protocol === 'https:' ? requestHttps : requestHttp
  const signal = AbortSignal.timeout(timeoutMs)
  return new Promise((resolve, reject) => {
    const fail = (error: Error): void => {
      const why = signal.aborted
        ? `has not answered within ${timeoutMs / 1000} s`
        : `cannot be reached (${error.message})`
      reject(error instanceof FalconerError ? error : new FalconerError('unavailable', `${url.host} ${why}.`))
    }
    const sent = request(
      url,
      {
        method: 'POST',
        headers: { ...headers, 'content-length': String(Buffer.byteLength(body)) },
        lookup: lookupAllowed,
        signal,
      },
      response => {
        response.resume()
        response.on('error', fail)
        resolve(response.statusCode ?? 0)
      },
    )
    sent.on('error', fail)
    sent.end(body)
  })
}

/** The check is made on the address that is connected to, whatever a name resolved to before. */
const lookupAllowed: LookupFunction = (hostname, options, callback) => {
  lookup(hostname, options, (error, address, family) => {
    if (error) return callback(error, address, family)
    try {
      for (const found of typeof address === 'string' ? [address] : address.map(entry => entry.address)) {
        refuseLinkLocal(found)
      }
    } catch (refused) {
      return callback(refused as NodeJS.ErrnoException, address, family)
    }
    callback(null, address, family)
  })
}

function refuseLinkLocal(ip: string): void {
  // An IPv4 address in IPv6 notation is found by the rule for IPv4.
  if (!linkLocal.check(ip, isIP(ip) === 6 ? 'ipv6' : 'ipv4')) return
  throw new FalconerError('bad-config', `${ip} is a link-local address; nothing is posted to those.`, {
    fix: 'Give the address of the service that shall hear of it.',
  })
}
