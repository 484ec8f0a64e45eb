/** `falconer explain ID`: what each feature added to a prediction. */
import { place } from '../project.ts'
import { connect, type ServerFlags } from '../settings.ts'
import { figure, print, rows } from '../terminal.ts'

interface Explanation {
  readonly version: string
  readonly base: number
  readonly output: number
  readonly contributions: readonly { feature: string; value: string | number | null; contribution: number }[]
}

export async function explain(id: string, options: ServerFlags & { project?: string; json: boolean }): Promise<number> {
  const client = connect(options)
  const { endpoint } = await place(client, options.project)
  const found = await client.get<Explanation>(`${endpoint}/predictions/${encodeURIComponent(id)}/explanation`)
  print(options, found, () => [
    `${id}: ${figure(found.output)} by version ${found.version}`,
    `base ${figure(found.base)}; contributions in log odds:`,
    ...rows(
      ['feature', 'value', 'contribution'],
      found.contributions
        .toSorted((a, b) => Math.abs(b.contribution) - Math.abs(a.contribution))
        .map(({ feature, value, contribution }) => [feature, value, contribution]),
    ),
  ])
  return 0
}
