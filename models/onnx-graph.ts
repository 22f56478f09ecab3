import protobuf from 'protobufjs'

/**
 * The few fields of ONNX that the rewrite reads or writes. Everything else in a file is kept as unknown fields and
 * written back unchanged. Dimensions are int64 on the wire; int32 reads the same varints while they are below 2^31.
 * @see onnx/onnx.proto of the ONNX project, IR versions 6 and 7
 */
const SCHEMA = `
syntax = "proto2";
message Attribute { optional string name = 1; optional float f = 2; optional int32 type = 20; }
message Node {
  repeated string input = 1; repeated string output = 2; optional string name = 3; optional string opType = 4;
  repeated Attribute attribute = 5;
}
message Tensor { repeated int32 dims = 1; optional int32 dataType = 2; repeated float floatData = 4 [packed = true]; optional string name = 8; optional bytes rawData = 9; }
message Graph { repeated Node node = 1; repeated Tensor initializer = 5; }
message Model { optional Graph graph = 7; }
`

export interface OnnxAttribute {
  name: string
  f: number
  type: number
}

export interface OnnxNode {
  input: string[]
  output: string[]
  name: string
  opType: string
  attribute: OnnxAttribute[]
}

export interface OnnxTensor {
  dims: number[]
  dataType: number
  floatData?: number[]
  name: string
  rawData?: Uint8Array
}

export interface OnnxModel {
  graph: { node: OnnxNode[]; initializer: OnnxTensor[] }
}

/** `TensorProto.DataType.FLOAT`. */
export const FLOAT = 1
const modelType = protobuf.parse(SCHEMA, { keepCase: true }).root.lookupType('Model')

/** @throws where the bytes are no protobuf message with a graph */
export function parseOnnx(bytes: Uint8Array): OnnxModel {
  const reader = protobuf.Reader.create(bytes)
  // The library drops unknown fields by default; here they are most of the model.
  reader.discardUnknown = false
  const model = modelType.decode(reader) as unknown as Partial<OnnxModel>
  if (model.graph === undefined || model.graph === null) throw new RangeError('no ONNX graph in these bytes')
  return model as OnnxModel
}

export const serialiseOnnx = (model: OnnxModel): Uint8Array => modelType.encode(model as unknown as protobuf.Message).finish()

/** Values of a constant float tensor. @throws where it holds another type */
export function floatValues(tensor: OnnxTensor): Float32Array {
  if (tensor.dataType !== FLOAT) throw new RangeError(`tensor ${tensor.name} is not float32`)
  if (tensor.rawData !== undefined && tensor.rawData.length > 0) return new Float32Array(Uint8Array.from(tensor.rawData).buffer)
  return Float32Array.from(tensor.floatData ?? [])
}

/** Replaces the values of a float tensor; its shape stays. */
export function storeValues(tensor: OnnxTensor, values: Float32Array): void {
  delete tensor.floatData
  tensor.rawData = new Uint8Array(values.buffer, values.byteOffset, values.byteLength)
}

/** A constant one-dimensional float tensor. */
export function floatTensor(name: string, values: Float32Array): OnnxTensor {
  const tensor: OnnxTensor = { dims: [values.length], dataType: FLOAT, name }
  storeValues(tensor, values)
  return tensor
}

export const floatAttribute = (name: string, value: number): OnnxAttribute => ({ name, f: value, type: FLOAT })
