import { type RandomSource, seededRandom } from '#kernel/random.js'

/** What is done to the running system, and for how long it lasts where it lasts. */
export const FAULTS = [
  'gateway-killed', 'server-killed', 'uplink-cut', 'broker-killed', 'gateway-stalled', 'server-stalled', 'power-cut', 'disk-full', 'door-ordered', 'consent-withdrawn',
] as const
export type Fault = (typeof FAULTS)[number]

export interface Step {
  readonly fault: Fault
  /** After the devices began. */
  readonly atMs: number
  readonly forMs: number
  /** Of a power cut: so many writes and syncs of the gateway later. */
  readonly calls: number
}

export interface Plan {
  readonly seed: number
  /** Devices at a broker of the estate's own instead of the gateway's. */
  readonly ownBroker: boolean
  readonly camera: boolean
  /** Faults of the devices, as the simulator takes them. */
  readonly deviceFaults: string
  readonly steps: readonly Step[]
}

export interface Abilities {
  readonly ownBroker: boolean
  readonly powerCut: boolean
}

const PHASE_MS = 5_000
const STEPS_MIN = 2
const STEPS_MORE = 3

const whole = (random: RandomSource, from: number, to: number): number => from + Math.floor(random.float() * (to - from))

/** What one run does, from its seed alone. A run whose faults need what is not there has others instead. */
export function planOf(seed: number, has: Abilities): Plan {
  const random = seededRandom(seed)
  const ownBroker = has.ownBroker && random.float() < 0.4
  const camera = random.float() < 0.3
  const possible = FAULTS.filter((fault) => (fault !== 'broker-killed' || ownBroker) && (!['power-cut', 'disk-full'].includes(fault) || has.powerCut))
  const steps = Array.from({ length: STEPS_MIN + whole(random, 0, STEPS_MORE) }, (): Step => ({
    fault: possible[whole(random, 0, possible.length)] as Fault, atMs: whole(random, 300, PHASE_MS), forMs: whole(random, 200, 1_500), calls: whole(random, 0, 120),
  }))
  const deviceFaults = [`drop=${whole(random, 2, 12)}`, `reboot=${whole(random, 4, 20)}`, `duplicate=${(random.float() * 0.3).toFixed(2)}`, `delay=${(random.float() * 0.3).toFixed(2)}`,
    `delay-ms=${whole(random, 20, 800)}`, 'door=0.5', `skew-ms=${whole(random, -60_000, 60_000)}`].join(',')
  return { seed, ownBroker, camera, deviceFaults, steps: steps.toSorted((one, other) => one.atMs - other.atMs) }
}
