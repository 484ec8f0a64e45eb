/** A person whose request was cut off asks again with the same revision: what was begun is gone to its end, once. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { FalconerError } from '../src/base/errors.ts'
import { type Around, at, begin, closeDisk, type Disk, day, disk, hour, open, type World } from './act/world.ts'

class Killed extends Error {}

const askedAt = begin + 6 * day

/** From the first training to a candidate that has canary traffic, or all of it. */
async function until(hoursLater: number): Promise<Disk> {
  const stored = await disk()
  const world = await open(stored)
  await world.act.request('shop', 'returned', 'ann')
  await world.ticker.advance(askedAt)
  await world.act.request('shop', 'returned', 'ann')
  await world.play(askedAt + hoursLater * hour)
  await world.close()
  return stored
}

async function contents({ records }: Disk): Promise<unknown> {
  const kinds = ['action', 'endpoint', 'timer', 'version'] as const
  const all = await Promise.all(kinds.map(async kind => [kind, (await records.list(kind)).items]))
  const audit = await records.audit({ limit: 10_000 })
  return [all, audit.map(({ hash: _, previous: __, ...rest }) => rest)]
}

/** Dies at the n-th effect, before or after it, and is asked again by a new process. */
async function rollback(
  stored: Disk,
  n: number,
  when: 'before' | 'after',
): Promise<{ effects: number; routes: string }> {
  const { revision } = (await stored.records.get('endpoint', 'shop/returned'))!
  let effects = 0
  const around: Around = async (_, effect) => {
    effects += 1
    if (effects > n || (effects === n && when === 'before')) throw new Killed()
    const result = await effect()
    if (effects === n) throw new Killed()
    return result
  }
  const ask = ({ act }: World) => act.rollback(at, { revision, reason: 'complaints', actor: 'ann' })
  const first = await open(stored, around)
  const died = await ask(first).then(
    () => false,
    error => error instanceof Killed,
  )
  await first.close().catch(() => {})
  const second = await open(stored)
  if (died) {
    await ask(second).catch(error => {
      if (!(error instanceof FalconerError && error.code === 'stale')) throw error
    })
  }
  await second.ticker.advance(second.now() + hour)
  const routes = (await second.routes()).join(', ')
  await second.close()
  return { effects, routes }
}

for (const [place, hours] of [
  ['a canary', 4],
  ['a version that is being verified', 12],
] as const) {
  test(`a rollback of ${place} that is asked for again after the process died happens once`, async () => {
    const whole = await until(hours)
    const { effects, routes } = await rollback(whole, Number.POSITIVE_INFINITY, 'after')
    const wanted = await contents(whole)
    await closeDisk(whole)
    assert.equal(routes, 'live 1.0.0')
    assert.ok(effects > 3, `${effects} effects`)
    for (let n = 1; n <= effects; n++) {
      for (const when of ['before', 'after'] as const) {
        const stored = await until(hours)
        await rollback(stored, n, when)
        assert.deepEqual(await contents(stored), wanted, `killed ${when} effect ${n}`)
        await closeDisk(stored)
      }
    }
  })
}
