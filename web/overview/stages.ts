/** The six stages of the ring and what each says of itself, from the same records as the tables. */
import type { RingStage } from '../../src/charts/ring.ts'
import type { DatasetVersion } from '../api/wire.ts'
import { actionMark, actionStateKey } from '../language/vocabulary.ts'
import type { Words } from '../language/words.ts'
import { paths } from '../paths.ts'
import { type Facts, liveVersion, openAlarms, runningAction } from './standing.ts'

export function stages(facts: Facts, datasets: readonly DatasetVersion[], words: Words): RingStage[] {
  return [
    dataStage(facts, datasets, words),
    modelStage(facts, words),
    deployStage(facts, words),
    watchStage(facts, words),
    actStage(facts, words),
    governStage(facts, words),
  ]
}

function dataStage({ project }: Facts, datasets: readonly DatasetVersion[], { t }: Words): RingStage {
  const checks = datasets.flatMap(d => d.contract)
  const breached = checks.filter(c => c.status === 'breached')
  return {
    name: t('stage.data'),
    state: datasets.length === 0 ? 'idle' : breached.some(c => c.then === 'fail') ? 'broken' : 'ok',
    line:
      datasets.length === 0
        ? t('stage.data.none')
        : breached.length === 0
          ? t('stage.data.kept', { n: datasets.length })
          : t('stage.data.breached', { n: breached.length, all: checks.length }),
    href: paths.datasets(project.name),
  }
}

function modelStage({ project, model, actions }: Facts, { t }: Words): RingStage {
  const champion = model?.aliases.find(a => a.alias === 'champion')?.semver
  const state = runningAction(actions)?.state
  const training = state === 'training' || state === 'gating' || state === 'refitting'
  return {
    name: t('stage.model'),
    state: training ? 'busy' : champion === undefined ? 'idle' : 'ok',
    line: training
      ? t(actionStateKey[state])
      : champion === undefined
        ? t('stage.model.none')
        : t('stage.model.champion', { version: champion, n: model?.versions.length ?? 0 }),
    href: paths.model(project.name, project.config.model),
  }
}

function deployStage({ project, endpoint }: Facts, { t, number }: Words): RingStage {
  const live = liveVersion(endpoint)
  const canary = endpoint?.routes.find(r => r.mode === 'canary')
  return {
    name: t('stage.deploy'),
    state: canary ? 'busy' : live === undefined ? 'idle' : 'ok',
    line: canary
      ? t('stage.deploy.canary', { version: canary.semver, share: number(canary.share ?? 0, { style: 'percent' }) })
      : live === undefined
        ? t('stage.deploy.none')
        : t('stage.deploy.live', { version: live }),
    href: paths.endpoint(project.name, endpoint?.name ?? project.config.deploy.endpoint),
  }
}

function watchStage({ project, monitors, alarms }: Facts, { t }: Words): RingStage {
  const open = openAlarms(alarms)
  return {
    name: t('stage.watch'),
    state:
      monitors.length === 0
        ? 'idle'
        : open.some(a => a.severity === 'critical')
          ? 'broken'
          : open.length > 0
            ? 'attention'
            : 'ok',
    line:
      monitors.length === 0
        ? t('stage.watch.none')
        : open.length > 0
          ? t('stage.watch.out', { n: open.length })
          : t('stage.watch.in', { n: monitors.length }),
    href: open.length > 0 ? paths.alarms(project.name) : paths.monitors(project.name),
  }
}

function actStage({ project, actions }: Facts, { t }: Words): RingStage {
  const action = runningAction(actions) ?? actions[0]
  const mark = action === undefined ? 'idle' : actionMark[action.state]
  const href = action === undefined ? paths.actions(project.name) : paths.action(project.name, action.id)
  if (project.killSwitch?.on) {
    return { name: t('stage.act'), state: 'attention', line: t('stage.act.stopped'), href: paths.actions(project.name) }
  }
  return {
    name: t('stage.act'),
    // What an action came to in the end is news of then, not trouble of now; a block stands until it is lifted.
    state: mark === 'attention' && action?.state !== 'waiting for approval' ? 'ok' : mark,
    line: action === undefined ? t('stage.act.none') : t(actionStateKey[action.state]),
    href,
  }
}

function governStage({ project, actions }: Facts, { t }: Words): RingStage {
  const waiting = actions.filter(a => a.state === 'waiting for approval').length
  return {
    name: t('stage.govern'),
    state: waiting > 0 ? 'attention' : 'ok',
    line: waiting > 0 ? t('stage.govern.waiting', { n: waiting }) : t('stage.govern.recorded'),
    href: paths.audit(project.name),
  }
}
