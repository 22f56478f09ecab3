import type { LinkWeather } from './network/virtual-broker.js'
import { FAIR_UPLINK, type UplinkWeather } from './network/uplink.js'
import { DEVICES, GATES, PERSONS } from './template.js'
import { type Dice, createDice } from './engine/dice.js'

/** What people, managers and guards do. */
export type Action =
  | { readonly kind: 'face'; readonly person: number; readonly gate: number; readonly frames: number }
  | { readonly kind: 'card'; readonly person: number; readonly gate: number }
  | { readonly kind: 'enrol'; readonly person: number }
  | { readonly kind: 'forced'; readonly gate: number }
  | { readonly kind: 'exit-button'; readonly gate: number }
  | { readonly kind: 'fire'; readonly gate: number; readonly forMs: number }
  | { readonly kind: 'order-open'; readonly gate: number }
  | { readonly kind: 'order-mode'; readonly gate: number; readonly mode: 'kept-open' | 'kept-locked' | 'normal' }
  | { readonly kind: 'withdraw-consent'; readonly person: number }
  | { readonly kind: 'grant-consent'; readonly person: number }
  | { readonly kind: 'end-permit'; readonly person: number }
  | { readonly kind: 'issue-permit'; readonly person: number }
  | { readonly kind: 'remove-person'; readonly person: number }

/** What goes wrong. */
export type Fault =
  | { readonly kind: 'gateway-dies'; readonly steps: number; readonly how: 'killed' | 'power-cut'; readonly offMs: number }
  | { readonly kind: 'gateway-stops'; readonly offMs: number }
  | { readonly kind: 'server-dies'; readonly steps: number; readonly offMs: number }
  | { readonly kind: 'uplink'; readonly weather: UplinkWeather; readonly forMs: number }
  | { readonly kind: 'link'; readonly device: number; readonly weather: LinkWeather; readonly forMs: number }
  | { readonly kind: 'device-cut'; readonly device: number; readonly isSilent: boolean }
  | { readonly kind: 'device-reboot'; readonly device: number; readonly offMs: number }
  | { readonly kind: 'broker-restart' }
  | { readonly kind: 'wall-jump'; readonly machine: 'gateway' | 'server' | 'device'; readonly ms: number }
  | { readonly kind: 'disk-full'; readonly forMs: number }
  | { readonly kind: 'disk-slow'; readonly commitMs: number; readonly forMs: number }
  | { readonly kind: 'engine-slow'; readonly inferenceMsMax: number; readonly forMs: number }
  | { readonly kind: 'old-command'; readonly gate: number; readonly newest: number }
  | { readonly kind: 'disk-copied' }
  | { readonly kind: 'disk-restored' }
  | { readonly kind: 'night'; readonly hours: number }

export type Happening = { readonly atMs: number } & ({ readonly action: Action } | { readonly fault: Fault })

export interface Plan {
  readonly seed: number
  /** False where nobody gives orders, and nobody asks for them. */
  readonly hasOrders: boolean
  readonly endMs: number
  readonly happenings: readonly Happening[]
}

const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS
const DAY_MS = 24 * HOUR_MS
const person = (dice: Dice): number => dice.whole(0, PERSONS - 1)
const gate = (dice: Dice): number => dice.whole(0, GATES.length - 1)
const device = (dice: Dice): number => dice.whole(0, DEVICES.length - 1)

type Maker<T> = readonly [weight: number, make: (dice: Dice) => T, isOrder?: true]

const ACTIONS: readonly Maker<Action>[] = [
  [10, (dice) => ({ kind: 'face', person: person(dice), gate: gate(dice), frames: dice.whole(1, 4) })],
  [10, (dice) => ({ kind: 'card', person: person(dice), gate: gate(dice) })],
  [4, (dice) => ({ kind: 'enrol', person: person(dice) })],
  [2, (dice) => ({ kind: 'forced', gate: gate(dice) })],
  [2, (dice) => ({ kind: 'exit-button', gate: gate(dice) })],
  [1, (dice) => ({ kind: 'fire', gate: gate(dice), forMs: dice.whole(1_000, 20_000) })],
  [4, (dice) => ({ kind: 'order-open', gate: gate(dice) }), true],
  [1, (dice) => ({ kind: 'order-mode', gate: gate(dice), mode: dice.pick(['kept-open', 'kept-locked', 'normal']) }), true],
  [3, (dice) => ({ kind: 'withdraw-consent', person: person(dice) })],
  [1, (dice) => ({ kind: 'grant-consent', person: person(dice) })],
  [2, (dice) => ({ kind: 'end-permit', person: person(dice) })],
  [1, (dice) => ({ kind: 'issue-permit', person: person(dice) })],
  [1, (dice) => ({ kind: 'remove-person', person: person(dice) })],
]

const uplinkWeather = (dice: Dice): UplinkWeather => ({
  cut: dice.pick(['no', 'no', 'refused', 'silent']), loseRequest: dice.between(0, 0.3), loseAnswer: dice.between(0, 0.4), duplicate: dice.between(0, 0.3),
  delayMsMax: dice.pick([60, 2_500, 14_000]),
})
const linkWeather = (dice: Dice): LinkWeather => ({
  drop: dice.between(0, 0.3), duplicate: dice.between(0, 0.3), delay: dice.between(0, 0.4), delayMsMax: dice.pick([100, 1_000, 3_000]),
})

