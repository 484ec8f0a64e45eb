/**
 * Recalibration: a classifier that ranks well and states wrong probabilities needs no training, only another curve from
 * what it says to what is true. The curve is appended to the model's own graph, so that one file is served as before.
 */
import { FalconerError } from '../base/errors.ts'
import { floatTensor, node } from '../onnx/build.ts'
import { readModel, writeModel } from '../onnx/codec.ts'
import { dataTypes, type Graph, type Node, type Tensor, type ValueInfo } from '../onnx/model.ts'
import { isotonicFit, isotonicPredict } from '../statistics/calibration/isotonic.ts'
import { plattFit, plattPredict } from '../statistics/calibration/platt.ts'
import { logLosses } from '../statistics/metrics/binaryMetrics.ts'

export type Calibration =
  /** p' = 1 / (1 + exp(-(slope logit(p) + intercept))). */
  | { readonly kind: 'platt'; readonly slope: number; readonly intercept: number }
  /** Linear between knots, constant outside them; x ascends strictly, y does not fall. */
  | { readonly kind: 'isotonic'; readonly x: readonly number[]; readonly y: readonly number[] }

/** Fewer rows make isotonic regression follow the noise. */
const leastIsotonic = 1000
const mostKnots = 128
/** Probabilities nearer to 0 and 1 have no useful logit in float32; both bounds are float32 numbers. */
const lowest = Math.fround(1e-6)
const highest = Math.fround(1 - 1e-6)

/**
 * The curve from probabilities `p` to labels 0 and 1, rows in the order of time. Platt's curve or an isotonic one, which
 * of the two had the smaller log loss on the last third of the rows when fitted to the others; the choice is fitted to
 * all rows. Missing values are refused. Errors: RangeError with fewer than 30 rows, or one class.
 */
export function fitCalibration(p: Float64Array, label: Float64Array): Calibration {
  const ones = label.reduce((sum, y) => sum + y, 0)
  if (label.length < 30 || ones === 0 || ones === label.length) {
    throw new RangeError(`fitCalibration: ${label.length} rows with ${ones} ones; wanted 30 rows of both classes`)
  }
  if (label.length < leastIsotonic) return platt(p, label)
  const cut = Math.floor((2 * label.length) / 3)
  const [later, truth] = [p.subarray(cut), label.subarray(cut)]
  const losses = [platt, isotonic].map(fit => {
    const made = calibrated(fit(p.subarray(0, cut), label.subarray(0, cut)), later)
    return logLosses(truth, made).reduce((sum, loss) => sum + loss, 0)
  })
  return losses[1]! < losses[0]! ? isotonic(p, label) : platt(p, label)
}

/** The calibrated probabilities in float64; NaN stays NaN. */
export function calibrated(calibration: Calibration, p: Float64Array): Float64Array {
  if (calibration.kind === 'platt') return plattPredict(calibration, logits(p))
  return isotonicPredict({ x: Float64Array.from(calibration.x), y: Float64Array.from(calibration.y) }, p)
}

/**
 * The model with the curve appended; its output keeps its name and shape. Takes probabilities of the shape [N, 1], or
 * [N, 2] where the second column is the class 1. Errors: `bad-model` for other outputs.
 */
export function withCalibration(file: Uint8Array, calibration: Calibration): Uint8Array {
  const model = readModel(file)
  const graph = model.graph!
  const { output, columns } = probabilityOf(graph)
  const taken = new Set(graph.node.flatMap(({ input, output: made }) => [...input, ...made]))
  for (const { name } of graph.initializer) if (name !== undefined) taken.add(name)
  const fresh = (name: string): string => {
    let free = `falconer.${name}`
    for (let n = 2; taken.has(free); n++) free = `falconer.${name}.${n}`
    taken.add(free)
    return free
  }
  const before = fresh('uncalibrated')
  const rename = (name: string): string => (name === output.name ? before : name)
  const nodes = graph.node.map(part => ({
    ...part,
    ...(part.name !== undefined && { name: rename(part.name) }),
    input: part.input.map(rename),
    output: part.output.map(rename),
  }))
  const curve =
    columns === 2 ? secondColumn(before, output.name, fresh) : { from: before, to: output.name, around: noParts }
  const parts =
    calibration.kind === 'platt' ? plattParts(calibration, curve, fresh) : isotonicParts(calibration, curve, fresh)
  return writeModel({
    ...model,
    graph: {
      ...graph,
      node: [...nodes, ...curve.around.before, ...parts.nodes, ...curve.around.after],
      initializer: [...graph.initializer, ...curve.around.tensors, ...parts.tensors],
    },
  })
}

function platt(p: Float64Array, label: Float64Array): Calibration {
  const { slope, intercept } = plattFit(logits(p), label)
  return { kind: 'platt', slope, intercept }
}

function isotonic(p: Float64Array, label: Float64Array): Calibration {
  const fit = isotonicFit(p, label)
  const step = Math.max(1, (fit.x.length - 1) / (mostKnots - 1))
  const kept = new Set<number>()
  for (let knot = 0; knot < fit.x.length - 0.5; knot += step) kept.add(Math.round(knot))
  kept.add(fit.x.length - 1)
  // Of n rows none is proof of a probability of 0 or 1 (Laplace).
  const least = 1 / (label.length + 2)
  const places = [...kept].sort((a, b) => a - b)
  return {
    kind: 'isotonic',
    x: places.map(knot => fit.x[knot]!),
    y: places.map(knot => Math.min(1 - least, Math.max(least, fit.y[knot]!))),
  }
}

