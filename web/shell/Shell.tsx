/** What surrounds every page: the way around the ring, the clock, settings, and whether the server answers. */
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { type ReactNode, useEffect, useRef, useState } from 'react'
import { useConnection } from '../api/connection.ts'
import { followEvents } from '../api/events.ts'
import * as queries from '../api/queries.ts'
import { instant, type Project } from '../api/wire.ts'
import { useWords } from '../language/language.tsx'
import { openAlarms } from '../overview/standing.ts'
import { Go, usePath } from '../parts/Go.tsx'
import { Time } from '../parts/Time.tsx'
import { ZoneProvider } from '../parts/zone.tsx'
import { paths } from '../paths.ts'
import { Brand } from './Brand.tsx'
import { Keys } from './Keys.tsx'
import { navigation } from './navigation.ts'
import { SettingsFields } from './SettingsFields.tsx'
import { SignIn } from './SignIn.tsx'

export function Shell({ children }: { readonly children: ReactNode }) {
  const { t } = useWords()
  const { signedOut } = useConnection()
  const path = usePath()
  const main = useRef<HTMLElement>(null)
  const projects = useQuery(queries.projects()).data?.items ?? []
  const project =
    projects.find(p => path.startsWith(`${paths.project(p.name)}/`) || path === paths.project(p.name)) ?? projects[0]
  const [open, setOpen] = useState(false)
  const shown = useRef(path)

  useEffect(() => {
    if (shown.current === path) return
    // Another page: the keyboard goes where the content begins, and the menu of a small screen closes.
    shown.current = path
    setOpen(false)
    main.current?.focus({ preventScroll: true })
    window.scrollTo(0, 0)
  }, [path])

  if (signedOut) return <SignIn />
  return (
    <ZoneProvider zone={project?.config.timezone ?? 'UTC'}>
      <Events />
      <a className="skip" href="#content">
        {t('shell.skip')}
      </a>
      <div className="shell">
        <header className="sidebar" data-open={open}>
          <Brand />
          <Clock />
          <button
            type="button"
            className="menu-button"
            aria-expanded={open}
            aria-controls="menu"
            onClick={() => setOpen(!open)}
          >
            {t('shell.menu')}
          </button>
          <nav id="menu" aria-label={t('shell.navigation')}>
            <Navigation project={project} projects={projects} path={path} />
          </nav>
          <div className="foot">
            <SettingsFields />
            <Keys project={project} />
          </div>
        </header>
        <main id="content" ref={main} tabIndex={-1}>
          <Banner />
          {children}
        </main>
      </div>
    </ZoneProvider>
  )
}

function Events() {
  const client = useQueryClient()
  useEffect(() => followEvents(client), [client])
  return null
}

function Navigation({
  project,
  projects,
  path,
}: {
  readonly project: Project | undefined
  readonly projects: readonly Project[]
  readonly path: string
}) {
  const { t } = useWords()
  const alarms = useQuery({ ...queries.alarms(project?.name ?? ''), enabled: project !== undefined }).data?.items ?? []
  const open = openAlarms(alarms).length
  return (
    <>
      {navigation(project, projects.length > 1).map(group => (
        <div key={group.key}>
          {group.title !== undefined && <h2>{group.title.kind === 'text' ? group.title.text : t(group.title.key)}</h2>}
          <ul className="plain">
            {group.links.map(link => (
              <li key={link.href}>
                <Go
                  to={link.href}
                  current={link.exact ? path === link.href : path === link.href || path.startsWith(`${link.href}/`)}
                >
                  <span>{t(link.key)}</span>
                  {link.key === 'nav.alarms' && open > 0 && (
                    <span className="count">
                      {open}
                      <span className="hidden-visually"> {t('shell.open')}</span>
                    </span>
                  )}
                </Go>
              </li>
            ))}
          </ul>
        </div>
      ))}
    </>
  )
}

function Clock() {
  const { t } = useWords()
  const clock = useQuery(queries.clock()).data
  if (clock?.mode !== 'replay' || !(instant(clock.now) > 0)) return null
  return (
    <p className="clock">
      <strong>
        <Time at={clock.now} detail="day" />
      </strong>
      {t('shell.replayClock')}
    </p>
  )
}

function Banner() {
  const { t } = useWords()
  const { up, heardAt } = useConnection()
  return (
    <div aria-live="assertive">
      {!up && (
        <p className="notice attention banner">
          {heardAt === undefined ? (
            t('banner.never')
          ) : (
            <>
              {t('banner.lost')} <Time at={heardAt} />
            </>
          )}
        </p>
      )}
    </div>
  )
}
