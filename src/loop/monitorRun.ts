/** When windows out of limits become an alarm: N of the newest M, and latched until enough windows are in limits again. */
import type { AlarmRule } from './monitor.ts'
import type { Measurement, Monitor } from './records.ts'

export type Run = Monitor['run']

/** A window without enough data leaves everything as it is. */
export function runAfter(run: Run, status: Measurement['status'], { of }: AlarmRule): Run {
  if (status === 'not enough data') return run
  const out = status === 'out'
  const next = out ? { out: run.out + 1, in: 0 } : { out: 0, in: run.in + 1 }
  return of === 1 ? next : { ...next, recent: [...(run.recent ?? []), out].slice(-of) }
}

/** Whether the newest window is out, and with it so many of the newest as the rule asks for. */
export function raises(run: Run, { out, of }: AlarmRule): boolean {
  if (run.out === 0) return false
  const recent = of === 1 ? [true] : (run.recent ?? [])
  return recent.slice(-of).filter(Boolean).length >= out
}

export function isOver(run: Run, { clean }: AlarmRule): boolean {
  return run.in >= clean
}
