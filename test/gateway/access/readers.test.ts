import { describe, expect, it } from 'vitest'
import { encodeMessage } from '#contract/codec.js'
import type { Roster } from '../../../gateway/access/ports.js'
import { REFUSAL_REPEAT_MS } from '../../../gateway/access/refusals.js'
import { GATEWAY_BOOT, storeSettled } from '../../support/access-rig.js'
import { credential, gate, permit, personRef, uuid, visit } from '../../support/factories.js'
import { openStore } from '../../support/open-store.js'
import { createPhone } from '../../support/phone-code.js'
import { CARD, TOKEN, cardItem, phone, phoneItem, startReaderRig, tokenItem, withReaders } from '../../support/reader-rig.js'
import { START_WALL_MS, createVirtualClock } from '../../support/virtual-clock.js'

const UUID = expect.stringMatching(/^[0-9a-f-]{36}$/)
const NOW_S = START_WALL_MS / 1_000

describe('a card', () => {
  it('opens as a face does: committed, commanded, answered, and nothing else; its number stands nowhere', async () => {
    const rig = await startReaderRig()
    await rig.show('card', CARD)
    const [passage, command, ...rest] = await rig.records()
    const common = { recordId: UUID, occurredAtMs: START_WALL_MS, monoMs: 1_000, bootId: GATEWAY_BOOT }
    expect(passage).toEqual({
      kind: 'passage.v2', ...common, passageId: UUID, gateId: 'gate-1', deviceId: 'rd-1', seenId: uuid(1, 0xef), way: 'card', direction: 'in', result: 'granted', reason: null, remarks: [],
      personRef: personRef(1), permitId: permit(1).permitId, credentialId: cardItem.credentialId, visitId: null, operatorRef: null, override: null, score: null, margin: null, threshold: null,
      liveness: null, gallerySize: null, modelId: null, ageMs: 0, waitMs: 0, attempts: 1, timings: { identify: 0, decide: 0 },
    })
    expect([command?.kind, rest]).toEqual(['door-command.v1', []])
    expect(rig.commands).toMatchObject([{ controllerId: 'ctl-1', command: { action: 'open', deadlineMonoMs: 72_000, frameAgeMs: 0 } }])
    expect(rig.answered).toEqual([{ readerId: 'rd-1', result: { v: 1, presentationId: uuid(1, 0xef), outcome: 'granted', reason: null, retryAfterMs: 0 } }])
    for (const { result } of rig.answered) expect(() => encodeMessage('credentialResult', result)).not.toThrow()
    expect(JSON.stringify([await rig.records(), rig.log.lines, rig.decisions])).not.toContain(CARD)
  })

  it.each([
    ['that nobody has', 'ffff', 'unknown-credential', {}],
    ['that is no number', 'FFFF', 'malformed-code', {}],
    ['whose time is over', CARD, 'outside-validity', { credentials: [credential(1, { validUntilMs: START_WALL_MS })] }],
    ['whose holder has no permit', CARD, 'no-permit', { permits: [] }],
    ['that two persons hold', CARD, 'unknown-credential', { credentials: [credential(1), credential(2, { secret: { kind: 'card', number: CARD } })] }],
  ] as const)('%s opens nothing and is recorded', async (_, value, reason, change) => {
    const rig = await startReaderRig(change as Partial<Roster>)
    await rig.show('card', value)
    expect([await rig.reasons(), rig.answers(), rig.commands]).toEqual([[reason], [reason], []])
  })

  it('is as fresh as its presentation: a reader that delivers late opens nothing', async () => {
    const rig = await startReaderRig()
    await rig.service.onCredential('late-1', rig.presentation('card', CARD, { monoMs: 1_501 }))
    expect([await rig.reasons(), rig.commands]).toEqual([['stale-frame'], []])
    await rig.service.onCredential('late-1', rig.presentation('card', CARD, { monoMs: 400 }))
    expect(rig.commands).toMatchObject([{ command: { deadlineMonoMs: 71_600, frameAgeMs: 400 } }])
  })

  it('is heard once where the reader repeats itself, is one line where it is held to the reader, and costs nothing in a flood', async () => {
    const rig = await startReaderRig()
    const once = rig.presentation('card', 'ffff')
    for (let i = 0; i < 5; i++) await rig.service.onCredential('rd-1', once)
    expect([rig.answered.length, rig.anomalies]).toEqual([1, Array(4).fill('repeated-presentation')])
    for (let i = 0; i < 200; i++) await rig.show('card', 'ffff')
    expect(rig.anomalies.filter((kind) => kind === 'flood').length).toBeGreaterThan(180)
    expect(await rig.reasons()).toEqual(['unknown-credential'])
    await rig.show('card', CARD, 'rd-out')
    expect(rig.commands.length).toBe(1)
    rig.clock.advance(REFUSAL_REPEAT_MS)
    await rig.show('card', 'ffff')
    expect(await rig.reasons()).toEqual(['unknown-credential', 'granted', 'unknown-credential'])
  })

  it('at a reader that stands at no gate is a line of the process log, and no record', async () => {
    const rig = await startReaderRig()
    await rig.show('card', CARD, 'rd-9')
    expect([await rig.records(), rig.answers(), rig.commands]).toEqual([[], ['gate-unknown'], []])
    expect(rig.log.lines).toMatchObject([{ level: 'warn', fields: { deviceId: 'rd-9' } }])
  })

  it('says how long and how often somebody tried before', async () => {
    const rig = await startReaderRig({ permits: [permit(1, { validFromMs: START_WALL_MS + 6_000 })] })
    for (let i = 0; i < 4; i++) {
      await rig.show('card', CARD)
      rig.clock.advance(2_000)
    }
    rig.clock.advance(40_000)
    await rig.show('card', CARD)
    expect((await rig.passages()).filter(({ result }) => result === 'granted')).toMatchObject([{ waitMs: 6_000, attempts: 4 }, { waitMs: 0, attempts: 1 }])
  })

  it('that was lost is blocked in one step, at once and over a restart', async () => {
    const rig = await startReaderRig()
    expect(await rig.service.blockCredential({ credentialId: uuid(404), operatorRef: uuid(9) })).toBe(false)
    expect(await rig.service.blockCredential({ credentialId: cardItem.credentialId, operatorRef: uuid(9) })).toBe(true)
    expect(await rig.service.blockCredential({ credentialId: cardItem.credentialId, operatorRef: uuid(9) })).toBe(true)
    await rig.show('card', CARD)
    expect((await rig.records()).map((record) => record.kind)).toEqual(['credential-blocked.v1', 'passage.v2'])
    expect(await rig.passages()).toMatchObject([{ reason: 'blocked-credential', credentialId: cardItem.credentialId, personRef: null }])
    const again = await startReaderRig({}, { store: rig.store, seed: 2 })
    await again.show('card', CARD)
    expect(again.answers()).toEqual(['blocked-credential'])
  })
})

