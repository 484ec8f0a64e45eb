/** The server of the replay, a child process; when it dies it is started again on the same data. */
import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { FalconerError } from '../../base/errors.ts'
import { say } from '../terminal.ts'

export interface ReplayServer {
  readonly url: string
  readonly signInLink: string
  readonly key: string
  /** Of the process that runs now. */
  readonly pid: () => number | undefined
  stop(): Promise<void>
}

interface Ready {
  readonly url: string
  readonly signInLink: string
  readonly adminKey?: string
}

/** A server that dies so often in a row does so for a reason. */
const restarts = 20

export async function startServer(program: readonly string[], data: string, port: number): Promise<ReplayServer> {
  mkdirSync(data, { recursive: true })
  const keyFile = join(data, 'replay-key')
  const argv = [
    'serve',
    '--clock',
    'replay',
    '--data',
    data,
    '--port',
    String(port),
    '--json',
    '--log-level',
    'warn',
    '--end-with-stdin',
  ]
  let child: ChildProcess | undefined
  let stopping = false
  let deaths = 0

  const start = (): Promise<Ready> =>
    new Promise((resolve, reject) => {
      const [command, ...before] = program
      const started = spawn(command!, [...before, ...argv], { stdio: ['pipe', 'pipe', 'inherit'] })
      child = started
      createInterface({ input: started.stdout }).once('line', line => {
        try {
          const ready = JSON.parse(line) as Ready
          // Kept at once, so that a replay that is cut off here can go on.
          if (ready.adminKey) writeFileSync(keyFile, ready.adminKey, { mode: 0o600 })
          resolve(ready)
        } catch (cause) {
          reject(new FalconerError('internal', `The server said ${line}`, { cause }))
        }
      })
      started.once('error', reject)
      started.once('exit', (code, signal) => {
        reject(new FalconerError('unavailable', `The server ended with ${signal ?? code} while starting.`))
        if (stopping) return
        if (++deaths > restarts) return say('The server keeps dying; giving up.')
        say(`The server ended with ${signal ?? code}; starting it again.`)
        setTimeout(() => start().catch(() => {}), 200)
      })
    })

  const ready = await start().catch(error => {
    stopping = true
    throw error
  })
  if (!ready.adminKey && !existsSync(keyFile)) {
    stopping = true
    child?.kill()
    throw new FalconerError('conflict', `${data} belongs to a server that this replay did not start.`, {
      fix: 'Give another folder with --data, or none.',
    })
  }
  return {
    url: ready.url,
    signInLink: ready.signInLink,
    key: readFileSync(keyFile, 'utf8').trim(),
    pid: () => child?.pid,
    stop: () =>
      new Promise(resolve => {
        stopping = true
        if (!child || child.exitCode !== null || child.signalCode !== null) return resolve()
        child.once('exit', () => resolve())
        child.kill('SIGTERM')
      }),
  }
}

/** The port, or where it is taken the next free one. */
export async function freePort(wanted: number): Promise<number> {
  for (let port = wanted; port < Math.min(wanted + 100, 65536); port++) {
    if (await isFree(port)) return port
  }
  throw new FalconerError('unavailable', `No port from ${wanted} on is free.`, { fix: 'Give another --port.' })
}

function isFree(port: number): Promise<boolean> {
  return new Promise(resolve => {
    const probe = createServer()
    probe.once('error', () => resolve(false))
    probe.listen(port, '127.0.0.1', () => probe.close(() => resolve(true)))
  })
}
