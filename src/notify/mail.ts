/** A message as mail, over SMTP. */
import { createHash } from 'node:crypto'
import { isIP } from 'node:net'
import { FalconerError } from '../base/errors.ts'
import { type Letter, plainText } from './letter.ts'

interface Mail {
  /** `smtp://user:password@host:587` (STARTTLS) or `smtps://…:465`. */
  readonly smtp: string
  readonly from: string
  readonly to: readonly string[]
  readonly letter: Letter
}

/** Errors: `bad-config` for an address or a mail that the server refuses for good (5xx), else `unavailable`. */
export function createMailer({ timeoutMs }: { readonly timeoutMs: number }): (mail: Mail) => Promise<void> {
  return async ({ smtp, from, to, letter }) => {
    const server = serverOf(smtp)
    // Loaded when the first mail is sent: most installations send none.
    const { createTransport } = await import('nodemailer')
    const transport = createTransport({
      ...server,
      connectionTimeout: timeoutMs,
      greetingTimeout: timeoutMs,
      socketTimeout: timeoutMs,
      // A letter is text; nothing is read from files or addresses on its behalf.
      disableFileAccess: true,
      disableUrlAccess: true,
    })
    try {
      await transport.sendMail({
        from,
        to: [...to],
        subject: letter.message.title,
        text: plainText(letter),
        messageId: `<${createHash('sha256').update(letter.id).digest('hex').slice(0, 32)}@falconer>`,
        headers: { 'X-Falconer-Event': letter.message.event, 'Auto-Submitted': 'auto-generated' },
      })
    } catch (thrown) {
      throw failure(thrown as Error & { responseCode?: number; code?: string }, server.host)
    } finally {
      transport.close()
    }
  }
}

function serverOf(smtp: string) {
  const url = URL.canParse(smtp) ? new URL(smtp) : undefined
  if (!url || !/^smtps?:$/.test(url.protocol) || url.hostname === '') {
    throw new FalconerError('bad-config', 'The mail server is no smtp:// or smtps:// address.', {
      fix: 'Set the variable to smtp://user:password@host:587 or smtps://user:password@host:465.',
    })
  }
  const secure = url.protocol === 'smtps:'
  const host = url.hostname.replace(/^\[|\]$/g, '')
  const user = decodeURIComponent(url.username)
  return {
    host,
    port: url.port === '' ? (secure ? 465 : 587) : Number(url.port),
    secure,
    ...(user !== '' && { auth: { user, pass: decodeURIComponent(url.password) } }),
    // A password is not sent in the open, except to this machine.
    requireTLS: !secure && user !== '' && !isLoopback(host),
    ...(isLoopback(host) && { tls: { rejectUnauthorized: false } }),
  }
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'))
}

function failure({ message, responseCode, code }: Error & { responseCode?: number; code?: string }, host: string) {
  const forGood = code === 'EAUTH' || (responseCode !== undefined && responseCode >= 500)
  return new FalconerError(
    forGood ? 'bad-config' : 'unavailable',
    `The mail server ${host} did not take it: ${message}.`,
  )
}
