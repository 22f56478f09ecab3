import { InferenceSession, Tensor } from 'onnxruntime-node'
import { gatewayError } from '../errors.js'

export interface TensorSpec {
  readonly name: string
  readonly shape: readonly number[]
}

export interface NetSpec {
  readonly input: TensorSpec
  readonly outputs: readonly TensorSpec[]
}

/** One net with its buffers. Not re-entrant: write `input`, await `run()`, read `outputs`. */
export interface Net {
  readonly input: Float32Array
  /** In the spec's order; the next run overwrites them. */
  readonly outputs: readonly Float32Array[]
  run(): Promise<void>
  close(): Promise<void>
}

/**
 * One thread and no spinning: with two cores shared between workers, broker and database, a second thread that spins
 * makes every frame several times slower. `all` puts convolutions into blocked layout.
 */
const OPTIONS: InferenceSession.SessionOptions = {
  executionProviders: ['cpu'],
  intraOpNumThreads: 1,
  interOpNumThreads: 1,
  executionMode: 'sequential',
  graphOptimizationLevel: 'all',
  logSeverityLevel: 3,
  extra: { session: { intra_op: { allow_spinning: '0' }, inter_op: { allow_spinning: '0' } } },
}

/**
 * Opens a net from the bytes of an ONNX file. The runtime blocks the calling thread during `run()`.
 * @throws GW_FACE_MODEL where the runtime refuses the file, or its tensors are not those of `spec`
 */
export async function openNet(bytes: Uint8Array, spec: NetSpec): Promise<Net> {
  let session: InferenceSession
  try {
    session = await InferenceSession.create(bytes, OPTIONS)
  } catch (cause) {
    throw gatewayError('GW_FACE_MODEL', { reason: 'the runtime cannot load the file' }, cause)
  }
  const mismatch = mismatchOf(session, spec)
  if (mismatch !== undefined) {
    await session.release()
    throw gatewayError('GW_FACE_MODEL', { reason: mismatch })
  }
  const input = zeroTensor(spec.input)
  const outputs = spec.outputs.map(zeroTensor)
  const feeds = { [spec.input.name]: input }
  const fetches = Object.fromEntries(spec.outputs.map((output, index) => [output.name, outputs[index] as Tensor]))
  return {
    input: input.data as Float32Array,
    outputs: outputs.map((output) => output.data as Float32Array),
    async run() {
      await session.run(feeds, fetches)
    },
    close: () => session.release(),
  }
}

const zeroTensor = ({ shape }: TensorSpec): Tensor =>
  new Tensor('float32', new Float32Array(shape.reduce((product, side) => product * side, 1)), shape)

function mismatchOf(session: InferenceSession, spec: NetSpec): string | undefined {
  if (session.inputNames.length !== 1) return `${session.inputNames.length} inputs, expected 1`
  const known = [...session.inputMetadata, ...session.outputMetadata]
  for (const wanted of [spec.input, ...spec.outputs]) {
    const found = known.find((tensor) => tensor.name === wanted.name)
    if (found === undefined) return `no tensor ${wanted.name}`
    if (!found.isTensor || found.type !== 'float32') return `tensor ${wanted.name} is not float32`
    const fits = found.shape.length === wanted.shape.length &&
      found.shape.every((side, axis) => typeof side === 'string' || side === wanted.shape[axis])
    if (!fits) return `tensor ${wanted.name} is ${found.shape.join('×')}, expected ${wanted.shape.join('×')}`
  }
  return undefined
}
