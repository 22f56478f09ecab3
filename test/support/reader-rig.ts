import { createHash } from 'node:crypto'
import type { CommandResultV1 } from '#contract/device-messages.js'
import type { PassageV2 } from '#contract/passage-record.js'
import type { GateRules, GateV2 } from '#contract/sync-roster.js'
import type { Roster } from '../../gateway/access/ports.js'
import type { GatewayStore } from '../../gateway/store/types.js'
import { type AccessRig, CONTROLLER_BOOT, ROSTER, createAccessRig } from './access-rig.js'
import { credential, gate, personRef, uuid, visit } from './factories.js'
import { openStore } from './open-store.js'
import { createPhone } from './phone-code.js'
import { START_WALL_MS } from './virtual-clock.js'

export const phone = createPhone()
export const CARD = '04aabb01'
export const TOKEN = 'VISIT-7Q2M-XK'
export const cardItem = credential(1)
export const phoneItem = credential(2, { personRef: personRef(1), secret: { kind: 'phone-key', publicKey: phone.publicKey } })
export const tokenItem = credential(3, { personRef: null, visitId: visit(1).visitId, secret: { kind: 'token', sha256: createHash('sha256').update(TOKEN).digest('hex') } })

/** Gate 1 with a camera and readers at it: `rd-1` inwards, `rd-out` outwards, `late-1` as late as its presentations say. */
export const withReaders = (rules: Partial<GateRules> = {}): GateV2 => gate(1, {
  rules, devices: [{ deviceId: 'cam-1', direction: 'in' }, { deviceId: 'rd-1', direction: 'in' }, { deviceId: 'rd-out', direction: 'out' }, { deviceId: 'late-1', direction: 'in' }],
})

export interface ReaderRig extends AccessRig {
  readonly store: GatewayStore
  show(way: 'card' | 'qr' | 'pin', value: string, readerId?: string): Promise<void>
  passages(): Promise<PassageV2[]>
  /** Of every passage, what it was refused for, or `granted`. */
  reasons(): Promise<string[]>
  /** Of every presentation, what the reader was told. */
  answers(): string[]
  /** The controller answers the newest command. */
  answer(outcome?: CommandResultV1['outcome']): Promise<void>
}

/** Person 1 with a card and a phone, and a visit with its code, before gate 1. */
export async function startReaderRig(change: Partial<Roster> = {}, deps: Partial<Parameters<typeof createAccessRig>[0]> = {}): Promise<ReaderRig> {
  const store = deps.store ?? await openStore()
  const rig = createAccessRig({ ...deps, store })
  rig.roster.replace({ ...ROSTER, gates: [withReaders(), gate(2)], credentials: [cardItem, phoneItem, tokenItem], visits: [visit(1)], ...change })
  await rig.service.start('model-1')
  const passages = async (): Promise<PassageV2[]> => (await rig.records()).filter((record): record is PassageV2 => record.kind === 'passage.v2')
  return {
    ...rig, store, passages,
    show: (way, value, readerId = 'rd-1') => rig.service.onCredential(readerId, rig.presentation(way, value)),
    reasons: async () => (await passages()).map((record) => record.reason ?? 'granted'),
    answers: () => rig.answered.map(({ result }) => result.reason ?? result.outcome),
    answer: (outcome = 'executed') => rig.service.onCommandResult('ctl-1', {
      v: 1, eventId: uuid(700 + rig.commands.length), commandId: rig.commands.at(-1)?.command.commandId as string, bootId: CONTROLLER_BOOT, monoMs: 1, wallMs: START_WALL_MS,
      outcome, reason: outcome === 'executed' ? null : 'expired',
    }),
  }
}
