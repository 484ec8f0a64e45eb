/**
 * Loaded into a server before it starts (`node --import`): kills the process with SIGKILL at commits of an action's
 * steps. Its own address says when, `?when=after&steps=train,gate&died=FILE`:
 *   after   the commit by which the step begins is on disk, and nothing else has happened;
 *   before  all that the step does has happened, and the commit that says so has not.
 * Each step is died at once; FILE has a line for each that has been.
 */
import { appendFileSync, existsSync, readFileSync } from 'node:fs'
import { StatementSync } from 'node:sqlite'
import type { Action } from '../../src/loop/records.ts'

const asked = new URL(import.meta.url).searchParams
const died = asked.get('died')!
const when = asked.get('when')!
const steps = new Set(asked.get('steps')!.split(','))
if (existsSync(died)) for (const step of readFileSync(died, 'utf8').trim().split('\n')) steps.delete(step)

/** Actions of the transaction that is open. */
let actions: Action[] = []
const run = StatementSync.prototype.run

StatementSync.prototype.run = function (...parameters: unknown[]) {
  const commits = this.sourceSQL === 'COMMIT'
  const [kind, , , body] = parameters
  if (kind === 'action' && /^INSERT OR REPLACE INTO records/.test(this.sourceSQL))
    actions.push(JSON.parse(String(body)))
  const step = commits ? stepOf(actions) : undefined
  if (commits || this.sourceSQL.startsWith('BEGIN')) actions = []
  if (step && when === 'before') die(step)
  const result = Reflect.apply(run, this, parameters)
  if (step && when === 'after') die(step)
  return result
}

/** The step to die at. The first training goes on undisturbed: its steps come again. */
function stepOf(written: readonly Action[]): string | undefined {
  const state = when === 'after' ? 'running' : 'done'
  return written
    .filter(action => action.kind !== 'first training')
    .flatMap(action => action.steps.filter(step => step.state === state && steps.has(step.name)))
    .at(0)?.name
}

function die(step: string): void {
  appendFileSync(died, `${step}\n`)
  process.kill(process.pid, 'SIGKILL')
}
