import { describe, expect, it } from 'vitest'
import { personRef, uuid } from '../../../support/factories.js'
import { START_WALL_MS } from '../../../support/virtual-clock.js'
import { CERTIFICATE, TERMINAL, type TerminalRig, openTerminalRig } from './terminal-rig.js'

const UUID = expect.stringMatching(/^[0-9a-f-]{36}$/)
/** 08:00 local time of China. */
const NOW_LOCAL = '2026-01-05 08:00:00'
const PIC = `data:image/jpeg;base64,${'Q'.repeat(300_000)}`

/** As real firmware sends it: numbers as text, a picture, more fields than anybody reads. */
const recPush = (change: Record<string, unknown> = {}): object => ({
  operator: 'RecPush',
  info: {
    customId: personRef(1), personId: '22', RecordID: '389', VerifyStatus: '1', PersonType: '0', similarity1: '94.000000', Sendintime: 1,
    persionName: '王五', facesluiceId: TERMINAL, idCard: '421381199504030002', telnum: '13800138000', time: NOW_LOCAL, isNoMask: '0', PushType: 0,
    targetPosInScene: [217, 0, 1333, 1080], pic: PIC, ...change,
  },
})
const pushAcks = (rig: TerminalRig) => rig.taken().filter((message) => message.operator === 'PushAck').map((message) => message['info'])

async function rigWithTerminal(): Promise<TerminalRig> {
  const rig = await openTerminalRig()
  await rig.register.register(TERMINAL, CERTIFICATE)
  return rig
}