const FAULTS: readonly Maker<Fault>[] = [
  [6, (dice) => ({ kind: 'gateway-dies', steps: dice.whole(0, 200), how: dice.pick(['killed', 'power-cut']), offMs: dice.pick([200, 3_000, 30_000]) })],
  [1, (dice) => ({ kind: 'gateway-stops', offMs: dice.whole(200, 10_000) })],
  [4, (dice) => ({ kind: 'server-dies', steps: dice.whole(0, 80), offMs: dice.pick([200, 3_000, 30_000]) })],
  [6, (dice) => ({ kind: 'uplink', weather: uplinkWeather(dice), forMs: dice.whole(2_000, 60_000) })],
  [5, (dice) => ({ kind: 'link', device: device(dice), weather: linkWeather(dice), forMs: dice.whole(2_000, 60_000) })],
  [4, (dice) => ({ kind: 'device-cut', device: device(dice), isSilent: dice.chance(0.5) })],
  [3, (dice) => ({ kind: 'device-reboot', device: device(dice), offMs: dice.pick([0, 500, 20_000]) })],
  [2, () => ({ kind: 'broker-restart' })],
  [3, (dice) => ({ kind: 'wall-jump', machine: dice.pick(['gateway', 'server', 'device']), ms: dice.pick([-DAY_MS, -HOUR_MS, -5_000, 5_000, HOUR_MS, DAY_MS / 2]) })],
  [2, (dice) => ({ kind: 'disk-full', forMs: dice.whole(1_000, 40_000) })],
  [2, (dice) => ({ kind: 'disk-slow', commitMs: dice.pick([50, 700, 4_000]), forMs: dice.whole(1_000, 20_000) })],
  [2, (dice) => ({ kind: 'engine-slow', inferenceMsMax: dice.pick([500, 2_500, 8_000]), forMs: dice.whole(1_000, 20_000) })],
  [4, (dice) => ({ kind: 'old-command', gate: gate(dice), newest: dice.whole(0, 2) })],
]

function draw<T>(dice: Dice, makers: readonly Maker<T>[]): T {
  let left = dice.between(0, makers.reduce((sum, [weight]) => sum + weight, 0))
  for (const [weight, make] of makers) {
    left -= weight
    if (left < 0) return make(dice)
  }
  return (makers[0] as Maker<T>)[1](dice)
}

/** A copy of the disk, and the copy in the machine later: what came between is known to the server alone. */
function restoring(dice: Dice, endMs: number): Happening[] {
  const copiedMs = dice.between(0.1, 0.6) * endMs
  return [{ atMs: copiedMs, fault: { kind: 'disk-copied' } }, { atMs: copiedMs + dice.between(0.1, 0.9) * (endMs - copiedMs), fault: { kind: 'disk-restored' } }]
}

/** What happens in the world of this seed. Happenings know nothing of each other: any of them can be left out. */
export function makePlan(seed: number): Plan {
  const dice = createDice(seed, 'plan')
  const endMs = dice.between(0.5, 1.2) * MINUTE_MS
  const hasOrders = dice.chance(0.5)
  const possible = ACTIONS.filter(([, , isOrder = false]) => hasOrders || !isOrder)
  const actions = Array.from({ length: dice.whole(5, 16) }, (): Happening => ({ atMs: dice.between(0.02, 0.95) * endMs, action: draw(dice, possible) }))
  // Whoever shall be recognised must be enrolled before, and the gateway must have started for it.
  const early = Array.from({ length: dice.whole(0, 3) }, (): Happening => ({ atMs: dice.between(6_000, 12_000), action: { kind: 'enrol', person: person(dice) } }))
  // An answer that was on its way for longer than the order in it is good for.
  const late = actions.filter((one) => 'action' in one && one.action.kind === 'order-open' && dice.chance(0.4)).map(({ atMs }): Happening =>
    ({ atMs: Math.max(0, atMs - 6_000), fault: { kind: 'uplink', weather: { ...FAIR_UPLINK, delayMsMax: 14_500 }, forMs: 20_000 } }))
  const faults = Array.from({ length: dice.whole(2, 8) }, (): Happening => ({ atMs: dice.between(0.02, 0.95) * endMs, fault: draw(dice, FAULTS) }))
  const rare = [
    ...(dice.chance(0.12) ? restoring(dice, endMs) : []),
  ]
  const day: Plan = { seed, hasOrders, endMs, happenings: [...early, ...actions, ...late, ...faults, ...rare].sort((a, b) => a.atMs - b.atMs) }
  return dice.chance(0.2) ? withNight(day, dice.between(0.3, 0.7) * endMs, dice.whole(1, 14)) : day
}

/** Without power from `atMs` on; what would have happened then happens after it. */
function withNight({ happenings, ...plan }: Plan, atMs: number, hours: number): Plan {
  const offMs = hours * HOUR_MS
  const later = happenings.map((one): Happening => (one.atMs < atMs ? one : { ...one, atMs: one.atMs + offMs }))
  return { ...plan, endMs: plan.endMs + offMs, happenings: [...later, { atMs, fault: { kind: 'night', hours } } as Happening].sort((a, b) => a.atMs - b.atMs) }
}

/** One line about a happening. */
export const describe = (happening: Happening): string =>
  `${(happening.atMs / 1_000).toFixed(3)} s  ${JSON.stringify('action' in happening ? happening.action : happening.fault)}`
