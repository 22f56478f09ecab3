import { floatAttribute, floatTensor, floatValues, type OnnxModel, type OnnxNode, type OnnxTensor } from './onnx-graph.js'

/**
 * Replaces every PRelu by operators that the runtime's blocked-layout CPU kernels have, so that it need not reorder
 * memory around each of them. BN(x; s) is a BatchNormalization that only multiplies channel c by s[c]. With slopes a:
 *
 *     PRelu(x) = x + Relu(BN(x; a − 1))             where every a ≤ 1
 *     PRelu(x) = BN(x; a) + BN(Relu(x); 1 − a)      otherwise
 *
 * Both hold for every x; only float rounding differs. Returns how many were replaced.
 * @throws RangeError where a PRelu has no constant slope per channel
 */
export function replacePRelu({ graph }: OnnxModel): number {
  const constants = new Map(graph.initializer.map((tensor) => [tensor.name, tensor]))
  const slopes = new Set<OnnxTensor>()
  const added = new Map<string, OnnxTensor>()
  let replaced = 0
  const nodes = graph.node.flatMap((node) => {
    if (node.opType !== 'PRelu') return [node]
    const slope = constants.get(node.input[1] ?? '')
    if (slope === undefined) throw new RangeError(`PRelu ${node.name}: its slope is no constant`)
    slopes.add(slope)
    return expand(node, `prelu${replaced++}`, slopesPerChannel(slope), added)
  })
  const stillNamed = new Set(nodes.flatMap((node) => node.input))
  graph.node = nodes
  graph.initializer = graph.initializer.filter((tensor) => !slopes.has(tensor) || stillNamed.has(tensor.name)).concat([...added.values()])
  return replaced
}

function slopesPerChannel(slope: OnnxTensor): Float32Array {
  const values = floatValues(slope)
  if (slope.dims.length !== 3 || slope.dims[0] !== values.length) throw new RangeError(`PRelu slope ${slope.name}: not one value per channel`)
  return values
}

function expand(node: OnnxNode, prefix: string, slopes: Float32Array, added: Map<string, OnnxTensor>): OnnxNode[] {
  const x = node.input[0] as string
  const y = node.output[0] as string
  const constant = (name: string, values: Float32Array): string => {
    if (!added.has(name)) added.set(name, floatTensor(name, values))
    return name
  }
  const channels = slopes.length
  const zeros = constant(`prelu_zeros_${channels}`, new Float32Array(channels))
  const ones = constant(`prelu_ones_${channels}`, new Float32Array(channels).fill(1))
  const op = (opType: string, part: string, input: string[], output = `${prefix}_${part}`): OnnxNode =>
    ({ input, output: [output], name: `${prefix}_${part}`, opType, attribute: [] })
  const scale = (part: string, input: string, factors: Float32Array): OnnxNode => ({
    ...op('BatchNormalization', part, [input, constant(`${prefix}_${part}_factors`, factors), zeros, zeros, ones]),
    attribute: [floatAttribute('epsilon', 0)],
  })
  if (slopes.every((slope) => slope <= 1)) {
    return [
      scale('scaled', x, slopes.map((slope) => slope - 1)),
      op('Relu', 'relu', [`${prefix}_scaled`]),
      op('Add', 'sum', [x, `${prefix}_relu`], y),
    ]
  }
  return [
    scale('scaled', x, slopes),
    op('Relu', 'relu', [x]),
    scale('rest', `${prefix}_relu`, slopes.map((slope) => 1 - slope)),
    op('Add', 'sum', [`${prefix}_scaled`, `${prefix}_rest`], y),
  ]
}
