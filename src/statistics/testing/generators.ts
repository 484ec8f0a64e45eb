/**
 * Streams whose drift is known, for experiments: labelled rows of a concept that changes, and values whose mean moves.
 * Every generator draws its rows in order, so a longer stream begins with the shorter one.
 */
import type { Random } from '../../numeric/random.ts'

export interface LabelledRow {
  readonly x: readonly number[]
  /** 0 or 1. */
  readonly label: number
}

export interface Concept {
  /** A row and its label under a concept, counted from 0; `noise` is the share of labels turned over. */
  draw(concept: number, random: Random): LabelledRow
  /** The label without noise. */
  label(concept: number, x: readonly number[]): number
}

/**
 * SEA: three numbers in [0, 10), label 1 where x0 + x1 <= threshold; x2 says nothing. Four concepts.
 * Street and Kim, KDD 2001.
 */
export function sea({ thresholds = [8, 9, 7, 9.5], noise = 0.1 } = {}): Concept {
  const label = (concept: number, x: readonly number[]) =>
    x[0]! + x[1]! <= thresholds[concept % thresholds.length]! ? 1 : 0
  return concept(random => [10 * random.next(), 10 * random.next(), 10 * random.next()], label, noise)
}

/**
 * STAGGER: size (0 small, 1 medium, 2 large), colour (0 red, 1 green, 2 blue), shape (0 circle, 1 square, 2 triangle).
 * Label 1 for: small and red; green or circle; medium or large. Schlimmer and Granger, Machine Learning 1 (1986) 317.
 */
export function stagger({ noise = 0 } = {}): Concept {
  const rules = [
    ([size, colour]: readonly number[]) => size === 0 && colour === 0,
    ([, colour, shape]: readonly number[]) => colour === 1 || shape === 0,
    ([size]: readonly number[]) => size !== 0,
  ]
  const label = (concept: number, x: readonly number[]) => (rules[concept % 3]!(x) ? 1 : 0)
  return concept(random => [random.below(3), random.below(3), random.below(3)], label, noise)
}

/**
 * Rotating hyperplane: x in [0, 1)^d, label 1 where w x >= sum(w) / 2; the first `moving` weights grow by `step` per
 * concept, so that consecutive concepts make a gradual drift. Hulten, Spencer and Domingos, KDD 2001.
 */
export function hyperplane({ features = 10, moving = 2, step = 0.1, noise = 0.05 } = {}): Concept {
  const label = (concept: number, x: readonly number[]) => {
    let score = 0
    for (let f = 0; f < features; f++) {
      const weight = ((f % 5) + 1) / 5 + (f < moving ? concept * step : 0)
      score += weight * (x[f]! - 0.5)
    }
    return score >= 0 ? 1 : 0
  }
  return concept(random => Array.from({ length: features }, () => random.next()), label, noise)
}

/**
 * Standard normal values whose mean moves by `shift` at position `at`: at once, or over about `width` values by the
 * logistic weight 1 / (1 + exp(-4 (t - at) / width)).
 */
export function meanShift(
  length: number,
  { at, shift, width = 0 }: { at: number; shift: number; width?: number },
  random: Random,
): Float64Array {
  const values = new Float64Array(length)
  for (let t = 0; t < length; t++) {
    const weight = width > 0 ? 1 / (1 + Math.exp((-4 * (t - at)) / width)) : t >= at ? 1 : 0
    values[t] = random.normal() + shift * weight
  }
  return values
}

function concept(row: (random: Random) => number[], label: Concept['label'], noise: number): Concept {
  return {
    label,
    draw(concept, random) {
      const x = row(random)
      const clean = label(concept, x)
      return { x, label: random.next() < noise ? 1 - clean : clean }
    },
  }
}
