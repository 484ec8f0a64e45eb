/**
 * Does one step of an action when its timer is due. A step notes that it runs, does its effect (idempotent, under the
 * action's id), and stores what came of it with the timer of the next step in one commit.
 */
import { FalconerError } from '../base/errors.ts'
import { canonicalJson } from '../base/json.ts'
import type { AuditNote, Blobs, Digest, Stored } from '../base/ports.ts'
import { localDays } from '../base/time.ts'
import { decideGate } from '../loop/gate.ts'
import type { ProjectConfig, RolloutStep } from '../loop/project.ts'
import { type Action, endpointId, type ModelVersion, type Project, type StepName, type Timer } from '../loop/records.ts'
import type { RefitResult, ScoredRows, TrainResult } from '../loop/steps.ts'
import { type ActionEvent, actionAfter, type FinalState, isFinished } from '../loop/transitions.ts'
import type { ActDependencies } from './act.ts'
import { type Due, heldOut, leastHeldDays, stepHandler, stepTimer } from './course.ts'
import { routesOf, type Served } from './routes.ts'
import {
  completeDays,
  startVerification,
  type VerificationState,
  verdictOf,
  verifyDay,
  verifyRows,
} from './verification.ts'

export { stepHandler }

/** What a step leads to: the changed action, and what is due next. */
interface Outcome {
  readonly action: Action
  readonly next?: { readonly step: Due; readonly due: number; readonly index?: number }
  readonly audit: { readonly type: string; readonly reason: string; readonly data?: unknown }
}

/** What a step found. */
type Found = Omit<Extract<ActionEvent, { type: 'step done' }>, 'type' | 'step' | 'at'>

interface Place {
  readonly id: string
  readonly action: Action
  readonly config: ProjectConfig
  /** The clock when the step is done. */
  readonly at: number
  readonly index: number
}

/** Outcomes older than this play no part in the test by rows; the test by days reads whole days. */
const rowsLookBackMs = 48 * 3_600_000
const verifyEveryMs = 3_600_000

export interface Stepper {
  run(timer: Stored<Timer>): Promise<void>
  /** Ends an action before its time; traffic on its way to the candidate goes back to the champion. */
  abandon(action: Stored<Action>, reason: string, actor: string, timer?: string): Promise<void>
}

