/** All calls of the API. */
import type { Route } from '../route.ts'
import { actionRoutes } from './actions.ts'
import { alarmRoutes } from './alarms.ts'
import type { RouteContext } from './context.ts'
import { datasetRoutes } from './datasets.ts'
import { endpointRoutes } from './endpoints.ts'
import { historyRoutes } from './history.ts'
import { modelRoutes } from './models.ts'
import { monitorRoutes } from './monitors.ts'
import { notificationRoutes } from './notifications.ts'
import { projectRoutes } from './projects.ts'
import { systemRoutes } from './system.ts'

export function createRoutes(context: RouteContext): Route[] {
  return [
    ...systemRoutes(context),
    ...projectRoutes(context),
    ...datasetRoutes(context),
    ...modelRoutes(context),
    ...endpointRoutes(context),
    ...monitorRoutes(context),
    ...alarmRoutes(context),
    ...notificationRoutes(context),
    ...actionRoutes(context),
    ...historyRoutes(context),
  ]
}
