/** The body of an inference request: JSON, and after it the tensors that were sent as bytes. */
import { z } from 'zod'
import { FalconerError } from '../base/errors.ts'
import { type Datatype, fromBinary, fromJson, isDatatype, type Tensor } from './tensor.ts'

export interface InferRequest {
  readonly id?: string
  readonly inputs: readonly Tensor[]
  /** Names of the wanted outputs and whether each is wanted as bytes; undefined: all. */
  readonly outputs?: readonly { readonly name: string; readonly binary: boolean }[]
  /** Whether outputs are wanted as bytes where nothing else is said. */
  readonly binaryOutput: boolean
  readonly deadlineMs?: number
}

const parameters = z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])).optional()

const body = z.object({
  id: z.string().max(400).optional(),
  parameters,
  inputs: z
    .array(
      z.object({
        name: z.string().min(1).max(500),
        shape: z.array(z.number()).max(8),
        datatype: z.string().refine(isDatatype, { message: 'is no datatype of the protocol' }),
        parameters,
        data: z.unknown().optional(),
      }),
    )
    .min(1)
    .max(10_000),
  outputs: z.array(z.object({ name: z.string(), parameters })).optional(),
})

/**
 * Reads a request. `jsonLength` is the header Inference-Header-Content-Length: where the JSON ends and the bytes begin.
 * Errors: `bad-input` naming the tensor or the place.
 */
export function readRequest(bytes: Uint8Array, jsonLength: number = bytes.length): InferRequest {
  if (!Number.isInteger(jsonLength) || jsonLength < 0 || jsonLength > bytes.length) {
    throw new FalconerError(
      'bad-input',
      `Inference-Header-Content-Length is ${jsonLength}, wanted a whole number up to the ${bytes.length} bytes that were sent`,
    )
  }
  const parsed = body.safeParse(readJson(bytes.subarray(0, jsonLength)))
  if (!parsed.success) {
    const { path, message } = parsed.error.issues[0]!
    throw new FalconerError('bad-input', `/${path.join('/')}: ${message}`, {
      findings: parsed.error.issues
        .slice(0, 20)
        .map(issue => ({ at: `/${issue.path.join('/')}`, text: issue.message })),
    })
  }
  const { id, outputs, ...request } = parsed.data
  let at = jsonLength
  const names = new Set<string>()
  const inputs = request.inputs.map(({ name, shape, datatype, parameters, data }) => {
    if (names.has(name)) throw new FalconerError('bad-input', `input ${JSON.stringify(name)} is sent twice`)
    names.add(name)
    const head = { name, shape, datatype: datatype as Datatype } // the schema's refinement has checked it
    const size = parameters?.binary_data_size
    if (size === undefined) {
      if (data === undefined) throw new FalconerError('bad-input', `input ${JSON.stringify(name)} has no data`)
      return fromJson(head, data)
    }
    if (data !== undefined) {
      throw new FalconerError('bad-input', `input ${JSON.stringify(name)} has data both as JSON and as bytes`)
    }
    if (typeof size !== 'number' || !Number.isInteger(size) || size < 0 || at + size > bytes.length) {
      throw new FalconerError(
        'bad-input',
        `input ${JSON.stringify(name)}: binary_data_size is ${size}, ${bytes.length - at} bytes are left of the body`,
      )
    }
    at += size
    return fromBinary(head, bytes.subarray(at - size, at))
  })
  if (at !== bytes.length) {
    throw new FalconerError('bad-input', `${bytes.length - at} bytes follow the last tensor of the request`)
  }
  const binaryOutput = request.parameters?.binary_data_output === true
  const deadlineMs = deadline(request.parameters?.timeout)
  return {
    ...(id && { id }),
    inputs,
    ...(outputs && {
      outputs: outputs.map(({ name, parameters }) => ({
        name,
        binary: typeof parameters?.binary_data === 'boolean' ? parameters.binary_data : binaryOutput,
      })),
    }),
    binaryOutput,
    ...(deadlineMs !== undefined && { deadlineMs }),
  }
}

function readJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch (thrown) {
    throw new FalconerError('bad-input', `the body is not JSON: ${(thrown as Error).message}`, { cause: thrown })
  }
}

/** `timeout` is microseconds. */
function deadline(timeout: string | number | boolean | undefined): number | undefined {
  if (timeout === undefined || timeout === 0) return undefined
  if (typeof timeout === 'number' && timeout > 0 && timeout <= 3_600_000_000) return Math.max(1, timeout / 1000)
  throw new FalconerError('bad-input', `parameter timeout is ${timeout}, wanted microseconds up to an hour`)
}
