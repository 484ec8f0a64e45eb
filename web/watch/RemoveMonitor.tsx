/** Takes a monitor out of the project's file, after saying what depends on it. */
import { useQuery } from '@tanstack/react-query'
import { useRouter } from '@tanstack/react-router'
import { send } from '../api/client.ts'
import * as queries from '../api/queries.ts'
import type { Project } from '../api/wire.ts'
import { useWords } from '../language/language.tsx'
import { useMonitorName } from '../parts/monitorName.ts'
import { ReasonDialog } from '../parts/ReasonDialog.tsx'
import { paths } from '../paths.ts'

export function RemoveMonitor({ project, name }: { readonly project: Project; readonly name: string }) {
  const { t } = useWords()
  const router = useRouter()
  const label = useMonitorName()(name)
  const alarms = useQuery(queries.alarms(project.name)).data?.items ?? []
  const open = alarms.filter(alarm => alarm.monitor === name && alarm.state !== 'resolved').length
  const rules = project.config.act.filter(rule => rule.on.includes(name))
  return (
    <ReasonDialog
      danger
      verb={t('remove.verb')}
      title={t('remove.title', { monitor: label })}
      effect={
        <>
          <p>{t('remove.effect')}</p>
          {(rules.length > 0 || open > 0) && (
            <ul>
              {rules.length > 0 && <li>{t('remove.rules', { n: rules.length })}</li>}
              {open > 0 && <li>{t('remove.alarms', { n: open })}</li>}
            </ul>
          )}
        </>
      }
      run={async reason => {
        await send('DELETE', queries.monitorAt(project.name, name), { reason })
        router.history.push(paths.monitors(project.name))
      }}
    />
  )
}
