/** What every implementation of Records promises. */
import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import fc from 'fast-check'
import { chainStart, follows } from '../../src/base/auditChain.ts'
import type { AuditEntry } from '../../src/base/ports.ts'
import type { LoopRecords, Timer } from '../../src/loop/records.ts'

/** `open` gives empty records; `now` is real time. They are closed when the test ends. */
export function recordsContract(name: string, open: (t: TestContext, now: () => number) => LoopRecords): void {
  const timer = (lane: string, due = 0): Timer => ({ due, handler: 'close window', lane, payload: {} })
  const put = (id: string, body = timer('a')) => ({ kind: 'timer', id, body }) as const
  const commit = { at: 10, actor: 'falconer' }
  const note = (subject: string, project = 'flights') => ({ type: 'alarm.opened', project, subject })

  test(`${name}: what was put is read back, and the revision counts its writes`, async t => {
    const records = open(t, () => 0)
    assert.equal(await records.get('timer', '1'), undefined)
    assert.deepEqual(await records.commit({ ...commit, puts: [put('1')] }), { applied: true })
    assert.deepEqual(await records.get('timer', '1'), { id: '1', revision: 1, body: timer('a') })
    await records.commit({ ...commit, puts: [put('1', timer('b'))] })
    assert.deepEqual(await records.get('timer', '1'), { id: '1', revision: 2, body: timer('b') })
    assert.equal(await records.get('clock', '1'), undefined)
    await records.commit({ ...commit, removes: [{ kind: 'timer', id: '1' }] })
    assert.equal(await records.get('timer', '1'), undefined)
    await records.commit({ ...commit, removes: [{ kind: 'timer', id: '1' }] })
  })

  test(`${name}: a commit whose expectation does not hold changes nothing at all`, async t => {
    const records = open(t, () => 0)
    await records.commit({ ...commit, puts: [put('1')] })
    const wrong = [
      { ...put('1'), expect: 'absent' },
      { ...put('1'), expect: 2 },
      { ...put('3'), expect: 1 },
    ] as const
    for (const last of wrong) {
      const attempt = records.commit({
        ...commit,
        once: 'attempt',
        puts: [put('2'), last],
        removes: [{ kind: 'timer', id: '1' }],
        audit: [note('2')],
      })
      await assert.rejects(attempt, { code: 'stale' })
    }
    assert.equal(await records.get('timer', '2'), undefined)
    assert.equal((await records.get('timer', '1'))?.revision, 1)
    assert.deepEqual(await records.audit(), [])
    const right = [
      { ...put('1', timer('b')), expect: 1 },
      { ...put('2'), expect: 'absent' },
    ] as const
    assert.deepEqual(await records.commit({ ...commit, once: 'attempt', puts: right }), { applied: true })
  })

  test(`${name}: of writers that read the same revision exactly one wins`, async t => {
    const records = open(t, () => 0)
    await records.commit({ ...commit, puts: [put('1')] })
    const attempts = await Promise.allSettled(
      Array.from({ length: 10 }, (_, i) =>
        records.commit({ ...commit, puts: [{ ...put('1', timer(String(i))), expect: 1 }] }),
      ),
    )
    assert.equal(attempts.filter(attempt => attempt.status === 'fulfilled').length, 1)
    assert.equal((await records.get('timer', '1'))?.revision, 2)
  })

  test(`${name}: a commit with a key happens once`, async t => {
    const records = open(t, () => 0)
    const once = { ...commit, once: 'promote/7', puts: [put('1')], audit: [note('1')] }
    assert.deepEqual(await records.commit(once), { applied: true })
    assert.deepEqual(await records.commit({ ...once, puts: [put('2')] }), { applied: false })
    assert.equal(await records.get('timer', '2'), undefined)
    assert.equal((await records.audit()).length, 1)
  })

  test(`${name}: a list goes by prefix, field and direction, page by page`, async t => {
    const records = open(t, () => 0)
    const ids = ['a', 'a/1', 'a/2', 'a/3', 'a0', 'b/1', 'ä/1', '\ufb33/1', '\u{1f600}/1']
    const lane = (id: string) => (id.endsWith('1') ? 'odd' : 'even')
    await records.commit({ ...commit, puts: ids.toReversed().map(id => put(id, timer(lane(id)))) })

    const list = async (query: Parameters<LoopRecords['list']>[1]) =>
      (await records.list('timer', query)).items.map(item => item.id)
    assert.deepEqual(await list({}), ids)
    assert.deepEqual(await list({ order: 'descending' }), ids.toReversed())
    assert.deepEqual(await list({ prefix: 'a/' }), ['a/1', 'a/2', 'a/3'])
    assert.deepEqual(await list({ prefix: 'a/', order: 'descending', after: 'a/3' }), ['a/2', 'a/1'])
    assert.deepEqual(await list({ prefix: '\u{1f600}' }), ['\u{1f600}/1'])
    assert.deepEqual(await list({ where: { lane: 'odd' }, prefix: 'a' }), ['a/1'])
    assert.deepEqual(await list({ where: { lane: 'even', handler: 'close window' } }), ['a', 'a/2', 'a/3', 'a0'])
    assert.deepEqual(await list({ where: { lane: 'odd', handler: 'another' } }), [])
    await assert.rejects(records.list('timer', { where: { due: 0 } }), RangeError)
    for (const limit of [0, 10_001, 1.5]) await assert.rejects(records.list('timer', { limit }), RangeError)

    const paged: string[] = []
    let after: string | undefined
    do {
      const page = await records.list('timer', { limit: 4, ...(after !== undefined && { after }) })
      assert.ok(page.items.length <= 4)
      paged.push(...page.items.map(item => item.id))
      after = page.next
    } while (after !== undefined)
    assert.deepEqual(paged, ids)
  })

  test(`${name}: a field that changed is found under its new value only`, async t => {
    const records = open(t, () => 0)
    const inLane = async (lane: string) => (await records.list('timer', { where: { lane } })).items.length
    await records.commit({ ...commit, puts: [put('1', timer('a'))] })
    await records.commit({ ...commit, puts: [put('1', timer('b'))] })
    assert.deepEqual([await inLane('a'), await inLane('b')], [0, 1])
    await records.commit({ ...commit, removes: [{ kind: 'timer', id: '1' }] })
    assert.deepEqual([await inLane('a'), await inLane('b')], [0, 0])
  })

  test(`${name}: the audit log is a chain with both clocks, oldest first or newest first, by project`, async t => {
    let real = 100
    const records = open(t, () => real++)
    await records.commit({ ...commit, audit: [note('1'), { ...note('2', 'other'), reason: 'why', data: { n: 1 } }] })
    await records.commit({ at: 20, actor: 'key-7', audit: [note('3')] })
    const entries = await records.audit()
    assert.deepEqual(
      entries.map(({ hash: _, previous: __, ...rest }) => rest),
      [
        { sequence: 1, at: 10, recordedAt: 100, actor: 'falconer', ...note('1') },
        {
          sequence: 2,
          at: 10,
          recordedAt: 100,
          actor: 'falconer',
          ...note('2', 'other'),
          reason: 'why',
          data: { n: 1 },
        },
        { sequence: 3, at: 20, recordedAt: 101, actor: 'key-7', ...note('3') },
      ],
    )
    let previous: Pick<AuditEntry, 'sequence' | 'hash'> = { sequence: 0, hash: chainStart }
    for (const entry of entries) {
      assert.ok(follows(entry, previous))
      previous = entry
    }
    const sequences = async (query: Parameters<LoopRecords['audit']>[0]) =>
      (await records.audit(query)).map(entry => entry.sequence)
    assert.deepEqual(await sequences({ after: 1 }), [2, 3])
    assert.deepEqual(await sequences({ descending: true, limit: 2 }), [3, 2])
    assert.deepEqual(await sequences({ descending: true, after: 3 }), [2, 1])
    assert.deepEqual(await sequences({ project: 'flights' }), [1, 3])
  })

  test(`${name}: a follower hears every commit that was applied, in order, until it stops`, async t => {
    const records = open(t, () => 0)
    const heard: string[][] = []
    const stop = records.follow(entries => heard.push(entries.map(entry => entry.subject)))
    await records.commit({ ...commit, audit: [note('1'), note('2')] })
    await records.commit({ ...commit, once: 'k', puts: [put('1')] })
    await records.commit({ ...commit, once: 'k', puts: [put('1')] })
    await assert.rejects(records.commit({ ...commit, puts: [{ ...put('1'), expect: 9 }], audit: [note('3')] }))
    stop()
    await records.commit({ ...commit, audit: [note('4')] })
    assert.deepEqual(heard, [['1', '2'], []])
  })

  test(`${name}: any plain JSON comes back as it was, and what JSON cannot hold is refused`, async t => {
    const records = open(t, () => 0)
    await fc.assert(
      fc.asyncProperty(fc.dictionary(fc.string(), fc.integer().map(String)), async payload => {
        const plain = JSON.parse(JSON.stringify(payload))
        await records.commit({ ...commit, puts: [put('1', { ...timer('a'), payload: plain })] })
        assert.deepEqual((await records.get('timer', '1'))?.body.payload, plain)
      }),
      { numRuns: 50 },
    )
    await assert.rejects(records.commit({ ...commit, puts: [put('1', timer('a', Number.NaN))] }), TypeError)
  })
}
