import protobuf from 'protobufjs'

/** The fields of ONNX that work is counted from, or that a one-node graph is written with. @see onnx/onnx.proto */
const SCHEMA = `
syntax = "proto2";
message Attribute { optional string name = 1; optional int64 i = 3; repeated int64 ints = 8; optional int32 type = 20; }
message Node { repeated string input = 1; repeated string output = 2; optional string name = 3; optional string opType = 4; repeated Attribute attribute = 5; }
message Tensor { repeated int64 dims = 1; optional int32 dataType = 2; optional string name = 8; optional bytes rawData = 9; }
message Dimension { optional int64 value = 1; }
message Shape { repeated Dimension dim = 1; }
message TensorType { optional int32 elemType = 1; optional Shape shape = 2; }
message Type { optional TensorType tensorType = 1; }
message ValueInfo { optional string name = 1; optional Type type = 2; }
message Graph { repeated Node node = 1; optional string name = 2; repeated Tensor initializer = 5; repeated ValueInfo input = 11; repeated ValueInfo output = 12; }
message Opset { optional string domain = 1; optional int64 version = 2; }
message Model { optional int64 irVersion = 1; optional Graph graph = 7; repeated Opset opset = 8; }
`
const modelType = protobuf.parse(SCHEMA, { keepCase: true }).root.lookupType('Model')

type Count = number | { toString(): string }
interface GraphNode {
  input: string[]
  output: string[]
  opType: string
  attribute: Array<{ name: string; ints: Count[] }>
}
interface Parsed {
  graph: { node: GraphNode[]; initializer: Array<{ name: string; dims: Count[] }> }
}

interface Size {
  readonly height: number
  readonly width: number
}

const pixels = ({ height, width }: Size): number => height * width

/** Output size of a convolution or pooling. @see ONNX operators, Conv */
function slid(size: Size, node: GraphNode, kernel: readonly number[]): Size {
  const ints = (name: string, otherwise: number[]): number[] => {
    const values = node.attribute.find((attribute) => attribute.name === name)?.ints ?? []
    return values.length > 0 ? values.map(Number) : otherwise
  }
  const [strides, pads, dilations] = [ints('strides', [1, 1]), ints('pads', [0, 0, 0, 0]), ints('dilations', [1, 1])]
  const side = (length: number, axis: 0 | 1): number =>
    Math.floor((length + (pads[axis] ?? 0) + (pads[axis + 2] ?? 0) - (dilations[axis] ?? 1) * ((kernel[axis] ?? 1) - 1) - 1) / (strides[axis] ?? 1)) + 1
  return { height: side(size.height, 0), width: side(size.width, 1) }
}

/** Floating-point operations of convolutions and matrix products in one run: two for each multiplication with addition. */
export function flopsOf(bytes: Uint8Array, input: Size): number {
  const { graph } = modelType.decode(bytes) as unknown as Parsed
  const weights = new Map(graph.initializer.map(({ name, dims }) => [name, dims.map(Number)]))
  const sizes = new Map<string, Size>()
  let macs = 0
  for (const node of graph.node) {
    const weight = weights.get(node.input[1] ?? '')
    const known = node.input.filter((name) => !weights.has(name)).map((name) => sizes.get(name) ?? (sizes.size === 0 ? input : undefined))
    let size = known.filter((candidate) => candidate !== undefined).toSorted((a, b) => pixels(b) - pixels(a))[0]
    if (size === undefined) continue
    const product = weight?.reduce((all, side) => all * side, 1) ?? 0
    if (node.opType === 'Conv') {
      size = slid(size, node, weight?.slice(2) ?? [])
      macs += pixels(size) * product
    } else if (node.opType === 'AveragePool' || node.opType === 'MaxPool') {
      size = slid(size, node, node.attribute.find(({ name }) => name === 'kernel_shape')?.ints.map(Number) ?? [])
    } else if (node.opType.startsWith('Global')) {
      size = { height: 1, width: 1 }
    } else if (node.opType === 'Gemm' || node.opType === 'MatMul') {
      macs += product
    }
    for (const name of node.output) sizes.set(name, size)
  }
  return macs * 2
}

/** A graph that multiplies its input, `side` × `side`, with a constant of that size: what one thread can do at best. */
export function matMulModel(side: number): Uint8Array {
  const shape = { dim: [{ value: side }, { value: side }] }
  const value = (name: string) => ({ name, type: { tensorType: { elemType: 1, shape } } })
  const constant = new Float32Array(side * side).map((_, i) => Math.sin(i))
  return modelType.encode(modelType.fromObject({
    irVersion: 7, opset: [{ domain: '', version: 12 }],
    graph: {
      name: 'product', node: [{ input: ['a', 'b'], output: ['c'], name: 'product', opType: 'MatMul' }],
      initializer: [{ name: 'b', dims: [side, side], dataType: 1, rawData: new Uint8Array(constant.buffer) }],
      input: [value('a')], output: [value('c')],
    },
  })).finish()
}
