/** Part of the confusion matrix of docs/diagnosis.md; bench/diagnosis.ts computes all of it. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type DiagnosedWorld, referenceDays, seenOn } from '../support/diagnosedDays.ts'
import { faultsOf, type Roles } from '../support/faults.ts'
import { flightRoles, flightWorld, shopRoles, shopWorld } from '../support/faultWorlds.ts'

/** Four days of trouble, long enough for the monitors to see it. */
const since = 4

function verdicts(world: DiagnosedWorld, roles: Roles, evenings: readonly number[]) {
  return faultsOf(roles).map(fault => ({
    fault,
    seen: evenings.map(after => seenOn(world, referenceDays + after, since, fault, `${after}`)),
  }))
}

describe('twenty faults and three real changes', () => {
  it('in a shop without a season each fault is recognised, and none leads to training', async () => {
    for (const { fault, seen } of verdicts(await shopWorld('tested'), shopRoles, [24, 36, 52])) {
      for (const { verdict, reason } of seen) {
        const noticed = fault.right.includes(verdict) || verdict === 'no alarm'
        const blocked = verdict !== 'covariate shift' && verdict !== 'concept shift'
        assert.ok(fault.real ? noticed : blocked, `${fault.name}: ${verdict}: ${reason}`)
      }
      const recognised = seen.filter(({ verdict }) => fault.right.includes(verdict)).length
      if (!fault.real && fault.name !== 'time-zone shift of the requests') {
        assert.ok(recognised >= 2, `${fault.name} is recognised ${recognised} times of 3: ${seen.at(-1)!.reason}`)
      }
    }
  })

  it('in a real spring at most one look in eight at a fault leads to training', async () => {
    const all = verdicts(await flightWorld(), flightRoles, [34, 83])
    const faults = all
      .filter(({ fault }) => !fault.real)
      .flatMap(({ fault, seen }) => seen.map(one => ({ fault, ...one })))
    const trained = faults.filter(({ verdict }) => verdict === 'covariate shift' || verdict === 'concept shift')
    assert.ok(
      trained.length <= faults.length / 8,
      trained.map(({ fault, reason }) => `${fault.name}: ${reason}`).join('\n'),
    )
    for (const { fault, seen } of all.filter(({ fault: { real } }) => real)) {
      for (const { verdict, reason } of seen)
        assert.ok(fault.right.includes(verdict), `${fault.name}: ${verdict}: ${reason}`)
    }
  })
})
