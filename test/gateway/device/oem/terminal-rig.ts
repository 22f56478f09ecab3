import type { RecordBody } from '#contract/sync-records.js'
import { createIdSource } from '#kernel/ids.js'
import { seededRandom } from '#kernel/random.js'
import { createStamper } from '#kernel/record-stamp.js'
import type { TerminalChannel } from '../../../../gateway/device/oem/oem-topics.js'
import type { TerminalCredential } from '../../../../gateway/device/oem/ports.js'
import { createTerminalPeople } from '../../../../gateway/device/oem/terminal-people.js'
import { createTerminalRegister } from '../../../../gateway/device/oem/terminal-register.js'
import type { TerminalCrossing } from '../../../../gateway/device/oem/record-handler.js'
import { createTerminalService } from '../../../../gateway/device/oem/terminal-service.js'
import { type RosterPart, permitAt, wantedAt } from '../../../../gateway/device/oem/wanted-rules.js'
import type { GatewayStore } from '../../../../gateway/store/types.js'
import { consent, permit, person, personRef, uuid } from '../../../support/factories.js'
import { openStore } from '../../../support/open-store.js'
import { createRecordingLog } from '../../../support/recording-log.js'
import { type VirtualClock, createVirtualClock } from '../../../support/virtual-clock.js'

export const TERMINAL = 'face-1'
export const JPEG = new Uint8Array(2_000).fill(7)
export const CERTIFICATE: TerminalCredential = { kind: 'certificate', fingerprint: 'f'.repeat(64) }

/** What the gateway said to a terminal. */
export interface Said {
  readonly terminalId: string
  readonly message: Record<string, unknown> & { readonly operator: string; readonly messageId: string }
}

/** People 1 to `count`, each with consent and permit at gate 1. */
export const rosterOf = (...numbers: number[]): RosterPart =>
  ({ persons: numbers.map((n) => person(n)), consents: numbers.map((n) => consent(n)), permits: numbers.map((n) => permit(n)) })

export type TerminalRig = Awaited<ReturnType<typeof openTerminalRig>>

/** The terminals' side on a real store and a virtual clock, with everything around it recorded. */
export async function openTerminalRig(change: { store?: GatewayStore; clock?: VirtualClock; roster?: RosterPart; seed?: number } = {}) {
  const clock = change.clock ?? createVirtualClock()
  const store = change.store ?? await openStore({ clock })
  const random = seededRandom(change.seed ?? 1)
  const ids = createIdSource({ clock, random })
  const stamp = createStamper({ clock, ids, bootId: uuid(1, 0xb) })
  const log = createRecordingLog()
  const said: Said[] = []
  const offered = new Map<string, () => Promise<Uint8Array | undefined>>()
  const withdrawn: string[] = []
  const crossed: TerminalCrossing[] = []
  const counts: Record<string, number> = {}
  const count = (name: string, by = 1): void => void (counts[name] = (counts[name] ?? 0) + by)
  const state = { roster: change.roster ?? rosterOf(1, 2), deaf: false, gate: true, links: 0 }
  if (change.store === undefined) {
    await store.transact(async (tx) => {
      for (const item of state.roster.persons) await tx.putPerson({ kind: 'person.v1', displayName: 'x', ...item })
      for (const item of state.roster.consents) await tx.putConsent(consent(Number.parseInt(item.consentId.slice(-4), 16)))
    })
  }
  const register = createTerminalRegister({ store, clock })
  const people = createTerminalPeople({ store, clock, stamp })
  await register.load()
  await people.load()
  const service = createTerminalService({
    store, register, people,
    view: {
      gateOf: (terminalId) => (state.gate && terminalId.startsWith('face-') ? { gateId: 'gate-1', direction: 'in' } : undefined),
      person(ref, gateId, nowMs) {
        const isStanding = state.roster.consents.some((one) => one.personRef === ref && one.expiresAtMs > nowMs)
        return isStanding ? { personRef: ref, permitId: permitAt(state.roster, ref, gateId, nowMs)?.permitId ?? null } : undefined
      },
      wantedAt: (gateId, nowMs) => wantedAt(state.roster, gateId, nowMs),
    },
    wire: {
      publisher: {
        publish(terminalId, message) {
          if (state.deaf) return false
          said.push({ terminalId, message: JSON.parse(JSON.stringify(message)) as Said['message'] })
          return true
        },
      },
      files: {
        offer(offer) {
          const url = `http://gateway/f/${++state.links}`
          if ('read' in offer) offered.set(url, offer.read)
          return url
        },
        withdraw: (url) => void withdrawn.push(url),
      },
      utcOffsetMinutes: 480,
      onCrossed: (crossing) => void crossed.push(crossing),
    },
    runtime: {
      clock, random, ids, stamp, log,
      observer: { message: (result) => count(result), anomaly: (kind, by) => count(kind, by), personRefused: (error) => count(`refused ${error}`) },
    },
  })
  return {
    clock, store, register, people, service, log, said, offered, withdrawn, crossed, counts, state,
    /** Everything said since the last call. */
    taken: (): Said['message'][] => said.splice(0).map(({ message }) => message),
    async settle(): Promise<void> {
      // The store works in threads of its own: a transaction behind all others, with turns of the loop around it.
      for (let i = 0; i < 6; i++) {
        await clock.run(0)
        await store.transact(async () => undefined)
      }
      await clock.run(0)
    },
    /** Bytes from a terminal, handled to the end. */
    async hear(channel: TerminalChannel, body: object | string, terminalId = TERMINAL): Promise<void> {
      await service.side.message(terminalId, channel, Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)))
    },
    records: async (kind?: RecordBody['kind']): Promise<RecordBody[]> => (await store.recordsAfter(1, 0, 1_000))
      .map((record) => JSON.parse(record.payload) as RecordBody).filter((record) => kind === undefined || record.kind === kind),
    row: (n: number, terminalId = TERMINAL) => people.rows(terminalId).get(personRef(n)),
  }
}
