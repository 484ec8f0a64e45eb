import { nextDay, wallTime } from '../../src/base/time.ts'

const hourMs = 3_600_000

/** Nine o'clock of the next local day, also where clocks change in that night. */
export function nextMorning(now: number, zone: string): number {
  const about = nextDay(now, zone) + 9 * hourMs
  return about + 9 * hourMs - wallTime(about, zone)
}