export function createStepper(dependencies: ActDependencies): Stepper {
  const { records, log, blobs, clock, model, deploy, watch, jobDurationMs, latenessMs } = dependencies

  async function run(timer: Stored<Timer>): Promise<void> {
    const { payload } = timer.body
    const id = String(payload.action)
    const step = String(payload.step) as Due
    const stored = await records.get('action', id)
    if (!stored || isFinished(stored.body)) {
      await records.commit({ at: clock.now(), actor: 'falconer', removes: [{ kind: 'timer', id: timer.id }] })
      return
    }
    const project = await records.get('project', stored.body.project)
    if (!project) throw new FalconerError('not-found', `There is no project ${stored.body.project}.`)
    if (project.body.killSwitch.on) {
      await abandon(stored, `kill switch: ${project.body.killSwitch.reason}`, project.body.killSwitch.by, timer.id)
      return
    }
    const begun = await begin(stored, stepName(step, Number(payload.index), project.body))
    const place = { id, action: begun.body, config: project.body.config, at: clock.now(), index: Number(payload.index) }
    const outcome = await attempt(step, place)
    await records.commit({
      at: place.at,
      actor: 'falconer',
      once: timer.id,
      puts: [
        { kind: 'action', id, body: outcome.action, expect: begun.revision },
        ...(outcome.next ? [stepTimer(id, outcome.next.step, outcome.next.due, outcome.next.index)] : []),
      ],
      removes: [{ kind: 'timer', id: timer.id }],
      audit: note(outcome, id),
    })
  }

  /** Notes that the step runs, so that people see it while it does. */
  async function begin(stored: Stored<Action>, name: StepName): Promise<Stored<Action>> {
    const body = actionAfter(stored.body, { type: 'step started', step: name, at: clock.now() })
    if (body === stored.body) return stored
    await records.commit({
      at: clock.now(),
      actor: 'falconer',
      puts: [{ kind: 'action', id: stored.id, body, expect: stored.revision }],
      audit: [{ type: 'action.step', project: body.project, subject: stored.id, data: { step: name } }],
    })
    return { id: stored.id, revision: stored.revision + 1, body }
  }

  async function attempt(step: Due, place: Place): Promise<Outcome> {
    try {
      return await steps[step](place)
    } catch (error) {
      // What the data, the query or the job make impossible is the end; anything else is tried again.
      if (
        !(error instanceof FalconerError) ||
        !['job-failed', 'bad-data', 'bad-query', 'bad-model'].includes(error.code)
      )
        throw error
      return end(place.action, 'failed', place.at, error.message)
    }
  }

  const steps: Readonly<Record<Due, (place: Place) => Promise<Outcome>>> = {
    async diagnose({ action, at }) {
      const alarm = action.trigger.alarm
      if (!alarm) throw new FalconerError('internal', 'An action without an alarm has nothing to diagnose.')
      const { diagnosis, evidence } = await watch.diagnose({
        project: action.project,
        endpoint: action.endpoint,
        alarm,
        at,
      })
      const summary = `${diagnosis.verdict}: ${diagnosis.reasons[0] ?? 'no rule fits'}`
      const diagnosed = done(action, at, { summary, evidence, diagnosis })
      if (diagnosis.advice === 'retrain') {
        return {
          action: diagnosed,
          next: { step: 'train', due: at },
          audit: { type: 'action.diagnosed', reason: summary },
        }
      }
      const advice = {
        block: 'Training on these data would make it worse; repair the source.',
        rollback: 'The trouble came with a deployment; roll back.',
        ask: 'No rule fits; a person has to look.',
      }[diagnosis.advice]
      return end(diagnosed, 'blocked', at, `${summary} ${advice}`)
    },

    async train({ id, action, config, at }) {
      const champion = await served(action, action.champion)
      const held = heldOut(config, at, latenessMs, champion?.lineage.asOf)
      if (champion && held.days < leastHeldDays) {
        const text = `The champion has seen all but ${held.days} of the newest days; ${leastHeldDays} are needed to compare.`
        return end(action, 'refused', at, text)
      }
      const result = await model.train({ ...request(id, action, at, champion), holdFrom: held.from })
      const evidence = await putJson(blobs, result)
      const summary = `${result.trainedRows} rows, judged on ${result.scoredRows} that it has not seen`
      return {
        action: done(action, at + jobDurationMs, { summary, evidence, products: { train: evidence } }),
        next: { step: 'gate', due: at + jobDurationMs },
        audit: { type: 'action.trained', reason: summary, data: { result: evidence } },
      }
    },

    async gate({ action, config, at }) {
      const trained = await readJson<TrainResult>(blobs, action.products.train)
      const scored = await readJson<ScoredRows>(blobs, trained.scored)
      const verdict = decideGate(scored, config.gate, config.timezone)
      const evidence = await putJson(blobs, verdict)
      const gated = done(action, at, { summary: verdict.reason, evidence, products: { gate: evidence } })
      if (verdict.verdict !== 'passed') return end(gated, 'refused', at, verdict.reason)
      return {
        action: gated,
        next: { step: 'refit', due: at },
        audit: { type: 'action.gated', reason: verdict.reason, data: { evidence } },
      }
    },

    async refit({ id, action, at }) {
      const asOf = trainedAt(action)
      const champion = await served(action, action.champion)
      const result = await model.refit({ ...request(id, action, asOf, champion), holdFrom: asOf })
      const evidence = await putJson(blobs, result)
      const summary = `the same recipe on all ${result.trainedRows} rows`
      return {
        action: done(action, at + jobDurationMs, {
          summary,
          evidence,
          products: { refit: evidence, model: result.model },
        }),
        next: { step: 'register', due: at + jobDurationMs },
        audit: { type: 'action.refitted', reason: summary, data: { result: evidence } },
      }
    },

    async register({ id, action, at }) {
      const version = await model.register({
        ...request(id, action, trainedAt(action), await served(action, action.champion)),
        train: await readJson<TrainResult>(blobs, action.products.train),
        refit: await readJson<RefitResult>(blobs, action.products.refit),
        ...(action.products.gate && { gate: action.products.gate }),
        changes: changesOf(action),
      })
      const { semver } = version.body
      const registered = done(action, at, {
        summary: `version ${semver}`,
        evidence: version.body.evidence,
        candidate: semver,
      })
      const audit = { type: 'action.registered', reason: `version ${semver}`, data: { digest: version.body.digest } }
      if (action.approval === 'promote') return { action: begun(registered, 'approve', at), audit }
      return { action: registered, next: { step: 'rollout', due: at, index: 0 }, audit }
    },

    async rollout(place) {
      const { id, action, config, at, index } = place
      const candidate = await mustServe(action, action.candidate)
      const champion = await served(action, action.champion)
      const part = rolloutOf(config, champion !== undefined)[index]!
      if (!champion || part.kind === 'live') return promote(place, candidate, champion)
      const shadows = await configuredShadows(action, config)
      const routes =
        part.kind === 'canary'
          ? routesOf(champion, { canary: { ...candidate, share: part.share }, shadows })
          : routesOf(champion, { shadows: [candidate, ...shadows] })
      const summary =
        part.kind === 'canary' ? `${100 * part.share} % of the keys` : 'answers beside the champion, unseen'
      await deploy.route({
        ...target(action),
        routes,
        reason: `${candidate.semver}: ${summary}`,
        actor: 'falconer',
        once: `${id}/rollout/${index}`,
      })
      if (part.kind === 'canary') await model.mark(action.project, action.model, candidate.semver, 'canary', summary)
      return {
        action: done(action, at, { summary }),
        next: { step: 'rollout', due: at + part.forMs, index: index + 1 },
        audit: { type: 'action.rolling', reason: summary, data: { candidate: candidate.semver } },
      }
    },

    async verify({ id, action, config, at }) {
      const candidate = await mustServe(action, action.candidate)
      const champion = await mustServe(action, action.champion)
      const state = action.verify as VerificationState
      const { metric, alpha, forMs } = config.deploy.verify
      // Two tests share alpha.
      const pair = { candidate: candidate.semver, champion: champion.semver, metric, alpha: alpha / 2 }
      const next = await lookAgain(action, config, state, at, pair)
      const verdict = verdictOf(next)
      const began = action.steps.find(({ name }) => name === 'promote')?.finishedAt ?? action.startedAt
      if (verdict.worse)
        return giveBack({ id, action: looked(action, next), config, at }, candidate, champion, verdict.reason)
      if (at >= began + forMs + latenessMs) {
        const summary = `not worse than ${champion.semver} in ${next.rows.n} rows and ${next.days.n} days`
        await deploy.route({
          ...target(action),
          routes: routesOf(candidate, { shadows: await configuredShadows(action, config) }),
          reason: `${candidate.semver} kept: ${summary}`,
          actor: 'falconer',
          once: `${id}/keep`,
        })
        return end(looked(done(action, at, { summary }), next), 'kept', at, `${candidate.semver} is ${summary}.`)
      }
      return {
        action: looked(action, next),
        next: { step: 'verify', due: at + verifyEveryMs },
        audit: { type: 'action.verifying', reason: '' },
      }
    },
  }

  async function promote(
    { id, action, config, at }: Place,
    candidate: ModelVersion,
    champion: ModelVersion | undefined,
  ): Promise<Outcome> {
    const shadows = await configuredShadows(action, config)
    const summary = champion
      ? `${candidate.semver} replaces ${champion.semver}`
      : `${candidate.semver} is the first version`
    await deploy.route({
      ...target(action),
      routes: routesOf(candidate, { shadows: champion ? [champion, ...shadows] : shadows }),
      reason: summary,
      actor: 'falconer',
      once: `${id}/promote`,
    })
    await model.mark(action.project, action.model, candidate.semver, 'live', summary)
    if (champion) await model.mark(action.project, action.model, champion.semver, 'replaced', summary)
    await watch.renew({
      project: action.project,
      endpoint: action.endpoint,
      version: candidate,
      at,
      once: `${id}/limits`,
    })
    const promoted = done(action, at, { summary })
    if (!champion) return end(promoted, 'kept', at, `${summary}; there was nothing to compare it with.`)
    return {
      action: looked(begun(promoted, 'verify', at), startVerification(at)),
      next: { step: 'verify', due: at + verifyEveryMs },
      audit: {
        type: 'action.promoted',
        reason: summary,
        data: { candidate: candidate.semver, champion: champion.semver },
      },
    }
  }

  async function giveBack(
    { id, action, config, at }: Omit<Place, 'index'>,
    candidate: ModelVersion,
    champion: ModelVersion,
    reason: string,
  ): Promise<Outcome> {
    const text = `${candidate.semver} is ${reason}; ${champion.semver} is back`
    await deploy.route({
      ...target(action),
      routes: routesOf(champion, { shadows: await configuredShadows(action, config) }),
      reason: text,
      actor: 'falconer',
      once: `${id}/return`,
    })
    await model.mark(action.project, action.model, candidate.semver, 'returned', reason)
    await model.mark(action.project, action.model, champion.semver, 'live', text)
    await watch.renew({
      project: action.project,
      endpoint: action.endpoint,
      version: champion,
      at,
      once: `${id}/return-limits`,
    })
    const returned = done(begun(done(action, at, { summary: reason }), 'return', at), at, { summary: text })
    return end(returned, 'returned', at, text)
  }

  /** Steps both tests over what has become known since the last look. */
  async function lookAgain(
    action: Action,
    config: ProjectConfig,
    state: VerificationState,
    at: number,
    pair: Parameters<typeof verifyRows>[3],
  ): Promise<VerificationState> {
    const endpoint = endpointId(action.project, action.endpoint)
    const promotedAt = action.steps.find(({ name }) => name === 'promote')?.finishedAt ?? action.startedAt
    const from = Math.max(promotedAt, at - rowsLookBackMs)
    const before = await log.labels(endpoint, from, at, state.seenTo)
    const seen = new Set(before.keys.filter((_, i) => !Number.isNaN(before.values[i]!)))
    const window = await log.window(endpoint, from, at, at)
    const rows = verifyRows(state.rows, window, row => !seen.has(window.keys[row]!), pair)
    let days = state.days
    let daysTo = state.daysTo
    for (const day of completeDays(localDays(state.daysTo, at, config.timezone), at, latenessMs)) {
      const span = await log.window(endpoint, Math.max(day.from, promotedAt), day.to, at)
      days = verifyDay(days, span, pair)
      daysTo = day.to
    }
    return { rows, days, seenTo: at, daysTo }
  }

  async function abandon(stored: Stored<Action>, reason: string, actor: string, timer?: string): Promise<void> {
    const { body, id } = stored
    const project = await records.get('project', body.project)
    const champion = await served(body, body.champion)
    const at = clock.now()
    if (body.state === 'rolling out' && champion && project) {
      await deploy.route({
        ...target(body),
        routes: routesOf(champion, { shadows: await configuredShadows(body, project.body.config) }),
        reason,
        actor,
        once: `${id}/abandon`,
      })
    }
    const cancelled = actionAfter(body, { type: 'ended', state: 'cancelled', at, outcome: reason })
    await records.commit({
      at,
      actor,
      puts: [{ kind: 'action', id, body: cancelled, expect: stored.revision }],
      ...(timer && { removes: [{ kind: 'timer', id: timer }] }),
      audit: [{ type: 'action.cancelled', project: body.project, subject: id, reason }],
    })
    await model.cancel(id)
  }

  async function served(action: Action, semver: string | undefined): Promise<ModelVersion | undefined> {
    return semver === undefined ? undefined : mustServe(action, semver)
  }

  async function mustServe({ project, model: name }: Action, semver: string | undefined): Promise<ModelVersion> {
    const { items } = await records.list('version', { prefix: `${project}/${name}/`, where: { semver: semver ?? '' } })
    const found = items[0]?.body
    if (!found) throw new FalconerError('not-found', `Model ${name} has no version ${semver}.`)
    return found
  }

  /** The shadows of the project file, as far as their versions exist. */
  async function configuredShadows(
    { project, model: name }: Action,
    config: ProjectConfig,
  ): Promise<readonly Served[]> {
    const { items } = await records.list('version', { prefix: `${project}/${name}/`, limit: 10_000 })
    return items.map(({ body }) => body).filter(({ semver }) => config.deploy.shadows.includes(semver))
  }

  return { run, abandon }
}

