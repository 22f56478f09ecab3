import { openNet } from '../gateway/face/session.js'
import type { ModelManifest, NetRole } from '../gateway/face/manifest-schema.js'
import { netSpec } from '../gateway/face/net-spec.js'
import { seededRandom } from '#kernel/random.js'

/** Pictures of noise that a pair of nets is compared on. */
const RUNS = 3

/** Largest absolute difference of any output value on random pictures within the range that the input takes. */
export async function maxDifference(original: Uint8Array, rewritten: Uint8Array, manifest: ModelManifest, role: NetRole): Promise<number> {
  const spec = netSpec(manifest, role)
  const { subtract, divide } = manifest.nets[role].input
  const random = seededRandom(1)
  const [first, second] = [await openNet(original, spec), await openNet(rewritten, spec)]
  try {
    let worst = 0
    for (let run = 0; run < RUNS; run++) {
      for (let i = 0; i < first.input.length; i++) first.input[i] = (random.float() * 255 - subtract) / divide
      second.input.set(first.input)
      await first.run()
      await second.run()
      first.outputs.forEach((output, index) => output.forEach((value, at) => {
        const difference = Math.abs(value - (second.outputs[index]?.[at] ?? Number.NaN))
        // A NaN on either side must not pass as "no difference".
        if (!(difference <= worst)) worst = difference
      }))
    }
    return worst
  } finally {
    await first.close()
    await second.close()
  }
}
