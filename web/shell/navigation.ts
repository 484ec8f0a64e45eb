/** The way around the ring: a group per stage, with the letter that opens each page after `g`. */
import type { Project } from '../api/wire.ts'
import type { PlainKey } from '../language/words.ts'
import { paths } from '../paths.ts'

interface NavigationLink {
  readonly key: PlainKey
  readonly href: string
  readonly letter: string
  /** Marked as current only for exactly this address. */
  readonly exact?: boolean
}

export interface NavigationGroup {
  readonly key: string
  readonly title?: { readonly kind: 'text'; readonly text: string } | { readonly kind: 'key'; readonly key: PlainKey }
  readonly links: readonly NavigationLink[]
}

export function navigation(project: Project | undefined, several: boolean): NavigationGroup[] {
  const home: NavigationLink = { key: 'nav.overview', href: paths.overview(), letter: 'o', exact: true }
  if (project === undefined) return [{ key: 'home', links: [home] }]
  const { name, config } = project
  const title = (key: PlainKey) => ({ kind: 'key', key }) as const
  return [
    {
      key: 'home',
      links: several ? [home] : [home, { key: 'nav.timeline', href: paths.timeline(name), letter: 't' }],
    },
    ...(several
      ? [
          {
            key: 'project',
            title: { kind: 'text', text: name } as const,
            links: [
              { key: 'nav.project', href: paths.project(name), letter: 'p', exact: true } as const,
              { key: 'nav.timeline', href: paths.timeline(name), letter: 't' } as const,
            ],
          },
        ]
      : []),
    {
      key: 'data',
      title: title('stage.data'),
      links: [{ key: 'nav.datasets', href: paths.datasets(name), letter: 'd' }],
    },
    {
      key: 'model',
      title: title('stage.model'),
      links: [{ key: 'nav.model', href: paths.model(name, config.model), letter: 'm' }],
    },
    {
      key: 'deploy',
      title: title('stage.deploy'),
      links: [{ key: 'nav.endpoint', href: paths.endpoint(name, config.deploy.endpoint), letter: 'e' }],
    },
    {
      key: 'watch',
      title: title('stage.watch'),
      links: [
        { key: 'nav.monitors', href: paths.monitors(name), letter: 'w' },
        { key: 'nav.drift', href: paths.drift(name), letter: 'f' },
        { key: 'nav.alarms', href: paths.alarms(name), letter: 'l' },
        { key: 'nav.notifications', href: paths.notifications(name), letter: 'n' },
      ],
    },
    { key: 'act', title: title('stage.act'), links: [{ key: 'nav.actions', href: paths.actions(name), letter: 'a' }] },
    {
      key: 'govern',
      title: title('stage.govern'),
      links: [{ key: 'nav.audit', href: paths.audit(name), letter: 'u' }],
    },
  ]
}