function stepName(step: Due, index: number, { config }: Project): StepName {
  if (step !== 'rollout') return step
  const part = config.deploy.rollout[index]
  return !part || part.kind === 'live' ? 'promote' : part.kind
}

/** A first version has nobody to share the traffic with. */
function rolloutOf({ deploy }: ProjectConfig, hasChampion: boolean): readonly RolloutStep[] {
  const live = { kind: 'live' } as const
  return hasChampion ? [...deploy.rollout.filter(({ kind }) => kind !== 'live'), live] : [live]
}

function begun(action: Action, step: StepName, at: number): Action {
  return actionAfter(action, { type: 'step started', step, at })
}

/** The action with its running step done. */
function done(action: Action, at: number, found: Found): Action {
  const step = action.steps.findLast(({ state }) => state === 'running')
  if (!step) throw new FalconerError('internal', 'No step of the action is running.')
  return actionAfter(action, { type: 'step done', step: step.name, at, ...found })
}

function looked(action: Action, verify: VerificationState): Action {
  return actionAfter(action, { type: 'verified', verify })
}

function end(action: Action, state: FinalState, at: number, outcome: string): Outcome {
  return {
    action: actionAfter(action, { type: 'ended', state, at, outcome }),
    audit: { type: `action.${state}`, reason: outcome },
  }
}

