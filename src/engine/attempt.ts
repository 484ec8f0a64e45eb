/**
 * One attempt of a job: a child process in its own group, its output read line by line, its time and memory watched.
 * Time is measured on the monotonic clock, so a clock that is set back neither ends nor prolongs a job.
 *
 * A line of standard output that is JSON with `progress` (share done) and `text`, or with `error` (why it failed), is
 * for us; everything else goes to the log.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { closeSync, openSync, writeSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { type ProcessName, processName, residentMb, signalGroup } from './processes.ts'

export interface AttemptOptions {
  readonly argv: readonly string[]
  readonly environment: Readonly<Record<string, string>>
  readonly logPath: string
  readonly seconds: number | undefined
  readonly memoryMb: number | undefined
  /** How long the group has after SIGTERM before it gets SIGKILL. */
  readonly graceMs: number
  readonly onProgress: (progress: { readonly share: number; readonly text: string }) => void
}

export type Ending =
  | { readonly kind: 'exited'; readonly exit: number; readonly said?: string }
  | { readonly kind: 'crashed'; readonly signal: string; readonly said?: string }
  | { readonly kind: 'not started'; readonly why: string }
  /** By us: too long, too much memory, or asked for. */
  | { readonly kind: 'stopped'; readonly why: string }

export interface Attempt {
  readonly process: ProcessName | undefined
  readonly ended: Promise<Ending>
  /** Ends the group; `ended` then says why. */
  stop(why: string): void
}

/** Further output is counted and not kept. */
const logBytes = 16 * 1024 * 1024
const memoryCheckMs = 1000

export function startAttempt(options: AttemptOptions): Attempt {
  const [program, ...parameters] = options.argv
  const child = spawn(program!, parameters, {
    env: options.environment,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let stopped: string | undefined
  let kill: NodeJS.Timeout | undefined

  function stop(why: string): void {
    if (stopped !== undefined || child.pid === undefined) return
    stopped = why
    signalGroup(child.pid, 'SIGTERM')
    kill = setTimeout(() => signalGroup(child.pid!, 'SIGKILL'), options.graceMs)
  }

  const { seconds, memoryMb } = options
  // A timer reaches 24 days at most; a job that may take longer has no deadline worth the name.
  const deadline =
    seconds !== undefined && seconds < 2_000_000
      ? setTimeout(() => stop(`It took longer than the ${seconds} s that it may take.`), seconds * 1000)
      : undefined
  const memory =
    memoryMb === undefined
      ? undefined
      : setInterval(() => {
          const used = child.pid === undefined ? undefined : residentMb(child.pid)
          if (used !== undefined && used > memoryMb) {
            stop(`It used ${Math.round(used)} MB of memory; it may use ${memoryMb} MB.`)
          }
        }, memoryCheckMs)

  const said = readOutput(child, options)
  const ended = new Promise<Ending>(resolve => {
    child.on('error', error => resolve({ kind: 'not started', why: error.message }))
    child.on('exit', () => {
      // Children that outlive the leader would keep the pipes open, and work for nobody.
      signalGroup(child.pid!, 'SIGKILL')
    })
    child.on('close', (exit, signal) => {
      const error = said.error === undefined ? {} : { said: said.error }
      if (stopped !== undefined) resolve({ kind: 'stopped', why: stopped })
      else if (exit === null) resolve({ kind: 'crashed', signal: signal ?? 'unknown', ...error })
      else resolve({ kind: 'exited', exit, ...error })
    })
  }).finally(() => {
    clearTimeout(deadline)
    clearTimeout(kill)
    clearInterval(memory)
  })
  return { process: child.pid === undefined ? undefined : processName(child.pid), ended, stop }
}

/** Copies output into the log and picks out what is meant for us. */
function readOutput(child: ChildProcess, { logPath, onProgress }: AttemptOptions): { error?: string } {
  const said: { error?: string } = {}
  const log = openSync(logPath, 'a')
  let room = logBytes
  const write = (line: string) => {
    if (room <= 0) return
    room -= Buffer.byteLength(line) + 1
    try {
      writeSync(log, room > 0 ? `${line}\n` : 'The log is full; further lines are not kept.\n')
    } catch {
      // A full disk costs the job its log and not its result.
      room = 0
    }
  }
  if (child.stderr) createInterface({ input: child.stderr }).on('line', write)
  if (child.stdout) {
    createInterface({ input: child.stdout }).on('line', line => {
      const message = parse(line)
      if (!message) write(line)
      else if ('progress' in message) onProgress({ share: message.progress, text: message.text })
      else said.error = message.error
    })
  }
  child.on('close', () => closeSync(log))
  return said
}

function parse(line: string): { progress: number; text: string } | { error: string } | undefined {
  if (!line.startsWith('{')) return undefined
  try {
    const value = JSON.parse(line) as Readonly<Record<string, unknown>>
    if (typeof value.error === 'string') return { error: value.error }
    if (typeof value.progress !== 'number' || !(value.progress >= 0 && value.progress <= 1)) return undefined
    return { progress: value.progress, text: typeof value.text === 'string' ? value.text : '' }
  } catch {
    return undefined
  }
}
