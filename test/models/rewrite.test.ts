import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { openNet } from '../../gateway/face/session.js'
import { FLOAT, floatTensor, floatValues, parseOnnx, serialiseOnnx, type OnnxModel, type OnnxNode, type OnnxTensor } from '../../models/onnx-graph.js'
import { rewrite } from '../../models/rewrite.js'

const modelFile = (name: string): Buffer => readFileSync(fileURLToPath(new URL(`../../models/${name}`, import.meta.url)))

/** Protobuf by hand, for a whole ONNX file around a graph: the reader under test must not be the only witness. */
const varint = (value: number): number[] => (value < 128 ? [value] : [(value & 127) | 128, ...varint(Math.floor(value / 128))])
const field = (id: number, bytes: Uint8Array | number[]): number[] => [...varint(id * 8 + 2), ...varint(bytes.length), ...bytes]
const text = (id: number, value: string): number[] => field(id, Buffer.from(value))
const number = (id: number, value: number): number[] => [...varint(id * 8), ...varint(value)]
const shape = (name: string, sides: number[]): number[] =>
  [...text(1, name), ...field(2, field(1, [...number(1, 1), ...field(2, sides.flatMap((side) => field(1, number(1, side))))]))]

/** `y = PRelu(x; slopes)` over 1×C×1×W. */
function preluNet(slopes: number[], width: number): Uint8Array {
  const channels = slopes.length
  const values = new Uint8Array(Float32Array.from(slopes).buffer)
  const tensor = [...number(1, channels), ...number(1, 1), ...number(1, 1), ...number(2, 1), ...text(8, 'slopes'), ...field(9, values)]
  const node = [...text(1, 'x'), ...text(1, 'slopes'), ...text(2, 'y'), ...text(4, 'PRelu')]
  const sides = [1, channels, 1, width]
  const graph = [...field(1, node), ...text(2, 'g'), ...field(5, tensor), ...field(11, shape('x', sides)), ...field(12, shape('y', sides))]
  return Uint8Array.from([...number(1, 6), ...field(8, number(2, 9)), ...field(7, graph)])
}

async function run(bytes: Uint8Array, values: Float32Array, sides: number[]): Promise<Float32Array> {
  const net = await openNet(bytes, { input: { name: 'x', shape: sides }, outputs: [{ name: 'y', shape: sides }] })
  try {
    net.input.set(values)
    await net.run()
    return Float32Array.from(net.outputs[0] as Float32Array)
  } finally {
    await net.close()
  }
}

describe('PRelu rewrite', () => {
  it.each([
    ['slopes up to 1', [0, 0.25, 1, -0.5, -3]],
    ['a slope above 1', [0.25, 1.5, -2, 0]],
  ])('gives the same for %s, and leaves no PRelu', async (_, slopes) => {
    const bytes = preluNet(slopes, 6)
    const { bytes: rewritten, changed } = rewrite(bytes, ['prelu'])
    expect(changed).toEqual(new Map([['prelu', 1]]))
    expect(parseOnnx(rewritten).graph.node.map((node) => node.opType)).not.toContain('PRelu')
    const sides = [1, slopes.length, 1, 6]
    const values = Float32Array.from(slopes.flatMap(() => [-100, -1, -1e-3, 0, 0.5, 70]))
    const [before, after] = [await run(bytes, values, sides), await run(rewritten, values, sides)]
    slopes.forEach((slope, channel) => [-100, -1, -1e-3, 0, 0.5, 70].forEach((x, i) => {
      expect(before[channel * 6 + i]).toBeCloseTo(x < 0 ? x * slope : x, 5)
    }))
    after.forEach((value, i) => expect(Math.abs(value - (before[i] as number))).toBeLessThanOrEqual(1e-5 * Math.max(1, Math.abs(value))))
  })

  it('gives the same for any slopes and values', async () => {
    const real = (limit: number) => fc.float({ min: Math.fround(-limit), max: Math.fround(limit), noNaN: true })
    await fc.assert(fc.asyncProperty(fc.array(real(2), { minLength: 1, maxLength: 8 }), fc.array(real(50), { minLength: 8, maxLength: 8 }), async (slopes, row) => {
      const bytes = preluNet(slopes, 8)
      const values = Float32Array.from(slopes.flatMap(() => row))
      const sides = [1, slopes.length, 1, 8]
      const [before, after] = [await run(bytes, values, sides), await run(rewrite(bytes, ['prelu']).bytes, values, sides)]
      after.forEach((value, i) => expect(Math.abs(value - (before[i] as number))).toBeLessThanOrEqual(2e-5))
    }), { numRuns: 30 })
  })

  const graphOf = (node: Partial<OnnxNode>, tensors: OnnxTensor[]): Uint8Array => serialiseOnnx({
    graph: { node: [{ input: ['x', 'slopes'], output: ['y'], name: 'n', opType: 'PRelu', attribute: [], ...node }], initializer: tensors },
  })
  it.each([
    ['no constant slopes', graphOf({}, []), 'PRelu n: its slope is no constant'],
    ['one slope for all channels', graphOf({}, [floatTensor('slopes', Float32Array.of(0.1))]), 'PRelu slope slopes: not one value per channel'],
    ['slopes of another type', graphOf({}, [{ ...floatTensor('slopes', Float32Array.of(0.1)), dataType: 7 }]), 'tensor slopes is not float32'],
  ])('refuses %s', (_, bytes, message) => expect(() => rewrite(bytes, ['prelu'])).toThrow(message))

  it('refuses bytes that are no model', () => {
    expect(() => rewrite(new Uint8Array(0), ['prelu'])).toThrow('no ONNX graph')
    expect(() => rewrite(Buffer.from('this is a text file'), ['prelu'])).toThrow()
  })
})

describe('tiny weights', () => {
  it('zeroes what is below 1e-15 and nothing else', () => {
    const values = Float32Array.of(1, -1e-14, 9e-16, -9e-16, 1e-39, -1e-45, 0, -0, 5)
    const model: OnnxModel = { graph: { node: [], initializer: [floatTensor('w', values), { ...floatTensor('i', values), dataType: 7 }] } }
    const { bytes, changed } = rewrite(serialiseOnnx(model), ['tiny-weights'])
    const [weights, integers] = parseOnnx(bytes).graph.initializer as [OnnxTensor, OnnxTensor]
    expect(changed).toEqual(new Map([['tiny-weights', 4]]))
    expect([...floatValues(weights)]).toEqual([1, Math.fround(-1e-14), 0, 0, 0, 0, 0, -0, 5])
    expect([...floatValues({ ...integers, dataType: FLOAT })]).toEqual([...values])
  })

  it('left none in the nets that are served, whose bytes it would not change again', () => {
    for (const name of ['fr_landmark.onnx', 'fr_feature.onnx']) {
      const { bytes, changed } = rewrite(modelFile(name), ['tiny-weights', 'prelu'])
      expect([...changed.values()], name).toEqual([0, 0])
      expect(Buffer.compare(bytes, modelFile(name)), name).toBe(0)
    }
  })
})
