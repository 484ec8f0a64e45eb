import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Around, at, begin, closeDisk, type Disk, day, disk, hour, open, type World } from './world.ts'

class Killed extends Error {}

/**
 * The process dies at the n-th effect, and from then on nothing has an effect: before a call of a neighbour, after a
 * commit. What is stored changes nowhere else, so that these are all the states in which a process can be found.
 */
function killer(n: number): { around: Around; readonly died: () => string | undefined } {
  let count = 0
  let died: string | undefined
  return {
    died: () => died,
    async around(name, effect) {
      if (died !== undefined) throw new Killed()
      const mine = isCounted(name) && ++count === n
      if (mine && !name.startsWith('commit')) {
        died = name
        throw new Killed()
      }
      const result = await effect()
      if (mine) {
        died = name
        throw new Killed()
      }
      return result
    },
  }
}

/** Effects of actions: calls of the neighbours, and commits that say something; a look without a finding is like the next. */
function isCounted(name: string): boolean {
  return name !== 'commit '
}

/** Plays a story to its end, in a new process whenever the one before has died. */
async function playOn(stored: Disk, story: (world: World) => Promise<void>, around: Around): Promise<void> {
  let world = await open(stored, around)
  try {
    await story(world)
  } catch (error) {
    // The ticker wraps what a handler throws.
    const cause = (error as { cause?: unknown }).cause
    if (!(error instanceof Killed || cause instanceof Killed || (cause as Error | undefined)?.cause instanceof Killed))
      throw error
    await world.close().catch(() => {})
    world = await open(stored)
    await story(world)
  }
  await world.close()
}

/** Everything that is stored, but for real time and for hashes, which hold it. */
async function contents({ records }: Disk): Promise<unknown> {
  const kinds = ['action', 'alarm', 'alias', 'approval', 'endpoint', 'project', 'timer', 'version'] as const
  const all = await Promise.all(kinds.map(async kind => [kind, (await records.list(kind, { limit: 10_000 })).items]))
  const audit = (await records.audit({ limit: 10_000 })).map(
    ({ hash: _, previous: __, recordedAt: ___, ...rest }) => rest,
  )
  return { records: all, audit }
}

const plans = [
  {
    what: 'retrain',
    last: 'kept',
    candidates: [
      { heldOut: 0.5, served: 0.5 },
      { heldOut: 0.9, served: 0.9 },
    ],
  },
  {
    what: 'retrain',
    last: 'returned',
    candidates: [
      { heldOut: 0.5, served: 0.5 },
      { heldOut: 0.9, served: -0.9 },
    ],
  },
  {
    what: 'threshold',
    last: 'kept',
    candidates: [
      { heldOut: 0.5, served: 0.5 },
      { heldOut: 0.625, served: 0.62 },
    ],
  },
] as const

const alarmAt = begin + 6 * day
/** Of the unseen days a threshold leaves half to the gate. */
const laterAlarmAt = begin + 9 * day

/** May be begun again after a crash: it goes on where the records stand. */
async function alarmStory(world: World, what: string, last: string): Promise<void> {
  const from = what === 'threshold' ? laterAlarmAt : alarmAt
  if ((await world.actions()).length === 0) await world.act.request('shop', 'returned', 'ann')
  if (world.now() < from) await world.ticker.advance(from)
  if ((await world.records.list('alarm')).items.length === 0) await world.alarm()
  for (let n = 0; n < 48 && !(await isOver(world, what, last)); n++) await world.play(world.now() + (n && hour))
}

async function isOver(world: World, what: string, last: string): Promise<boolean> {
  const { kind, state } = await world.newest()
  return kind === what && state === last
}

for (const { what, last, candidates } of plans) {
  test(`a process killed around any effect of an action comes to the same end: ${what}, ${last}`, async () => {
    const change = (yaml: string) =>
      yaml
        .replace('for: 2 days, else', 'for: 3 hours, else')
        .replace('for: 6 hours', 'for: 2 hours')
        .replace('do: retrain', `do: ${what}`)
        .replace('deploy:\n', 'deploy:\n  decision: {false_positive: 3, false_negative: 1}\n')
    const run = async (around: Around) => {
      const stored = await disk({ candidates, change, latenessMs: 2 * hour })
      await playOn(stored, world => alarmStory(world, what, last), around)
      const found = await contents(stored)
      await closeDisk(stored)
      return found
    }
    let effects = 0
    const undisturbed = await run((name, effect) => {
      if (isCounted(name)) effects++
      return effect()
    })
    assert.ok(effects > 40, `${effects} effects`)
    for (let n = 1; n <= effects; n++) {
      const { around, died } = killer(n)
      const found = await run(around)
      assert.ok(died() !== undefined)
      assert.deepEqual(found, undisturbed, `killed at effect ${n}, ${died()}`)
    }
  })
}

test('a rollback that was begun is gone to its end, and so is a cancellation', async () => {
  for (const how of ['rollback', 'cancel'] as const) {
    const story = async (world: World) => {
      if ((await world.actions()).length === 0) await world.act.request('shop', 'returned', 'ann')
      if (world.now() < alarmAt) await world.ticker.advance(alarmAt)
      if ((await world.records.list('alarm')).items.length === 0) await world.alarm()
      const turn = alarmAt + (how === 'rollback' ? 12 : 4) * hour
      if (world.now() < turn) await world.play(turn)
      const action = await world.newest()
      if (action.state === 'verifying' && action.kind === 'retrain') {
        const { revision } = (await world.records.get('endpoint', 'shop/returned'))!
        await world.act.rollback(at, { revision, reason: 'no', actor: 'ann' })
      } else if (action.state === 'rolling out') await world.act.cancel(action.id, 'no', 'ann')
      await world.ticker.advance(turn + hour)
    }
    const run = async (around: Around) => {
      const stored = await disk({})
      await playOn(stored, story, around)
      const found = await contents(stored)
      await closeDisk(stored)
      return found
    }
    const seen: string[] = []
    const undisturbed = await run((name, effect) => {
      if (isCounted(name)) seen.push(name)
      return effect()
    })
    const from = seen.findIndex(name => name.includes('action.cancelled'))
    assert.ok(from > 0)
    for (let n = from + 1; n <= seen.length; n++) {
      assert.deepEqual(await run(killer(n).around), undisturbed, `${how} killed at ${seen[n - 1]}`)
    }
  }
})