describe('recognitions', () => {
  it('become one record of ours, acknowledged after its commit, and nothing of the terminal\'s names, numbers or pictures is kept', async () => {
    const rig = await rigWithTerminal()
    await rig.hear('rec', recPush())
    expect(await rig.records()).toEqual([{
      kind: 'passage.v2', recordId: UUID, occurredAtMs: START_WALL_MS, monoMs: 1_000, bootId: uuid(1, 0xb), passageId: UUID, gateId: 'gate-1', deviceId: TERMINAL,
      seenId: null, way: 'terminal-face', direction: 'in', result: 'granted', reason: null, remarks: [], personRef: personRef(1), permitId: uuid(1, 0xe),
      credentialId: null, visitId: null, operatorRef: null, override: null, score: null, margin: null, threshold: null, liveness: null, gallerySize: null,
      modelId: null, ageMs: 0, waitMs: null, attempts: 1, timings: {},
    }])
    expect(rig.taken()).toEqual([{ messageId: UUID, operator: 'PushAck', info: { facesluiceId: TERMINAL, PushAckType: 2, SnapOrRecordID: 389 } }])
    const everything = JSON.stringify([await rig.records(), rig.log.lines])
    for (const secret of ['王五', '421381199504030002', '13800138000', 'QQQQ']) expect(everything).not.toContain(secret)
  })

  it('sent again they are acknowledged again and stored once', async () => {
    const rig = await rigWithTerminal()
    for (let i = 0; i < 3; i++) await rig.hear('rec', recPush(i === 0 ? {} : { Sendintime: '0' }))
    expect(await rig.records()).toHaveLength(1)
    expect(pushAcks(rig)).toHaveLength(3)
    expect(rig.counts).toMatchObject({ stored: 1, repeated: 2 })
  })

  it('tell who went through, once each and when it was; not of strangers, refusals, those without a consent, or where nobody can tell when', async () => {
    const rig = await rigWithTerminal()
    for (let i = 0; i < 2; i++) await rig.hear('rec', recPush())
    await rig.hear('rec', recPush({ RecordID: '390', Sendintime: 0, time: '2026-01-05 06:30:00' }))
    for (const [RecordID, change] of [
      ['391', { VerifyStatus: '2' }], ['392', { PersonType: '1' }], ['393', { customId: personRef(9) }], ['394', { Sendintime: 0, time: '0000-00-00 00:00:00' }],
    ] as const) await rig.hear('rec', recPush({ RecordID, ...change }))
    const who = { gateId: 'gate-1', direction: 'in', personRef: personRef(1) }
    expect(rig.crossed).toEqual([{ ...who, atMs: START_WALL_MS }, { ...who, atMs: START_WALL_MS - 5_400_000 }])
  })

  it('are not acknowledged while the disk refuses them, and are stored once it does not', async () => {
    const rig = await rigWithTerminal()
    await rig.store.close()
    await rig.hear('rec', recPush())
    expect([rig.taken(), rig.counts['failed']]).toEqual([[], 1])
    await rig.store.open()
    await rig.hear('rec', recPush())
    expect([await rig.records(), pushAcks(rig)].map((list) => list.length)).toEqual([1, 1])
  })

  it('kept from before: the record says when it was, that it is late, and nothing is opened by it', async () => {
    const rig = await rigWithTerminal()
    await rig.hear('rec', recPush({ Sendintime: 0, time: '2026-01-05 06:30:00' }))
    expect(await rig.records()).toMatchObject([{ occurredAtMs: START_WALL_MS - 5_400_000, remarks: ['late-report'], ageMs: null, result: 'granted' }])
    expect(rig.taken().map((message) => message.operator)).toEqual(['PushAck'])
  })

  it.each([
    ['a clock that was never set', '0000-00-00 00:00:00'], ['a clock of another year', '2031-01-05 08:00:00'], ['no time at all', undefined],
  ])('with %s stand at their receipt and are marked', async (_, time) => {
    const rig = await rigWithTerminal()
    await rig.hear('rec', recPush({ time }))
    expect(await rig.records()).toMatchObject([{ occurredAtMs: START_WALL_MS, remarks: ['clock-suspect'], ageMs: null }])
  })

  it.each([
    [{ VerifyStatus: '2' }, 'terminal-refused', personRef(1)],
    [{ VerifyStatus: 1, PersonType: '1' }, 'terminal-refused', personRef(1)],
    [{ VerifyStatus: '3', customId: '' }, 'not-recognised', null],
    [{ VerifyStatus: '0', customId: null }, 'not-recognised', null],
  ])('%j is a refusal: %s', async (change, reason, ref) => {
    const rig = await rigWithTerminal()
    await rig.hear('rec', recPush(change))
    expect(await rig.records()).toMatchObject([{ result: 'refused', reason, personRef: ref }])
  })

  it('of a person enrolled at the terminal, unknown here, say that the door opened, and who it was to nobody', async () => {
    const rig = await rigWithTerminal()
    await rig.hear('rec', recPush({ customId: 'local-7' }))
    expect(await rig.records()).toMatchObject([{ result: 'granted', personRef: null, permitId: null }])
    expect(rig.counts['unpermitted']).toBe(1)
  })

  it('counts what is missing between two numbers, what comes late, and a count that begins anew', async () => {
    const rig = await rigWithTerminal()
    for (const id of [5, 6, 9, 8]) await rig.hear('rec', recPush({ RecordID: id }))
    expect(rig.register.find(TERMINAL)?.records).toEqual({ last: 9, missing: [{ from: 7, to: 7 }] })
    await rig.hear('rec', recPush({ RecordID: 6, time: '2026-01-05 07:59:00' }))
    expect(rig.register.find(TERMINAL)?.records).toEqual({ last: 6, missing: [] })
    expect([rig.counts['record-gap'], rig.counts['count-restart'], (await rig.records()).length]).toEqual([2, 1, 5])
    const again = await openTerminalRig({ store: rig.store, clock: rig.clock })
    expect(again.register.find(TERMINAL)?.records).toEqual({ last: 6, missing: [] })
  })

  it('of a terminal that stands at no gate are not acknowledged: it keeps them', async () => {
    const rig = await rigWithTerminal()
    rig.state.gate = false
    await rig.hear('rec', recPush())
    expect([rig.taken(), await rig.records(), rig.counts['no-gate']]).toEqual([[], [], 1])
  })

  it('a revocation that comes while a record is written is not undone by it', async () => {
    const rig = await rigWithTerminal()
    const writing = rig.hear('rec', recPush())
    await rig.register.revoke(TERMINAL)
    await writing
    expect(rig.register.find(TERMINAL)).toMatchObject({ revokedAtMs: START_WALL_MS, records: { last: 389 } })
    expect(await rig.store.terminals()).toMatchObject([{ revokedAtMs: START_WALL_MS, records: { last: 389 } }])
  })
})

