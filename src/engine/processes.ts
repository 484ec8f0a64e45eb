/**
 * Processes by number and start: a number alone may belong to somebody else by now. A job leads a process group of its
 * own, so that its children end with it.
 */
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'

export interface ProcessName {
  readonly pid: number
  /** When it was started, in whatever words the system has for it. */
  readonly start: string
}

/** The process that has this number now; undefined where there is none, or only its unread remains. */
export function processName(pid: number): ProcessName | undefined {
  const start = process.platform === 'linux' ? linuxStart(pid) : psStart(pid)
  return start === undefined ? undefined : { pid, start }
}

export function isRunning(name: ProcessName): boolean {
  return processName(name.pid)?.start === name.start
}

/** Signals the whole group that this process leads; false where nobody is left in it whom we may signal. */
export function signalGroup(leader: number, signal: NodeJS.Signals): boolean {
  try {
    process.kill(-leader, signal)
    return true
  } catch (thrown) {
    const { code } = thrown as NodeJS.ErrnoException
    if (code === 'ESRCH' || code === 'EPERM') return false
    throw thrown
  }
}

/** Megabytes of memory in use; undefined where the system does not tell. */
export function residentMb(pid: number): number | undefined {
  try {
    const kilobytes = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]
    return kilobytes === undefined ? undefined : Number(kilobytes) / 1024
  } catch {
    return undefined
  }
}

/** Boot and start in ticks since boot: field 22 of proc_pid_stat(5); state Z is a process that has ended. */
function linuxStart(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    // The second field is the program's name in brackets, which may hold blanks and brackets itself.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    if (fields[0] === 'Z' || fields[0] === 'X') return undefined
    return `${readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()} ${fields[19]}`
  } catch {
    return undefined
  }
}

function psStart(pid: number): string | undefined {
  const { status, stdout } = spawnSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8' })
  return status === 0 && stdout.trim() !== '' ? stdout.trim() : undefined
}