/** A look without a finding leaves no line in the log. */
function note({ action, audit }: Outcome, id: string): AuditNote[] {
  return audit.reason === '' ? [] : [{ ...audit, project: action.project, subject: id }]
}

function target({ project, endpoint, model }: Action) {
  return { project, endpoint, model }
}

function request(id: string, { project, model }: Action, asOf: number, champion: Served | undefined) {
  return {
    project,
    model,
    action: id,
    asOf,
    ...(champion && { champion: { semver: champion.semver, digest: champion.digest } }),
  }
}

/** The instant whose knowledge the training used. */
function trainedAt(action: Action): number {
  return action.steps.find(({ name }) => name === 'train')?.startedAt ?? action.startedAt
}

function changesOf({ kind, trigger, diagnosis, steps }: Action): string {
  if (kind === 'first training') return 'First version.'
  const why = trigger.kind === 'request' ? `Asked for by ${trigger.by}.` : `${diagnosis?.verdict ?? 'Alarm'}.`
  return `${why} Gate: ${steps.find(({ name }) => name === 'gate')?.summary ?? 'none'}`
}

async function readJson<T>(blobs: Blobs, digest: Digest | undefined): Promise<T> {
  if (!digest) throw new FalconerError('internal', 'A step before this one has left no result.')
  return JSON.parse(new TextDecoder().decode(await blobs.get(digest))) as T
}

async function putJson(blobs: Blobs, value: unknown): Promise<Digest> {
  return blobs.put(new TextEncoder().encode(canonicalJson(value)))
}
