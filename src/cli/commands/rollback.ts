/** `falconer rollback`: brings back the version that was live before, if nobody changed the endpoint in between. */
import type { Endpoint } from '../../loop/records.ts'
import { place } from '../project.ts'
import { connect, type ServerFlags } from '../settings.ts'
import { print, usage } from '../terminal.ts'

export async function rollback(
  options: ServerFlags & { project?: string; reason: string; yes: boolean; json: boolean },
): Promise<number> {
  const client = connect(options)
  const { endpoint } = await place(client, options.project)
  const { body, headers } = await client.ask<Endpoint>('GET', endpoint)
  const live = body.routes.find(({ mode }) => mode === 'live')
  if (!options.yes) {
    const effect = body.previous ? `from ${live?.semver} to ${body.previous.semver}` : 'but nothing was live before'
    throw usage(`This moves all traffic of ${body.name} ${effect}.`, 'Say --yes to do it.')
  }
  const answer = await client.ask<Endpoint>(
    'POST',
    `${endpoint}/rollback`,
    { reason: options.reason },
    { headers: { 'if-match': headers.etag ?? '' } },
  )
  const now = answer.body.routes.find(({ mode }) => mode === 'live')
  print(options, answer.body, () => [`${body.name} is back at ${now?.semver}`])
  return 0
}
