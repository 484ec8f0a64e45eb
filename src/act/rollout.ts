/** The steps that move traffic: shadow and canary parts, the promotion, the comparison after it, and the way back. */
import type { Clock } from '../base/ports.ts'
import type { Action, ModelVersion } from '../loop/records.ts'
import { actionAfter } from '../loop/transitions.ts'
import { rolloutPart } from './course.ts'
import type { Comparison } from './look.ts'
import { begun, done, end, type Outcome, type Place, runningStep, type StepWork } from './outcome.ts'
import { routesOf } from './routes.ts'
import type { Traffic } from './traffic.ts'
import { startVerification, type VerificationState, verdictOf } from './verification.ts'
import type { Versions } from './versions.ts'

const lookEveryMs = 3_600_000

export function createRolloutSteps({
  clock,
  traffic,
  versions,
  comparison,
  mark,
  latenessMs,
}: {
  readonly clock: Clock
  readonly traffic: Traffic
  readonly versions: Versions
  readonly comparison: Comparison
  readonly mark: (action: Action, semver: string, state: 'canary' | 'returned', why: string) => Promise<void>
  readonly latenessMs: number
}): Readonly<Record<'rollout' | 'look' | 'return', StepWork>> {
  return {
    async rollout(place) {
      const { id, action, config, at, index } = place
      const candidate = await versions.need(action, action.candidate)
      const champion = await versions.find(action, action.champion)
      const part = rolloutPart(config, champion !== undefined, index)
      if (!champion || part.kind === 'live') return promote(place, candidate, champion)
      const shadows = await versions.shadows(action, config)
      const isCanary = part.kind === 'canary'
      const summary = isCanary ? `${100 * part.share} % of the keys` : 'answers beside the champion, unseen'
      await traffic.move(id, action, {
        routes: isCanary
          ? routesOf(champion, { canary: { ...candidate, share: part.share }, shadows })
          : routesOf(champion, { shadows: [candidate, ...shadows] }),
        reason: `${candidate.semver}: ${summary}`,
        once: `rollout/${index}`,
      })
      if (isCanary) await mark(action, candidate.semver, 'canary', summary)
      return {
        action: isCanary && !action.verify ? compared(action, startVerification(at)) : action,
        next: { step: 'look', index, due: isCanary ? Math.min(at + lookEveryMs, at + part.forMs) : at + part.forMs },
        audit: { type: 'action.rolling', reason: `${candidate.semver}: ${summary}`, data: { part: index } },
      }
    },

    async look(place) {
      const { action, config, at, index } = place
      const { name, startedAt } = runningStep(action)
      const part = rolloutPart(config, true, index)
      if (name === 'verify') return verify(place)
      const until = startedAt + (part.kind === 'live' ? 0 : part.forMs)
      const next = { step: 'rollout', index: index + 1, due: at } as const
      if (name === 'shadow') return { action: done(action, at, { summary: 'answered beside the champion' }), next }
      const looked = await comparison.look(action, config, at)
      const verdict = verdictOf(looked)
      if (verdict.worse) return giveBack({ ...place, action: compared(action, looked) }, verdict.reason)
      if (at < until) {
        const due = Math.min(at + lookEveryMs, until)
        return { action: compared(action, looked), next: { step: 'look', index, due } }
      }
      const summary = `not worse in ${looked.rows.n} rows`
      return { action: compared(done(action, at, { summary }), looked), next }
    },

    async return({ id, action, config, at }) {
      const from = await versions.need(action, action.champion)
      const to = await versions.need(action, action.candidate)
      const text = `${from.semver} was taken back, ${to.semver} is live again`
      await traffic.move(id, action, {
        routes: routesOf(to, { shadows: await versions.shadows(action, config) }),
        reason: text,
        once: 'return',
      })
      const replaced = { semver: from.semver, state: 'returned' } as const
      await traffic.goesLive(id, action, { to, from: replaced, reason: text, at, once: 'return-limits' })
      return end(done(action, clock.now(), { summary: text }), 'returned', clock.now(), text)
    },
  }

  async function promote(
    { id, action, config, at, index }: Place,
    candidate: ModelVersion,
    champion: ModelVersion | undefined,
  ): Promise<Outcome> {
    const shadows = await versions.shadows(action, config)
    const summary = champion
      ? `${candidate.semver} replaces ${champion.semver}`
      : `${candidate.semver} is the first version`
    await traffic.move(id, action, {
      routes: routesOf(candidate, { shadows: champion ? [champion, ...shadows] : shadows }),
      reason: summary,
      once: 'promote',
    })
    await traffic.goesLive(id, action, {
      to: candidate,
      ...(champion && { from: { semver: champion.semver, state: 'replaced' as const } }),
      reason: summary,
      at,
      once: 'limits',
    })
    const promoted = done(action, clock.now(), { summary })
    if (!champion) return end(promoted, 'kept', clock.now(), `${summary}; there was nothing to compare it with.`)
    const verifying = begun(promoted, 'verify', clock.now())
    return {
      action: action.verify ? verifying : compared(verifying, startVerification(at)),
      next: { step: 'look', index, due: at + lookEveryMs },
      audit: {
        type: 'action.promoted',
        reason: summary,
        data: { candidate: candidate.semver, champion: champion.semver },
      },
    }
  }

  async function verify(place: Place): Promise<Outcome> {
    const { id, action, config, at, index } = place
    const looked = await comparison.look(action, config, at)
    const verdict = verdictOf(looked)
    const now = compared(action, looked)
    if (verdict.worse) return giveBack({ ...place, action: now }, verdict.reason)
    const until = runningStep(action).startedAt + config.deploy.verify.forMs + latenessMs
    if (at < until) return { action: now, next: { step: 'look', index, due: Math.min(at + lookEveryMs, until) } }
    const candidate = await versions.need(action, action.candidate)
    const summary = `not worse than ${action.champion} in ${looked.rows.n} rows and ${looked.days.n} days`
    await traffic.move(id, action, {
      routes: routesOf(candidate, { shadows: await versions.shadows(action, config) }),
      reason: `${candidate.semver} kept: ${summary}`,
      once: 'keep',
    })
    return end(done(now, at, { summary }), 'kept', at, `${candidate.semver} is ${summary}.`)
  }

  /** The candidate has shown that it is worse: the champion answers everything again. */
  async function giveBack({ id, action, config, at }: Place, reason: string): Promise<Outcome> {
    const candidate = await versions.need(action, action.candidate)
    const champion = await versions.need(action, action.champion)
    const wasLive = runningStep(action).name === 'verify'
    const text = `${candidate.semver} is ${reason}; ${champion.semver} is back`
    await traffic.move(id, action, {
      routes: routesOf(champion, { shadows: await versions.shadows(action, config) }),
      reason: text,
      once: 'return',
    })
    if (wasLive) {
      const from = { semver: candidate.semver, state: 'returned' } as const
      await traffic.goesLive(id, action, { to: champion, from, reason: text, at, once: 'return-limits' })
    } else {
      await mark(action, candidate.semver, 'returned', text)
    }
    const served = await comparison.answered(action, at)
    const outcome = `${text}. It had answered ${served} requests.`
    const returned = done(begun(done(action, at, { summary: reason }), 'return', at), at, { summary: text })
    return end(returned, 'returned', at, outcome)
  }
}

function compared(action: Action, verify: VerificationState): Action {
  return actionAfter(action, { type: 'verified', verify })
}
