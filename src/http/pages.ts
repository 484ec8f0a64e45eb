/** Sends the pages: named files unchanged for a year, the page itself always asked for anew, paths of the app as the page. */
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import fastifyStatic from '@fastify/static'
import type { FastifyInstance, FastifyReply } from 'fastify'

const contentPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  // Dialogs and virtual lists position themselves with style attributes.
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "font-src 'self'",
  "connect-src 'self'",
  "manifest-src 'self'",
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'",
].join('; ')

export const securityHeaders: Readonly<Record<string, string>> = {
  'content-security-policy': contentPolicy,
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': 'camera=(), microphone=(), geolocation=()',
}

const notBuilt = `<!doctype html><meta charset="utf-8"><title>Falconer</title>
<p>The pages are not built. Run <code>npm run pages</code> and reload.</p>`

/**
 * Serves the pages' files under /assets; answers how to send the page itself for any other address of the app. Read at
 * each request, so that pages that are built anew are there at once.
 */
export function servePages(server: FastifyInstance, folder: string): (reply: FastifyReply) => Promise<FastifyReply> {
  if (existsSync(join(folder, 'assets'))) {
    server.register(fastifyStatic, {
      root: join(folder, 'assets'),
      prefix: '/assets/',
      index: false,
      preCompressed: true,
      immutable: true,
      maxAge: '365d',
      decorateReply: false,
    })
  }
  const sendPage = async (reply: FastifyReply): Promise<FastifyReply> => {
    const page = await readFile(join(folder, 'index.html'), 'utf8').catch(() => notBuilt)
    return reply.type('text/html; charset=utf-8').header('cache-control', 'no-cache').send(page)
  }
  server.get('/', async (_request, reply) => sendPage(reply))
  return sendPage
}

/** Addresses of the app, as against calls and files. */
export function isPage(url: string): boolean {
  const path = url.split('?', 1)[0]!
  return (
    !/^\/(v1|v2|metrics|health)(\/|$)/.test(path) && !/\/[^/]*\.(js|css|map|svg|png|ico|json|woff2?|txt)$/i.test(path)
  )
}
