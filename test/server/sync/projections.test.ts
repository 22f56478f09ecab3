import { describe, expect, it } from 'vitest'
import type { RecordOf } from '#contract/sync-records.js'
import { personRef, stampOf, uuid } from '../../support/factories.js'
import { START_WALL_MS } from '../../support/virtual-clock.js'
import { tempDatabase } from '../support/temp-database.js'
import { openIngest } from './ingest-rig.js'
import { command, controllerStatus, doorEvent, enrolment, erasure, gatewayStart, outcome, passage, passageIdOf, refusal } from './record-samples.js'

async function opened() {
  const db = await tempDatabase()
  return { db, ...(await openIngest(db)) }
}

describe('what becomes of records', () => {
  it('a passage is one row of the access log, exactly as the gateway wrote it', async () => {
    const { db, log, send, gateway } = await opened()
    log.append(passage(1), refusal(2, 'not-live'))
    await send(log.batch(1, 2))
    expect(await db.read.accessEvent.findMany({ orderBy: { seq: 'asc' } })).toEqual([
      {
        passageId: passageIdOf(1), gatewayId: gateway.gatewayId, epoch: 1, seq: 1n, estateId: 'estate-1', gateId: 'gate-1', deviceId: 'cam-1', way: 'face',
        direction: 'in', result: 'granted', reason: null, decision: 'granted', remarks: '[]', personRef: personRef(1), permitId: uuid(1, 0xe),
        credentialId: null, visitId: null, operatorRef: null, override: null, score: 0.7125, margin: 0.41, threshold: 0.45, liveness: 0.98,
        gallerySize: 3, modelId: 'm1', ageMs: 12.5, waitMs: null, attempts: 1, timings: '{"decode":3.25,"detect":4,"match":0.5}', occurredAtMs: BigInt(START_WALL_MS + 1),
      },
      expect.objectContaining({ passageId: passageIdOf(2), result: 'refused', reason: 'not-live', decision: 'not-live', personRef: null, permitId: null }),
    ])
  })

  it('a passage that was opened by hand has what its way has, and null for the rest', async () => {
    const { db, log, send } = await opened()
    log.append(passage(1, {
      way: 'guard', direction: 'out', deviceId: null, seenId: null, personRef: null, permitId: null, operatorRef: uuid(7, 0xa), override: 'delivery', remarks: ['late-report', 'clock-suspect'],
      score: null, margin: null, threshold: null, liveness: null, gallerySize: null, modelId: null, ageMs: null, waitMs: 1_250.5, attempts: 2, timings: {},
    }))
    await send(log.batch(1, 1))
    expect(await db.read.accessEvent.findMany()).toMatchObject([{
      way: 'guard', direction: 'out', deviceId: null, operatorRef: uuid(7, 0xa), override: 'delivery', remarks: '["late-report","clock-suspect"]',
      score: null, gallerySize: null, modelId: null, ageMs: null, waitMs: 1_250.5, attempts: 2, timings: '{}',
    }])
  })

  it('each passage is counted once by hour, way and decision, and the wait of who was let in by day and way', async () => {
    const { db, log, send } = await opened()
    const hour = Math.floor(START_WALL_MS / 3_600_000) * 3_600_000
    log.append(
      passage(1, { waitMs: 20, attempts: 3, occurredAtMs: hour }), passage(2, { waitMs: 50, occurredAtMs: hour + 3_599_999 }), passage(3, { waitMs: 51, occurredAtMs: hour + 3_600_000 }),
      { ...refusal(4, 'not-live'), waitMs: 900, occurredAtMs: hour }, passage(5, { way: 'card', occurredAtMs: hour }),
    )
    await send(log.batch(3, 5))
    await send(log.batch(1, 5))
    await send(log.batch(1, 5))
    expect(await db.read.accessTally.findMany({ orderBy: [{ hourStartMs: 'asc' }, { way: 'asc' }, { decision: 'asc' }] })).toEqual([
      { estateId: 'estate-1', hourStartMs: BigInt(hour), way: 'card', decision: 'granted', passages: 1, attempts: 1 },
      { estateId: 'estate-1', hourStartMs: BigInt(hour), way: 'face', decision: 'granted', passages: 2, attempts: 4 },
      { estateId: 'estate-1', hourStartMs: BigInt(hour), way: 'face', decision: 'not-live', passages: 1, attempts: 1 },
      { estateId: 'estate-1', hourStartMs: BigInt(hour + 3_600_000), way: 'face', decision: 'granted', passages: 1, attempts: 1 },
    ])
    expect((await db.read.waitTally.findMany({ orderBy: { waitBin: 'asc' } })).map(({ way, waitBin, passages }) => ({ way, waitBin, passages }))).toEqual([
      { way: 'face', waitBin: 0, passages: 2 }, { way: 'face', waitBin: 1, passages: 1 },
    ])
  })

  it('of two records that name one passage one is counted, in one upload or in two', async () => {
    const { db, log, send } = await opened()
    log.append(passage(1), { ...passage(1), recordId: uuid(77, 0xb) }, { ...passage(1), recordId: uuid(78, 0xb) })
    await send(log.batch(1, 2))
    await send(log.batch(3, 3))
    expect(await db.read.accessTally.findMany({ select: { passages: true } })).toEqual([{ passages: 1 }])
  })

  it('an outcome may come before its passage; a late answer follows a no-answer, and an older one changes nothing', async () => {
    const { db, log, send } = await opened()
    log.append(passage(1), command(1), outcome(1, { outcome: 'no-answer', latencyMs: null }), outcome(1, { outcome: 'executed', latencyMs: 5_210.5 }))
    const outcomes = () => db.read.passageOutcome.findMany({ select: { passageId: true, seq: true, outcome: true, latencyMs: true } })
    await send(log.batch(4, 4))
    const late = [{ passageId: passageIdOf(1), seq: 4n, outcome: 'executed', latencyMs: 5_210.5 }]
    expect(await outcomes()).toEqual(late)
    expect(await db.read.accessEvent.count()).toBe(0)
    await send(log.batch(1, 3))
    expect(await outcomes()).toEqual(late)
    expect(await db.read.accessEvent.count()).toBe(1)
  })

  it('door events are rows, and the gate is as the last of them says though they come out of order', async () => {
    const { db, log, send } = await opened()
    log.append(doorEvent(1, 'relay-released'), doorEvent(2, 'opened'), doorEvent(3, 'relay-locked'), doorEvent(4, 'tamper'), doorEvent(5, 'closed', { gateId: null }))
    await send(log.batch(3, 5))
    const state = () => db.read.gateState.findMany({ select: { gateId: true, relay: true, contact: true, fire: true, alarm: true, updatedAtMs: true } })
    expect(await state()).toEqual([{ gateId: 'gate-1', relay: 'locked', contact: 'unknown', fire: false, alarm: 'tamper', updatedAtMs: BigInt(START_WALL_MS + 4) }])
    await send(log.batch(1, 2))
    expect(await state()).toEqual([{ gateId: 'gate-1', relay: 'locked', contact: 'open', fire: false, alarm: 'tamper', updatedAtMs: BigInt(START_WALL_MS + 4) }])
    expect(await db.read.doorEvent.findMany({ orderBy: { seq: 'asc' }, select: { seq: true, gateId: true, type: true, live: true } })).toEqual([
      { seq: 1n, gateId: 'gate-1', type: 'relay-released', live: true }, { seq: 2n, gateId: 'gate-1', type: 'opened', live: true },
      { seq: 3n, gateId: 'gate-1', type: 'relay-locked', live: true }, { seq: 4n, gateId: 'gate-1', type: 'tamper', live: true },
      { seq: 5n, gateId: null, type: 'closed', live: true },
    ])
  })

  it('a device is as the last record says', async () => {
    const { db, log, send } = await opened()
    log.append(controllerStatus(1, 'online'), controllerStatus(2, 'offline'), controllerStatus(3, 'online', 'ctl-2'))
    await send(log.batch(2, 3))
    await send(log.batch(1, 1))
    expect(await db.read.deviceState.findMany({ orderBy: { deviceId: 'asc' }, select: { deviceId: true, status: true, clockOffsetMs: true, seq: true } })).toEqual([
      { deviceId: 'ctl-1', status: 'offline', clockOffsetMs: -1.5, seq: 2n }, { deviceId: 'ctl-2', status: 'online', clockOffsetMs: -1.5, seq: 3n },
    ])
  })

  it('an enrolment is held until its erasure, in whatever order they come', async () => {
    const { db, log, send, gateway } = await opened()
    log.append(enrolment(1, 3), erasure(2, 3))
    const row = { consentId: uuid(1, 0xc), gatewayId: gateway.gatewayId, personRef: personRef(1) }
    const holdings = () => db.read.templateHolding.findMany({ omit: { registers: true } })
    await send(log.batch(2, 2))
    expect(await holdings()).toEqual([{ ...row, templates: 0, enrolledAtMs: null, erasedAtMs: BigInt(START_WALL_MS + 2), templatesRemoved: 3 }])
    await send(log.batch(1, 1))
    const gone = { ...row, templates: 3, enrolledAtMs: BigInt(START_WALL_MS + 1), erasedAtMs: BigInt(START_WALL_MS + 2), templatesRemoved: 3 }
    expect(await holdings()).toEqual([gone])
    // Enrolled again under the same consent: it is held, and says so.
    log.append(enrolment(3, 1))
    await send(log.batch(3, 3))
    expect(await holdings()).toEqual([{ ...row, templates: 1, enrolledAtMs: BigInt(START_WALL_MS + 3), erasedAtMs: null, templatesRemoved: null }])
  })

  it('an erasure counts only once every terminal under the gateway has proven its own, in whatever order they come', async () => {
    const states = ['held', 'pending', 'done'] as const
    const terminal = (number: number, state: (typeof states)[number]): RecordOf<'terminal-erasure.v1'> =>
      ({ kind: 'terminal-erasure.v1', ...stampOf(number), deviceId: 'face-1', personRef: personRef(1), consentId: uuid(1, 0xc), state })
    for (const order of [[1, 2, 3, 4, 5], [5, 4, 3, 2, 1], [3, 1, 5, 2, 4]]) {
      const { db, log, send } = await opened()
      log.append(enrolment(1, 3), terminal(2, 'held'), erasure(3, 3), terminal(4, 'pending'), terminal(5, 'done'))
      const seen: boolean[] = []
      for (const seq of order) {
        await send(log.batch(seq, seq))
        seen.push((await db.read.templateHolding.findFirst())?.erasedAtMs !== null)
      }
      expect((await db.read.templateHolding.findFirst())?.erasedAtMs).toBe(BigInt(START_WALL_MS + 5))
      if (order[0] === 1) expect(seen).toEqual([false, false, false, false, true])
    }
  })

  it('a start of the gateway is remembered by its place', async () => {
    const { log, send, epochRow } = await opened()
    log.append(gatewayStart(1), controllerStatus(2, 'online'), gatewayStart(3))
    await send(log.batch(3, 3))
    await send(log.batch(1, 2))
    expect((await epochRow()).lastStartSeq).toBe(3n)
  })

  it('a gateway tells of its own passages only', async () => {
    const db = await tempDatabase()
    const one = await openIngest(db)
    const other = await openIngest(db, { number: 2, estateId: 'estate-2' })
    one.log.append(passage(1))
    await one.send(one.log.batch(1, 1))
    other.log.append(passage(1, { gateId: 'gate-9' }), outcome(1, { outcome: 'refused', reason: 'expired', latencyMs: null }))
    expect(await other.send(other.log.batch(1, 2))).toMatchObject({ stored: 2 })
    expect(await db.read.accessEvent.findMany({ select: { estateId: true, gateId: true } })).toEqual([{ estateId: 'estate-1', gateId: 'gate-1' }])
    expect(await db.read.passageOutcome.findMany({ select: { gatewayId: true } })).toEqual([{ gatewayId: other.gateway.gatewayId }])
  })
})