describe('strangers', () => {
  const snap = (id: number, change: Record<string, unknown> = {}): object =>
    ({ operator: 'StrSnapPush', info: { facesluiceId: TERMINAL, SnapID: String(id), time: NOW_LOCAL, pic: PIC, scene: PIC, ...change } })

  it('are refusals without a picture; one in ten seconds of those who stand there, all of those from before', async () => {
    const rig = await rigWithTerminal()
    for (const id of [1, 2, 3]) await rig.hear('snap', snap(id, { time: `2026-01-05 07:59:5${id}` }))
    expect(await rig.records()).toMatchObject([{ result: 'refused', reason: 'not-recognised', personRef: null, way: 'terminal-face', deviceId: TERMINAL }])
    rig.clock.advance(10_000)
    await rig.hear('snap', snap(4, { time: '2026-01-05 08:00:09' }))
    await rig.hear('snap', snap(5, { time: '2026-01-05 07:00:00', Sendintime: '0' }))
    expect(await rig.records()).toHaveLength(3)
    expect(rig.counts).toMatchObject({ stored: 3, throttled: 2 })
    expect(pushAcks(rig)).toEqual([1, 2, 3, 4, 5].map((id) => ({ facesluiceId: TERMINAL, PushAckType: 1, SnapOrRecordID: id })))
  })
})

describe('whose message it is', () => {
  it('another id in the body than the one the connection showed: refused, counted, said in the log, nothing stored', async () => {
    const rig = await rigWithTerminal()
    await rig.register.register('face-2', CERTIFICATE)
    await rig.hear('heartbeat', { operator: 'HeartBeat', info: { facesluiceId: 'face-2', time: NOW_LOCAL } })
    await rig.hear('basic', { operator: 'Online', info: { facesluiceId: 'face-2' } })
    await rig.hear('rec', recPush({ facesluiceId: 'face-2' }))
    await rig.settle()
    expect([rig.taken(), await rig.records(), rig.counts]).toEqual([[], [], { 'other-identity': 3 }])
    expect(rig.log.lines.filter((line) => line.level === 'warn')).toHaveLength(3)
    expect(rig.service.presence('face-2').online).toBe(false)
  })

  it('Online is answered and makes one record with the heartbeats; the end makes another after a while', async () => {
    const rig = await rigWithTerminal()
    await rig.hear('basic', { operator: 'Online', info: { facesluiceId: TERMINAL, username: 'admin', time: '2026-01-05 08:00:03', ip: '10.0.0.9' } })
    await rig.hear('heartbeat', { operator: 'HeartBeat', info: { facesluiceId: TERMINAL, time: '2026-01-05 08:00:03' } })
    await rig.settle()
    expect(rig.taken()).toEqual([{ messageId: UUID, operator: 'Online-Ack', info: { facesluiceId: TERMINAL, result: 'ok' } }])
    expect(await rig.records()).toMatchObject([{ kind: 'device-status.v2', deviceId: TERMINAL, deviceKind: 'terminal', status: 'online', clockOffsetMs: 3_000 }])
    rig.service.side.disconnected(TERMINAL)
    await rig.clock.run(5_000)
    await rig.settle()
    expect((await rig.records()).map((record) => 'status' in record && record.status)).toEqual(['online', 'offline'])
  })

  it('what is not known or not understood is counted and answered by nothing', async () => {
    const rig = await rigWithTerminal()
    await rig.hear('rec', { operator: 'TemHighSnapPush', info: { facesluiceId: TERMINAL } })
    await rig.hear('rec', { operator: 'RecPush', info: { facesluiceId: TERMINAL } })
    await rig.hear('rec', 'no json')
    await rig.hear('ack', { operator: 'EditPersonsNew-Ack', messageId: 'x', info: { facesluiceId: TERMINAL } })
    await rig.hear('ack', { operator: 'PushAck-Ack', messageId: 'x', info: { facesluiceId: TERMINAL, result: 'ok' } })
    expect([rig.taken(), rig.counts]).toEqual([[], { 'unknown-operator': 1, malformed: 2, unasked: 1, status: 1 }])
  })
})
