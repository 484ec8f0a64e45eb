/** A load generator in a thread of its own: so many connections, each with one request under way. */
import { connect } from 'node:net'
import { parentPort, workerData } from 'node:worker_threads'

export interface LoadSpec {
  readonly port: number
  readonly connections: number
  readonly seconds: number
  readonly path: string
  readonly headers: readonly string[]
  readonly body: Uint8Array
}

export interface LoadResult {
  readonly perSecond: number
  readonly p50: number
  readonly p99: number
  /** Answers that were not 200. */
  readonly failed: number
}

async function run(spec: LoadSpec): Promise<LoadResult> {
  const head = [
    `POST ${spec.path} HTTP/1.1`,
    'host: 127.0.0.1',
    `content-length: ${spec.body.length}`,
    ...spec.headers,
  ].join('\r\n')
  const request = Buffer.concat([Buffer.from(`${head}\r\n\r\n`), spec.body])
  const times: number[] = []
  let failed = 0
  const warmUp = performance.now() + 500
  const end = warmUp + 1000 * spec.seconds

  await Promise.all(
    Array.from({ length: spec.connections }, () => {
      const { promise, resolve, reject } = Promise.withResolvers<void>()
      const socket = connect(spec.port, '127.0.0.1')
      socket.setNoDelay(true)
      let sent = 0
      let buffer = Buffer.alloc(0)
      const send = () => {
        sent = performance.now()
        socket.write(request)
      }
      socket.on('connect', send)
      socket.on('error', reject)
      socket.on('data', chunk => {
        buffer = buffer.length === 0 ? chunk : Buffer.concat([buffer, chunk])
        const headEnd = buffer.indexOf('\r\n\r\n')
        if (headEnd < 0) return
        const length = Number(/content-length: (\d+)/i.exec(buffer.toString('latin1', 0, headEnd))?.[1])
        if (buffer.length < headEnd + 4 + length) return
        const now = performance.now()
        if (buffer.toString('latin1', 9, 12) !== '200') failed++
        else if (sent >= warmUp) times.push(now - sent)
        buffer = Buffer.alloc(0)
        if (now < end) return send()
        socket.destroy()
        resolve()
      })
      return promise
    }),
  )
  times.sort((a, b) => a - b)
  const at = (p: number) => times[Math.min(times.length - 1, Math.floor(p * times.length))] ?? Number.NaN
  return { perSecond: times.length / spec.seconds, p50: at(0.5), p99: at(0.99), failed }
}

parentPort?.postMessage(await run(workerData as LoadSpec))
