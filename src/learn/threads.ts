/**
 * Threads that share the search for cuts. Each owns a range of lanes; a step is written into shared memory, everyone
 * works on its lanes, the caller waits for all and keeps the best cut, on ties that of the lowest lane. The sums of a
 * lane are made by one thread in the order of the rows, so the bits are those of a single thread.
 */

import { type Found, type LeafRange, type SearchStep, searchLanes, type Workspace } from './search.ts'
import { noSplit, type Split } from './split.ts'

/** Other threads of this process, lent by whoever calls a trainer. */
export interface Parallel {
  /** Threads in all, the caller's included. */
  readonly threads: number
  /** Calls `help(data)` of this file on a thread of its own, to which `data` is cloned but for its shared memory. */
  start(data: HelpData): { stop(): void }
}

/** What searches: this thread alone, or several. */
export interface Searchers {
  search(step: SearchStep): Found
  stop(): void
}

export function alone(space: Workspace): Searchers {
  return {
    search: step => searchLanes(space, step, 0, space.binned.edges.length),
    stop: () => {},
  }
}

/** Below this number of rows a leaf is done faster than another thread is woken. */
const worthSharing = 8192

/** `space` must lie in shared memory. */
export function together(space: Workspace, parallel: Parallel): Searchers {
  const ranges = laneRanges(space.binned.edges.length, parallel.threads)
  const board = newBoard(ranges.length)
  const helpers = ranges.slice(1).map(([from, to], k) => {
    const data: HelpData = { space, board, from, to, seat: k + 1 }
    return parallel.start(data)
  })
  const [from, to] = ranges[0]!
  return {
    search(step) {
      if (helpers.length === 0 || step.small.end - step.small.start < worthSharing) {
        return searchLanes(space, step, 0, space.binned.edges.length)
      }
      writeStep(board, step)
      Atomics.store(board.done, 0, 0)
      Atomics.add(board.turn, 0, 1)
      Atomics.notify(board.turn, 0)
      const found = searchLanes(space, step, from, to)
      awaitAll(board, helpers.length)
      return ranges.slice(1).reduce((best, _, k) => betterOf(best, readFound(board, k + 1)), found)
    },
    stop() {
      Atomics.store(board.turn, 0, -1)
      Atomics.notify(board.turn, 0)
      for (const helper of helpers) helper.stop()
    },
  }
}

/** What a helper thread is given. */
export interface HelpData {
  readonly space: Workspace
  readonly board: Board
  readonly from: number
  readonly to: number
  readonly seat: number
}

/** The life of a helper: wait for a step, do it, say so. */
export function help({ space, board, from, to, seat }: HelpData): void {
  let seen = 0
  for (;;) {
    Atomics.wait(board.turn, 0, seen)
    seen = Atomics.load(board.turn, 0)
    if (seen < 0) return
    writeFound(board, seat, searchLanes(space, readStep(board), from, to))
    Atomics.add(board.done, 0, 1)
    Atomics.notify(board.done, 0)
  }
}

/** Shared memory through which a step goes out and cuts come back. */
interface Board {
  /** Number of the present step; -1 sends the helpers home. */
  readonly turn: Int32Array
  /** How many helpers have finished it. */
  readonly done: Int32Array
  readonly step: Float64Array
  readonly found: Float64Array
}

const splitNumbers = 7

function newBoard(seats: number): Board {
  const shared = (numbers: number) => new Float64Array(new SharedArrayBuffer(8 * numbers))
  return {
    turn: new Int32Array(new SharedArrayBuffer(4)),
    done: new Int32Array(new SharedArrayBuffer(4)),
    step: shared(15),
    found: shared(2 * splitNumbers * seats),
  }
}

function awaitAll({ done }: Board, helpers: number): void {
  for (;;) {
    const finished = Atomics.load(done, 0)
    if (finished === helpers) return
    if (Atomics.wait(done, 0, finished, 60_000) === 'timed-out') {
      throw new Error('a helper thread of the trainer has not answered for a minute; train without helpers')
    }
  }
}

/** Lanes cut into `threads` ranges of whole words of four, as equal as possible. */
function laneRanges(lanes: number, threads: number): (readonly [number, number])[] {
  const words = Math.ceil(lanes / 4)
  const ranges = Array.from({ length: Math.min(threads, words) }, (_, k, count = Math.min(threads, words)) => {
    const from = 4 * Math.round((k * words) / count)
    const to = Math.min(lanes, 4 * Math.round(((k + 1) * words) / count))
    return [from, to] as const
  })
  return ranges.length > 0 ? ranges : [[0, lanes]]
}

function betterOf(a: Found, b: Found): Found {
  return { small: better(a.small, b.small), large: better(a.large, b.large) }
}

/** Cuts of lower lanes come first. */
function better(a: Split, b: Split): Split {
  if (a.lane < 0) return b
  return b.lane >= 0 && b.score > a.score ? b : a
}

function writeStep(
  { step: out }: Board,
  { small, large, gathered, searchSmall, searchLarge, maxHessian }: SearchStep,
): void {
  writeLeaf(out, 0, small)
  writeLeaf(out, 5, large ?? { start: 0, end: 0, gradient: 0, hessian: 0, slot: -1 })
  out[10] = gathered ? 1 : 0
  out[11] = searchSmall ? 1 : 0
  out[12] = searchLarge ? 1 : 0
  out[13] = maxHessian
}

function readStep({ step: from }: Board): SearchStep {
  const large = readLeaf(from, 5)
  return {
    small: readLeaf(from, 0),
    ...(large.slot >= 0 && { large }),
    gathered: from[10] === 1,
    searchSmall: from[11] === 1,
    searchLarge: from[12] === 1,
    maxHessian: from[13]!,
  }
}

function writeLeaf(out: Float64Array, at: number, leaf: LeafRange): void {
  out[at] = leaf.start
  out[at + 1] = leaf.end
  out[at + 2] = leaf.gradient
  out[at + 3] = leaf.hessian
  out[at + 4] = leaf.slot
}

function readLeaf(from: Float64Array, at: number): LeafRange {
  const [start, end, gradient, hessian, slot] = from.subarray(at, at + 5) as unknown as [
    number,
    number,
    number,
    number,
    number,
  ]
  return { start, end, gradient, hessian, slot }
}

function writeFound({ found }: Board, seat: number, { small, large }: Found): void {
  writeSplit(found, 2 * splitNumbers * seat, small)
  writeSplit(found, 2 * splitNumbers * seat + splitNumbers, large)
}

function readFound({ found }: Board, seat: number): Found {
  const at = 2 * splitNumbers * seat
  return { small: readSplit(found, at), large: readSplit(found, at + splitNumbers) }
}

function writeSplit(out: Float64Array, at: number, split: Split): void {
  out[at] = split.score
  out[at + 1] = split.gain
  out[at + 2] = split.lane
  out[at + 3] = split.bin
  out[at + 4] = missingSides.indexOf(split.missing)
  out[at + 5] = split.gradientLeft
  out[at + 6] = split.hessianLeft
}

function readSplit(from: Float64Array, at: number): Split {
  return {
    ...noSplit(),
    score: from[at]!,
    gain: from[at + 1]!,
    lane: from[at + 2]!,
    bin: from[at + 3]!,
    missing: missingSides[from[at + 4]!]!,
    gradientLeft: from[at + 5]!,
    hessianLeft: from[at + 6]!,
  }
}

const missingSides: readonly Split['missing'][] = ['none', 'left', 'right']
