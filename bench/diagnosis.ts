/**
 * Faults planted in the days of a served model, and real changes of the world: what the platform says of each. Prints
 * the confusion matrix of docs/diagnosis.md. Run: node bench/diagnosis.ts [evenings between two looks, default 7]
 */
import { referenceDays, seenOn } from '../test/support/diagnosedDays.ts'
import { faultsOf } from '../test/support/faults.ts'
import { flightRoles, flightWorld, shopRoles, shopWorld } from '../test/support/faultWorlds.ts'

const every = Number(process.argv[2] ?? 7)
const worlds = [
  { name: 'A made-up shop without a season', world: await shopWorld('published'), roles: shopRoles },
  { name: 'Real flights and weather, New York, March to June 2013', world: await flightWorld(), roles: flightRoles },
]

for (const { name, world, roles } of worlds) {
  console.log(`\n**${name}**\n`)
  console.log('| what happened | looks | recognised | blocked as another fault | rolled back | retrained | no alarm |')
  console.log('|---|---|---|---|---|---|---|')
  for (const fault of faultsOf(roles)) {
    const counts = { right: 0, other: 0, rollback: 0, retrain: 0, silent: 0, looks: 0 }
    for (const since of [2, 4]) {
      for (let last = referenceDays + 20; last < world.days.length; last += every) {
        const { verdict } = seenOn(world, last, since, fault, `${last}`)
        counts.looks++
        if (verdict === 'no alarm') counts.silent++
        else if (fault.real ? verdict.endsWith(' shift') && verdict !== 'time shift' : fault.right.includes(verdict))
          counts.right++
        else if (verdict === 'deployment fault') counts.rollback++
        else if (verdict === 'covariate shift' || verdict === 'concept shift') counts.retrain++
        else counts.other++
      }
    }
    const { looks, right, other, rollback, retrain, silent } = counts
    console.log(`| ${fault.name} | ${looks} | ${right} | ${other} | ${rollback} | ${retrain} | ${silent} |`)
  }
}
