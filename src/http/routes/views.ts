/** Alarms and actions as the API shows them: with an id that fits in a path, made of the last two parts of the record's. */
import type { Stored } from '../../base/ports.ts'
import type { Action, Alarm } from '../../loop/records.ts'

export function alarmView({ id, body }: Stored<Alarm>): Alarm & { readonly id: string } {
  return { id: shortId(id), ...body }
}

export function actionView({ id, body }: Stored<Action>): Action & { readonly id: string } {
  return { id: shortId(id), ...body }
}

/** `flights/late-arrival/2013-…/auc` → `2013-…~auc`. */
function shortId(id: string): string {
  return id.split('/').slice(-2).join('~')
}

/** Id of the record: what comes before the short id's parts is given by the path and the project. */
export function recordId(before: string, short: string): string {
  return `${before}/${short.replace('~', '/')}`
}
