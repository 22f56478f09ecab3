import { createHash } from 'node:crypto'
import { onTestFinished } from 'vitest'
import type { RecordBody } from '#contract/sync-records.js'
import type { RosterItem } from '#contract/sync-roster.js'
import { createIdSource } from '#kernel/ids.js'
import { seededRandom } from '#kernel/random.js'
import { createStamper } from '#kernel/record-stamp.js'
import { type Desk, type DeskEstate, createDesk, createDeskStaff } from '../../../../gateway/desk/desk.js'
import { SESSION_COOKIE } from '../../../../gateway/desk/desk-access.js'
import type { OperatorService } from '../../../../gateway/desk/operator-service.js'
import type { DeskAlarm, DeskRole, DoorAnswer } from '../../../../gateway/desk/ports.js'
import type { EnrolResult } from '../../../../gateway/enrol/enrol-service.js'
import type { EnrolOutcome } from '../../../../gateway/face/types.js'
import type { GatewayStore } from '../../../../gateway/store/types.js'
import { consent, personRef, uuid } from '../../../support/factories.js'
import { openStore } from '../../../support/open-store.js'
import { createRecordingLog } from '../../../support/recording-log.js'
import { type VirtualClock, createVirtualClock } from '../../../support/virtual-clock.js'

export const PASSWORD = 'four-Horses-42'
export const SESSION = { lifeMs: 12 * 3_600_000, idleMs: 30 * 60_000 }

export interface Answer {
  readonly status: number
  readonly body: unknown
  readonly headers: Readonly<Record<string, unknown>>
}

export interface CallOptions {
  /** Cookie of a login. */
  readonly as?: string
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
  readonly from?: string
}

/** An estate in memory that answers as it is told; what it was asked is kept. */
export interface FakeEstate {
  answer: DoorAnswer
  alarms: DeskAlarm[]
  alarmAnswer: 'done' | 'refused'
  look: EnrolOutcome | (() => Promise<EnrolOutcome>)
  enrolResult: EnrolResult
  readonly orders: unknown[]
  readonly agreed: RosterItem[]
}

export interface DeskRig extends Desk {
  readonly store: GatewayStore
  readonly clock: VirtualClock
  readonly estate: FakeEstate
  readonly log: ReturnType<typeof createRecordingLog>
  readonly operators: OperatorService
  call(method: string, url: string, options?: CallOptions): Promise<Answer>
  /** Cookie of a login of this role. */
  as(role: DeskRole): Promise<string>
  /** Reference of the operator that `as` made. */
  ref(role: DeskRole): string
  /** Records in the log from `seq` on, without their stamps. */
  records(afterSeq?: number): Promise<object[]>
}

const DEFAULT_ANSWER: DoorAnswer = { outcome: 'executed', reason: null, passageId: uuid(50) }
const DAY = { bizDate: '2026-01-05', takings: { ways: [{ way: 'cash' as const, count: 1, fen: 500 }], tills: [{ deviceId: 'till-1', first: 7, last: 7, count: 1 }] }, closed: null }
const BOX = { left: 1, top: 2, right: 3, bottom: 4, score: 1 }

function createFakeEstate(store: GatewayStore): { fake: FakeEstate; estate: DeskEstate } {
  const consents = [consent(1)].map(({ consentId, personRef: ref, noticeVersion, grantedAtMs, expiresAtMs }) => ({ consentId, personRef: ref, noticeVersion, grantedAtMs, expiresAtMs }))
  const visits: Array<Extract<RosterItem, { kind: 'visit.v1' }>> = []
  const credentials = [{ credentialId: uuid(7, 0x7), personRef: personRef(1), visitId: null, kind: 'card' as const, validFromMs: 0, validUntilMs: 9e15 }] as Array<{
    credentialId: string; personRef: string | null; visitId: string | null; kind: 'card' | 'token'; validFromMs: number; validUntilMs: number
  }>
  const fake: FakeEstate = {
    answer: DEFAULT_ANSWER, alarms: [], alarmAnswer: 'done', orders: [], agreed: [],
    look: { kind: 'template', embedding: new Float32Array(2), liveness: 0.93, box: BOX, timings: {} },
    enrolResult: { kind: 'enrolled', personRef: personRef(1), consentId: consent(1).consentId, templates: 1, liveness: [0.9] },
  }
  const take = (item: RosterItem): void => {
    if (item.kind === 'consent.v1') consents.push({ ...item })
    if (item.kind === 'consent-deleted.v1') consents.splice(consents.findIndex((each) => each.consentId === item.consentId), 1)
    if (item.kind === 'visit.v1') visits.push(item)
    if (item.kind === 'visit-deleted.v1') visits.splice(visits.findIndex((each) => each.visitId === item.visitId), 1)
    if (item.kind === 'credential.v1') credentials.push({ ...item, kind: 'token' })
    if (item.kind === 'credential-deleted.v1') credentials.splice(credentials.findIndex((each) => each.credentialId === item.credentialId), 1)
  }
  const order = (what: string, facts: object): Promise<DoorAnswer> => {
    fake.orders.push({ what, ...facts })
    return Promise.resolve(fake.answer)
  }
  return {
    fake,
    estate: {
      estateId: 'estate-1',
      doors: {
        state: (gateId) => ({ door: gateId === 'gate-1' ? { kind: 'open', relay: 'released' } : { kind: 'locked' }, online: gateId === 'gate-1', mode: 'normal', modeCause: null }),
        open: (facts) => order('open', facts),
        setMode: (facts) => order('mode', facts),
        resetZone: (facts) => order('reset', facts),
      },
      alarms: { list: () => fake.alarms, move: async (facts) => { fake.orders.push(facts); return fake.alarmAnswer } },
      devices: () => [
        { deviceId: 'ctl-1', deviceKind: 'controller', online: true, revoked: false, lastSeenAtMs: 5, firmware: '1', clockOffsetMs: 3, faults: [] },
        { deviceId: 'cam-9', deviceKind: 'camera', online: false, revoked: true, lastSeenAtMs: null, firmware: null, clockOffsetMs: null, faults: [] },
      ],
      roster: {
        persons: () => [1, 2, 3].map((number) => ({ personRef: personRef(number), displayName: ['陈秀英', '李建国', '陈小明'][number - 1] as string })),
        gates: () => [2, 1].map((number) => ({ gateId: `gate-${number}`, name: `${number} 号门`, zoneId: 'zone-a', controllerId: `ctl-${number}`, devices: [`cam-${number}`] })),
        consents: () => consents,
        permits: () => [{ personRef: personRef(1), gateIds: ['gate-1'], validFromMs: 1, validUntilMs: 2 }],
        visits: () => visits,
        credentials: () => credentials,
        async agree(items, also) {
          await store.transact((tx) => also(tx))
          for (const item of items) {
            fake.agreed.push(item)
            take(item)
          }
        },
        block: async ({ credentialId }) => credentials.some((each) => each.credentialId === credentialId),
      },
      faces: {
        look: async () => (typeof fake.look === 'function' ? fake.look() : fake.look),
        async enrol(ref, photos, options = {}) {
          fake.orders.push({ what: 'enrol', personRef: ref, bytes: photos.map((photo) => photo.length), ...options })
          return fake.enrolResult
        },
        isEnrolled: (ref) => ref === personRef(1),
      },
      takings: {
        today: async () => DAY,
        async count(operatorRef) {
          fake.orders.push({ what: 'count', operatorRef })
          return { ...DAY, closed: DAY.takings }
        },
      },
      uplink: async () => ({ lastContactAtMs: null, problem: 'unreachable', waiting: await store.backlog(), waitingSinceMs: 1 }),
    },
  }
}