describe('a code that a phone shows', () => {
  const code = (seconds = NOW_S) => phone.code(phoneItem.credentialId, seconds)
  it.each([['now', 0], ['from a phone a minute behind', -60], ['from a phone a minute ahead', 60]])('%s opens', async (_, offset) => {
    const rig = await startReaderRig()
    await rig.show('qr', code(NOW_S + offset))
    expect([await rig.reasons(), rig.commands.length]).toEqual([['granted'], 1])
    expect(await rig.passages()).toMatchObject([{ way: 'qr', personRef: personRef(1), credentialId: phoneItem.credentialId }])
  })
  it.each([
    ['too old', code(NOW_S - 61), 'expired-code'],
    ['from too far ahead', code(NOW_S + 61), 'expired-code'],
    ['signed by another phone', createPhone().code(phoneItem.credentialId, NOW_S), 'malformed-code'],
    ['signed by a key of another curve', createPhone('secp256k1').code(phoneItem.credentialId, NOW_S), 'malformed-code'],
    ['of a card’s id', phone.code(cardItem.credentialId, NOW_S), 'unknown-credential'],
    ['of nobody’s id', phone.code(uuid(404), NOW_S), 'unknown-credential'],
    ['whose time was changed', code().replace(`.${NOW_S}.`, `.${NOW_S + 1}.`), 'malformed-code'],
    ['cut short', code().slice(0, -1), 'malformed-code'],
    ['with more behind it', `${code()}x`, 'malformed-code'],
  ])('%s opens nothing', async (_, value, reason) => {
    const rig = await startReaderRig()
    await rig.show('qr', value)
    expect([await rig.reasons(), rig.answers(), rig.commands]).toEqual([[reason], [reason], []])
  })
  it('opens once at a gate: held to the reader it is still that once, later it is a repeat', async () => {
    const rig = await startReaderRig({ permits: [permit(1, { gateIds: ['gate-1', 'gate-2'] })], gates: [withReaders(), gate(2, { devices: [{ deviceId: 'rd-2', direction: 'in' }] })] })
    await rig.show('qr', code())
    rig.clock.advance(1_000)
    await rig.show('qr', code())
    expect([rig.answers(), rig.commands.length]).toEqual([['granted', 'granted'], 1])
    rig.clock.advance(5_000)
    await rig.show('qr', code())
    await rig.show('qr', code(), 'rd-2')
    expect([rig.answers().slice(2), rig.commands.length]).toEqual([['repeated-code', 'granted'], 2])
  })
  it('that was used is used after a restart too, until nobody could show it any more; one that did not open the door is not', async () => {
    const rig = await startReaderRig()
    const [used, refused] = [code(), code(NOW_S + 1)]
    await rig.show('qr', used)
    await rig.answer()
    rig.clock.advance(20_000)
    await rig.show('qr', refused)
    await rig.answer('refused')
    await storeSettled(rig.store)
    const again = await startReaderRig({}, { store: rig.store, seed: 2, clock: createVirtualClock(START_WALL_MS + 30_000) })
    await again.show('qr', used)
    await again.show('qr', refused)
    expect([again.answers(), again.commands.length]).toEqual([['repeated-code', 'granted'], 1])
    expect((await rig.store.ruleState()).usedCodes.map(({ key }) => key)).toEqual([used, refused].map((text) => `gate-1 ${text.split('.').slice(1, 3).join(' ')}`))
    const later = await startReaderRig({}, { store: rig.store, seed: 3, clock: createVirtualClock(START_WALL_MS + 200_000) })
    await later.show('qr', code(NOW_S + 200))
    await later.answer()
    expect((await rig.store.ruleState()).usedCodes).toHaveLength(1)
  })
  it('that did not open the door may be shown again', async () => {
    const rig = await startReaderRig()
    await rig.show('qr', code())
    await rig.answer('refused')
    await rig.show('qr', code())
    expect([rig.answers(), rig.commands.length]).toEqual([['granted', 'granted'], 2])
  })
})

