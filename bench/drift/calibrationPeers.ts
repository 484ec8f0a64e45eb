/** Runs a peer's own package over tables, in its own environment (venv.sh). */
import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Law } from './laws.ts'

export const peers = ['alibi', 'nannyml', 'evidently'] as const
export type Peer = (typeof peers)[number]

/** Columns of codes or numbers. */
export interface PeerTable {
  readonly reference: readonly Float64Array[]
  readonly windows: readonly (readonly Float64Array[])[]
}

export interface PeerColumn {
  /** A p-value or the negative of a distance: less is more drift. null where the peer has none. */
  readonly score: number | null
  readonly drifted: boolean
  readonly chunks?: readonly boolean[]
}

const environments = join(import.meta.dirname, '../../.falconer/bench/drift')

/** Per table, window and column; undefined where the peer is not installed. */
export function judgeByPeer(
  peer: Peer,
  laws: readonly Law[],
  tables: readonly PeerTable[],
): PeerColumn[][][] | undefined {
  const python = join(environments, peer, 'bin/python')
  if (!existsSync(python)) {
    console.error(`${peer} is not installed (bench/drift/venv.sh): left out`)
    return undefined
  }
  const folder = mkdtempSync(join(environments, `tables-${peer}-`))
  const write = (name: string, columns: readonly Float64Array[]) => {
    writeFileSync(
      join(folder, name),
      Buffer.concat(columns.map(c => Buffer.from(c.buffer, c.byteOffset, c.byteLength))),
    )
    return name
  }
  const manifest = {
    columns: laws.map(({ name, kind }) => ({ name, kind })),
    tables: tables.map(({ reference, windows }, i) => ({
      n: reference[0]!.length,
      m: windows[0]![0]!.length,
      reference: write(`${i}`, reference),
      windows: windows.map((window, w) => write(`${i}-${w}`, window)),
    })),
  }
  writeFileSync(join(folder, 'manifest.json'), JSON.stringify(manifest))
  const printed = execFileSync(python, [join(import.meta.dirname, 'calibration_peers.py'), peer, folder], {
    encoding: 'utf8',
    maxBuffer: 1e9,
    stdio: ['ignore', 'pipe', process.env.PEER_MESSAGES ? 'inherit' : 'ignore'],
  })
  rmSync(folder, { recursive: true })
  return JSON.parse(printed) as PeerColumn[][][]
}

/** `12.3 ± 0.9`: per cent with two standard errors. */
export function percent({ flagged, of }: { readonly flagged: number; readonly of: number }): string {
  const share = flagged / of
  // Of a share of 0 or 1 the standard error would be 0: one more hit and one more miss are counted for it.
  const safe = (flagged + 1) / (of + 2)
  return `${(100 * share).toFixed(1)} ± ${(200 * Math.sqrt((safe * (1 - safe)) / of)).toFixed(1)}`
}