function logits(p: Float64Array): Float64Array {
  return p.map(share => {
    const inside = Math.min(highest, Math.max(lowest, share))
    return Math.log(inside / (1 - inside))
  })
}

function probabilityOf(graph: Graph): {
  readonly output: ValueInfo & { readonly name: string }
  readonly columns: number
} {
  const floats = graph.output.filter(({ type }) => type?.tensorType?.elemType === dataTypes.float)
  const [output] = floats
  const dims = output?.type?.tensorType?.shape?.dim ?? []
  const columns = Number(dims[1]?.dimValue ?? 0)
  if (floats.length === 1 && output?.name && dims.length === 2 && (columns === 1 || columns === 2)) {
    return { output: { ...output, name: output.name }, columns }
  }
  const found = graph.output.map(({ name }) => name).join(', ') || 'none'
  throw new FalconerError('bad-model', `Only one output of probabilities can be calibrated; this model has ${found}.`, {
    fix: 'Give a binary classifier whose only float output is [N, 1] or [N, 2].',
  })
}

interface Curve {
  readonly from: string
  readonly to: string
  readonly around: {
    readonly before: readonly Node[]
    readonly after: readonly Node[]
    readonly tensors: readonly Tensor[]
  }
}

interface Parts {
  readonly nodes: readonly Node[]
  readonly tensors: readonly Tensor[]
}

/** A name that nothing in the graph has. */
type Fresh = (name: string) => string

function named<Name extends string>(fresh: Fresh, ...names: readonly Name[]): Readonly<Record<Name, string>> {
  return Object.fromEntries(names.map(name => [name, fresh(name)])) as Record<Name, string>
}

const noParts: Curve['around'] = { before: [], after: [], tensors: [] }

/** Of [1 - p, p]: p before the curve, [1 - p', p'] after it. */
function secondColumn(before: string, output: string, fresh: Fresh): Curve {
  const { pick, p, after, mix, lift, both } = named(fresh, 'pick', 'p', 'after', 'mix', 'lift', 'both')
  return {
    from: p,
    to: after,
    around: {
      before: [node('MatMul', [before, pick], [p])],
      after: [node('MatMul', [after, mix], [both]), node('Add', [both, lift], [output])],
      tensors: [
        floatTensor(pick, [2, 1], [0, 1]),
        floatTensor(mix, [1, 2], [-1, 1]),
        floatTensor(lift, [1, 2], [1, 0]),
      ],
    },
  }
}

function plattParts({ slope, intercept }: Calibration & { kind: 'platt' }, { from, to }: Curve, fresh: Fresh): Parts {
  const constant = named(fresh, 'low', 'high', 'one', 'slope', 'intercept')
  const value = named(fresh, 'above', 'inside', 'rest', 'odds', 'logit', 'steep', 'line')
  return {
    nodes: [
      node('Max', [from, constant.low], [value.above]),
      node('Min', [value.above, constant.high], [value.inside]),
      node('Sub', [constant.one, value.inside], [value.rest]),
      node('Div', [value.inside, value.rest], [value.odds]),
      node('Log', [value.odds], [value.logit]),
      node('Mul', [value.logit, constant.slope], [value.steep]),
      node('Add', [value.steep, constant.intercept], [value.line]),
      node('Sigmoid', [value.line], [to]),
    ],
    tensors: [
      floatTensor(constant.low, [], [lowest]),
      floatTensor(constant.high, [], [highest]),
      floatTensor(constant.one, [], [1]),
      floatTensor(constant.slope, [], [slope]),
      floatTensor(constant.intercept, [], [intercept]),
    ],
  }
}

/**
 * y_0 + sum over k of (y_k+1 - y_k) clip((p - x_k) / (x_k+1 - x_k), 0, 1): each step is bounded, however close two knots
 * are in float32.
 */
function isotonicParts({ x, y }: Calibration & { kind: 'isotonic' }, { from, to }: Curve, fresh: Fresh): Parts {
  const risen = x.slice(1).map((right, k) => ({ left: x[k]!, width: right - x[k]!, rise: y[k + 1]! - y[k]! }))
  // A curve of one knot is a constant; a step without a rise keeps the shapes.
  const steps = risen.length > 0 ? risen : [{ left: x[0]!, width: 1, rise: 0 }]
  const constant = named(fresh, 'knots', 'widths', 'rises', 'base', 'zero', 'one')
  const value = named(fresh, 'past', 'share', 'above', 'inside', 'sum')
  const row = (name: string, of: (step: (typeof steps)[number]) => number): Tensor =>
    floatTensor(name, [1, steps.length], steps.map(of))
  return {
    nodes: [
      node('Sub', [from, constant.knots], [value.past]),
      node('Div', [value.past, constant.widths], [value.share]),
      node('Max', [value.share, constant.zero], [value.above]),
      node('Min', [value.above, constant.one], [value.inside]),
      node('MatMul', [value.inside, constant.rises], [value.sum]),
      node('Add', [value.sum, constant.base], [to]),
    ],
    tensors: [
      row(constant.knots, ({ left }) => left),
      row(constant.widths, ({ width }) => width),
      floatTensor(
        constant.rises,
        [steps.length, 1],
        steps.map(({ rise }) => rise),
      ),
      floatTensor(constant.base, [], [y[0]!]),
      floatTensor(constant.zero, [], [0]),
      floatTensor(constant.one, [], [1]),
    ],
  }
}