describe('a visitor’s code', () => {
  it('opens as often as was agreed, in its time, and not after', async () => {
    const rig = await startReaderRig({ visits: [visit(1, { passagesMax: 2 })] })
    for (let i = 0; i < 3; i++) {
      await rig.show('qr', TOKEN)
      if (rig.commands.length > i) await rig.answer()
      rig.clock.advance(20_000)
    }
    expect(await rig.passages()).toMatchObject([
      { result: 'granted', visitId: visit(1).visitId, personRef: null, permitId: null, credentialId: tokenItem.credentialId }, { result: 'granted' }, { reason: 'quota-used' },
    ])
    const again = await startReaderRig({ visits: [visit(1, { passagesMax: 2 })] }, { store: rig.store, seed: 2 })
    await again.show('qr', TOKEN)
    expect(again.answers()).toEqual(['quota-used'])
    const late = await startReaderRig({}, { store: rig.store, seed: 3, clock: createVirtualClock(START_WALL_MS + 3_600_000) })
    await late.show('qr', TOKEN)
    expect(late.answers()).toEqual(['visit-over'])
  })
  it('is not used up by a door that did not open, nor by a disk that failed', async () => {
    const store = await openStore()
    let broken = true
    const rig = await startReaderRig({ visits: [visit(1, { passagesMax: 1 })] }, { store, access: { transact: (work) => (broken ? Promise.reject(new Error('disk on fire')) : store.transact(work)) } })
    await rig.show('qr', TOKEN)
    broken = false
    await rig.show('qr', TOKEN)
    await rig.answer('refused')
    await rig.show('qr', TOKEN)
    expect(rig.answers()).toEqual(['engine-failed', 'granted', 'granted'])
    await storeSettled(store)
    expect((await store.ruleState()).visitUses).toEqual(new Map([[visit(1).visitId, 1]]))
  })
  it('that is ended is void at once', async () => {
    const rig = await startReaderRig({ visits: [] })
    await rig.show('qr', TOKEN)
    expect(rig.answers()).toEqual(['visit-over'])
  })
})

describe('two at the same moment', () => {
  it('with one visit’s code and one passage left are one passage, also without a pause after a grant', async () => {
    const rig = await startReaderRig({ visits: [visit(1, { passagesMax: 1 })] }, { policy: { regrantHoldMs: 0 } })
    await Promise.all([rig.show('qr', TOKEN), rig.show('qr', TOKEN, 'late-1')])
    expect([rig.answers().sort(), rig.commands.length]).toEqual([['granted', 'quota-used'], 1])
  })
  it('with one code of a phone are one passage', async () => {
    const rig = await startReaderRig({}, { policy: { regrantHoldMs: 0 } })
    const code = phone.code(phoneItem.credentialId, NOW_S)
    await Promise.all([rig.show('qr', code), rig.show('qr', code, 'late-1')])
    expect([rig.answers().sort(), rig.commands.length]).toEqual([['granted', 'repeated-code'], 1])
  })
})
