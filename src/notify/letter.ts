/** What is sent: a message, the id under which it is sent, and the address of its page where that is known. */
import type { Message } from '../loop/notification.ts'

export interface Letter {
  /** The same for every attempt. */
  readonly id: string
  readonly message: Message
  readonly link?: string
}

/** The body as plain text: what happened, the facts, where to look. */
export function plainText({ message: { title, text, facts }, link }: Letter): string {
  const parts = [title, text, facts.map(({ name, value }) => `${name}: ${value}`).join('\n'), link ?? '']
  return `${parts.filter(part => part !== '').join('\n\n')}\n`
}