/** The whole desk on a real store, an estate in memory and a clock that stands still; called without a network. */
export async function createDeskRig(): Promise<DeskRig> {
  const clock = createVirtualClock()
  const random = seededRandom(5)
  const store = await openStore({ clock })
  const ids = createIdSource({ clock, random })
  const log = createRecordingLog()
  const runtime = { clock, random, ids, stamp: createStamper({ clock, ids, bootId: uuid(1, 0xb) }), log }
  const { fake, estate } = createFakeEstate(store)
  const staff = createDeskStaff({ store, runtime })
  const desk = await createDesk({ store, estate, staff, runtime, times: SESSION, pageFolder: '/nowhere' })
  onTestFinished(() => desk.app.close())
  const refs = new Map<DeskRole, string>()

  const call: DeskRig['call'] = async (method, url, { as, body, headers, from } = {}) => {
    const answer = await desk.app.inject({
      method: method as 'GET', url, ...(from === undefined ? {} : { remoteAddress: from }),
      headers: { 'x-requested-with': 'smart-estates', ...(as === undefined ? {} : { cookie: as }), ...headers },
      ...(body === undefined ? {} : { payload: body as object }),
    })
    const json = String(answer.headers['content-type'] ?? '').startsWith('application/json')
    return { status: answer.statusCode, body: json && answer.body !== '' ? JSON.parse(answer.body) : answer.body, headers: answer.headers }
  }
  /** Straight into the tables: a password's hash costs a tenth of a second each. */
  const makeOperator = async (role: DeskRole): Promise<string> => {
    const operatorRef = ids.uuid()
    const token = Buffer.from(random.bytes(32)).toString('base64url')
    const nowMs = clock.wallMs()
    refs.set(role, operatorRef)
    await store.transact(async (tx) => {
      await tx.putOperator({ operatorRef, loginName: `${role}-x`, displayName: `${role} 的姓名`, role, passwordHash: null, createdAtMs: nowMs, disabledAtMs: null })
      await tx.putDeskSession({
        tokenHash: createHash('sha256').update(token).digest('hex'), operatorRef, createdAtMs: nowMs, lastSeenAtMs: nowMs, expiresAtMs: nowMs + SESSION.lifeMs,
      })
    })
    return `${SESSION_COOKIE}=${token}`
  }
  const cookies = new Map<DeskRole, Promise<string>>()
  return {
    ...desk, store, clock, estate: fake, log, call, operators: staff.operators,
    as(role) {
      const cookie = cookies.get(role) ?? makeOperator(role)
      cookies.set(role, cookie)
      return cookie
    },
    ref: (role) => refs.get(role) ?? '',
    records: async (afterSeq = 0) => (await store.recordsAfter(1, afterSeq, 500)).map((record) => {
      const { recordId: _id, occurredAtMs: _at, monoMs: _mono, bootId: _boot, ...body } = JSON.parse(record.payload) as RecordBody
      return body
    }),
  }
}

/** The record of one action at the desk, without its stamp. */
export const action = (rig: DeskRig, role: DeskRole, what: string, subject: string | null, facts: object = {}) =>
  ({ kind: 'operator-action.v1', operatorRef: rig.ref(role), role, action: what, subject, reason: null, outcome: 'done', ...facts })
