import type { ModelManifest, NetRole } from './manifest-schema.js'
import type { NetSpec } from './session.js'

/** Names and shapes of a net's tensors as the manifest says them; batch size is 1 throughout. */
export function netSpec({ nets }: ModelManifest, role: NetRole): NetSpec {
  const { name, channels, height, width } = nets[role].input
  const input = { name, shape: [1, channels === 'luma' ? 1 : 3, height, width] }
  switch (role) {
    case 'detect':
      return {
        input,
        outputs: [{ name: nets.detect.scores, shape: [1, nets.detect.candidates, 2] }, { name: nets.detect.boxes, shape: [1, nets.detect.candidates, 4] }],
      }
    case 'landmark':
      return { input, outputs: [{ name: nets.landmark.output, shape: [1, nets.landmark.points * 2] }] }
    case 'liveness':
      return { input, outputs: [{ name: nets.liveness.output, shape: [1, nets.liveness.classes] }] }
    case 'embed':
      return { input, outputs: [{ name: nets.embed.output, shape: [1, nets.embed.dimensions] }] }
  }
}
