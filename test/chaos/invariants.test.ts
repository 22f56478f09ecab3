import { describe, expect, it } from 'vitest'
import { GENESIS_HASH, chainHash } from '#kernel/hash-chain.js'
import { statusRecord, stampOf, uuid } from '../support/factories.js'
import type { Evidence, LogRow } from './evidence.js'
import { acknowledgedIsKept, doorsOpenedByGrants, logIsAtTheServer, nothingHoldsAFace, paidOnce, withdrawnIsGone } from './invariants.js'
import { planOf } from './plan.js'

const GATEWAY = uuid(1, 0x9)
const event = (n: number) => ({
  kind: 'door-event.v1' as const, ...stampOf(n), eventId: uuid(n, 0xe1), gateId: 'north', deviceId: 'ctl-1', deviceBootId: uuid(1), doorNo: 1, type: 'opened' as const, deviceWallMs: 1, live: true,
})

function chained(bodies: readonly object[]): LogRow[] {
  let hash = GENESIS_HASH
  return bodies.map((body, index) => {
    const payload = JSON.stringify(body)
    hash = chainHash(hash, { gatewayId: GATEWAY, epoch: 1, seq: index + 1, payload })
    return { epoch: 1, seq: index + 1, payload, hash }
  })
}

/** What a run leaves in which all went well: two events, both acknowledged, all at the server. */
function good(): Evidence {
  const log = chained([statusRecord(10), event(1), event(2)])
  const kept = [1, 2].map((n) => {
    const { eventId, deviceBootId: bootId, doorNo, type } = event(n)
    return { kind: 'doorEvent' as const, payload: { v: 1 as const, eventId, bootId, monoMs: n, wallMs: 1, doorNo, type, live: true } }
  })
  return {
    gatewayId: GATEWAY, log, received: log, epochs: [{ epoch: 1, startHash: GENESIS_HASH, ackedSeq: 3 }], claimed: new Set([uuid(1, 0xe1), uuid(2, 0xe1)]),
    personsWithTemplates: new Set(), erasedConsents: new Set(), paidTwice: [],
    journal: { kept: new Map(kept.map((message) => [message.payload.eventId, message])), acknowledged: new Set([uuid(1, 0xe1), uuid(2, 0xe1)]) },
  }
}
const resident = { personRef: uuid(1, 0xa), consentId: uuid(1, 0xc), permitId: uuid(1, 0xe) }
const all = (evidence: Evidence, wasWithdrawn = false): string[] => [
  ...acknowledgedIsKept(evidence), ...logIsAtTheServer(evidence), ...doorsOpenedByGrants(evidence), ...paidOnce(evidence), ...withdrawnIsGone(evidence, resident, wasWithdrawn), ...nothingHoldsAFace(evidence),
]
const executed = (evidence: Evidence, commandId: string): Evidence => ({
  ...evidence, journal: {
    acknowledged: evidence.journal.acknowledged,
    kept: new Map(evidence.journal.kept).set('x', { kind: 'commandResult', payload: { v: 1, eventId: uuid(9), commandId, bootId: uuid(1), monoMs: 1, wallMs: 1, outcome: 'executed', reason: null } }),
  },
})

describe('what is checked after a run', () => {
  it('finds nothing where all went well', () => expect(all(good())).toEqual([]))

  it.each<[string, (evidence: Evidence) => Evidence, string]>([
    ['an acknowledged event that is lost', (one) => ({ ...one, log: one.log.slice(0, 2), received: one.log.slice(0, 2), claimed: new Set([uuid(1, 0xe1)]) }), 'I1 acknowledged to the controller and not claimed'],
    ['an event that is recorded twice', (one) => { const log = chained([event(1), event(2), { ...event(2), recordId: uuid(77) }]); return { ...one, log, received: log } }, 'I1 in the log twice'],
    ['a record that never came', (one) => ({ ...one, received: one.log.slice(0, 2) }), 'I2 not at the server'],
    ['a tail that the server has and the gateway lost', (one) => ({ ...one, log: one.log.slice(0, 2), received: one.log }), 'I2 at the server and lost at the gateway'],
    ['a record that was changed', (one) => ({ ...one, log: one.log.map((row) => (row.seq === 2 ? { ...row, payload: JSON.stringify(event(5)) } : row)) }), 'I2 the chain breaks at'],
    ['a door that no command of the log opened', (one) => executed(one, uuid(5)), 'I3 opened by a command that is not in the log'],
    ['a payment that is posted twice', (one) => ({ ...one, paidTwice: [{ causeRef: 'x', postings: 2 }] }), 'I5 paid twice'],
    ['a record with room for a face', (one) => { const log = chained([{ ...statusRecord(1), deviceId: 'x'.repeat(300) }]); return { ...one, log, received: log, journal: { kept: new Map(), acknowledged: new Set() } } }, 'I8 '],
  ])('names %s', (_, change, says) => {
    expect(all(change(good())).filter((line) => line.startsWith(says))).toHaveLength(1)
  })

  it('wants a withdrawal acknowledged, the templates gone, and nobody matched after it', () => {
    expect(all({ ...good(), personsWithTemplates: new Set([resident.personRef]) }, true)).toEqual([
      expect.stringContaining('I7 a withdrawal was not acknowledged'), expect.stringContaining('I7 templates are left'),
    ])
    expect(all({ ...good(), erasedConsents: new Set([resident.consentId]) }, true)).toEqual([])
  })

  it('a seed is one plan, and what is not there is not in it', () => {
    const has = { ownBroker: true, powerCut: true }
    expect(planOf(7, has)).toEqual(planOf(7, has))
    const faults = Array.from({ length: 200 }, (_, seed) => planOf(seed, { ownBroker: false, powerCut: false }).steps.map(({ fault }) => fault)).flat()
    expect(faults.filter((fault) => ['broker-killed', 'power-cut', 'disk-full'].includes(fault))).toEqual([])
  })
})
