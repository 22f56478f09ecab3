import type { CredentialResultV1 } from '#contract/reader-messages.js'
import type { Clock } from '#kernel/clock.js'
import type { Incoming } from '../device/device-client.js'
import { createDeviceCore } from '../device/device-core.js'
import { type DeviceSettings, type DeviceWorld, type ReaderReport, type SimulatedDevice, count } from '../device/device.js'
import { recurring } from '../faults.js'
import { type Carried, type Shown, shownBy } from './wallet.js'

export interface ReaderSettings extends DeviceSettings {
  /** What the people who come by carry, in turn by chance; nobody comes where it is empty. */
  readonly wallet: readonly Carried[]
  /** Mean seconds between two who come by; 0 is nobody. */
  readonly presentSeconds: number
}

/** A reader with keypad, card antenna and camera for codes, and the people before it. */
export interface SimulatedReader extends SimulatedDevice {
  /** @returns false where the firmware does not read now: no connection, or it was told to wait */
  present(shown: Shown): boolean
  /** Somebody of the wallet, by place from 0, comes by. */
  come(place: number): boolean
  /** Sends as many presentations as fast as it can, whatever it was told. */
  flood(presentations: number): void
  reboot(): void
  drop(): void
  /** Something is wrong with it from now on, or no more. */
  fault(name: string, isWrong: boolean): void
  report(): ReaderReport
}

/** Presentations whose answer may still come. */
const AWAITED_MAX = 256
const RESULT_TIMES_MAX = 10_000
const FLOOD_PRESENTATIONS = 100
const GARBAGE = ['', 'JM1.', '0'.repeat(512), '1*', '************', 'zz', 'JM1.00000000-0000-0000-0000-000000000000.1.AAAA']

/** What was presented, and what came of it. */
function createCounts(clock: Clock) {
  const sentAtMs = new Map<string, number>()
  const shown: Record<string, number> = {}
  const answers: Record<string, number> = {}
  const resultMs: number[] = []
  let presented = 0
  return {
    sent(presentationId: string, way: string): void {
      presented += 1
      count(shown, way)
      sentAtMs.set(presentationId, clock.monoMs())
      const oldest = sentAtMs.size > AWAITED_MAX ? sentAtMs.keys().next().value : undefined
      if (oldest !== undefined) sentAtMs.delete(oldest)
    },
    answered({ presentationId, outcome, reason }: CredentialResultV1): void {
      count(answers, outcome === 'refused' && reason !== null ? `refused:${reason}` : outcome)
      const atMs = sentAtMs.get(presentationId)
      if (atMs === undefined) return
      sentAtMs.delete(presentationId)
      if (resultMs.push(clock.monoMs() - atMs) > RESULT_TIMES_MAX) resultMs.shift()
    },
    disconnected: () => sentAtMs.clear(),
    report: () => ({ presented, shown: { ...shown }, answers: { ...answers }, resultMs }),
  }
}

/** Starts nothing yet. */
export function createReader({ world, settings }: { world: DeviceWorld; settings: ReaderSettings }): SimulatedReader {
  const { clock, ids, random } = world
  const { faults, wallet } = settings
  const counts = createCounts(clock)
  let waitsUntilMs = 0

  const send = ({ way, value }: Shown): boolean => {
    const presentationId = ids.uuid()
    if (!core.client.send('credential', { v: 1, presentationId, ...core.life.stamp(), way, value: value === '' ? ' ' : value })) return false
    counts.sent(presentationId, way)
    return true
  }
  const one = <Item>(items: readonly Item[]): Item | undefined => items[Math.floor(random.float() * items.length)]
  const present = (what: Shown): boolean => clock.monoMs() >= waitsUntilMs && send(what)
  const come = (place: number): boolean => {
    const carried = wallet[place]
    return carried !== undefined && present(shownBy(carried, clock.wallMs()))
  }
  const comeBy = (): void => {
    if (random.float() < faults.garbage) send({ way: one(['card', 'qr', 'pin'] as const) ?? 'card', value: one(GARBAGE) ?? '' })
    else if (wallet.length > 0) come(Math.floor(random.float() * wallet.length))
  }
  const flood = (presentations: number): void => {
    for (let i = 0; i < presentations; i++) send({ way: 'card', value: Buffer.from(random.bytes(4)).toString('hex') })
  }
  const recurrings = [
    recurring(settings.presentSeconds, random, clock, comeBy),
    recurring(faults.floodSeconds, random, clock, () => flood(FLOOD_PRESENTATIONS)),
  ]
  const core = createDeviceCore({
    world, settings, capabilities: ['card', 'qr', 'pin'],
    hooks: {
      connected() {}, disconnected: () => counts.disconnected(),
      received(message: Incoming) {
        if (message.kind !== 'credentialResult') return
        counts.answered(message.payload)
        waitsUntilMs = clock.monoMs() + message.payload.retryAfterMs
      },
      rebooted: () => void (waitsUntilMs = 0),
      doors: () => [], pendingEvents: () => 0,
    },
  })
  return {
    present, come, flood,
    start() {
      core.start()
      for (const each of recurrings) each.start()
    },
    async stop() {
      for (const each of recurrings) each.stop()
      await core.stop()
    },
    reboot: () => core.reboot(),
    drop: () => core.client.drop(),
    fault: (name, isWrong) => core.health.set(name, isWrong),
    report: () => ({
      kind: 'reader', deviceId: settings.address.deviceId, firmware: core.firmware(), connects: core.connects(), ...counts.report(),
      notices: { ...core.notices() },
    }),
  }
}
