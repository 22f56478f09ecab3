import { describe, expect, it } from 'vitest'
import { consent, personRef, uuid } from '../../support/factories.js'
import { START_WALL_MS } from '../../support/virtual-clock.js'
import { action, createDeskRig } from './support/desk-rig.js'

const code = (answer: { body: unknown }): unknown => (answer.body as { code?: unknown }).code

describe('a door opened by hand', () => {
  it('is told with the controller\'s answer, and recorded with its reason; a remark stays out of the record', async () => {
    const rig = await createDeskRig()
    const as = await rig.as('guard')
    const answer = await rig.call('POST', '/api/desk/gates/gate-1/open', { as, body: { reason: 'delivery', remark: '顺丰，送给陈秀英' } })
    expect([answer.status, answer.body]).toEqual([200, { outcome: 'executed', reason: null, passageId: uuid(50) }])
    expect(rig.estate.orders).toEqual([{ what: 'open', gateId: 'gate-1', operatorRef: rig.ref('guard'), override: 'delivery' }])
    expect(await rig.records()).toEqual([action(rig, 'guard', 'open-door', 'gate-1', { reason: 'delivery' })])
    expect([await rig.store.deskNotes(10), (await rig.store.deskRemarks(10)).map(({ passageId, text }) => [passageId, text])]).toEqual([[], [[uuid(50), '顺丰，送给陈秀英']]])
  })

  it('that the controller refused, or did not answer, is recorded as refused', async () => {
    const rig = await createDeskRig()
    const as = await rig.as('manager')
    rig.estate.answer = { outcome: 'refused', reason: 'controller-offline', passageId: null }
    expect((await rig.call('POST', '/api/desk/gates/gate-1/open', { as, body: { reason: 'other', remark: 'x' } })).body).toEqual(rig.estate.answer)
    rig.estate.answer = { outcome: 'no-answer', reason: null, passageId: null }
    await rig.call('POST', '/api/desk/gates/gate-2/mode', { as, body: { mode: 'kept-open', reason: 'delivery' } })
    await rig.call('POST', '/api/desk/zones/zone-a/fire-reset', { as })
    expect(await rig.records()).toEqual([
      action(rig, 'manager', 'open-door', 'gate-1', { reason: 'other', outcome: 'refused' }),
      action(rig, 'manager', 'door-mode', 'gate-2', { reason: 'delivery', outcome: 'refused' }),
      action(rig, 'manager', 'fire-reset', 'zone-a', { outcome: 'refused' }),
    ])
  })

  it.each(['/api/desk/gates/gate-9/open', '/api/desk/zones/zone-b/fire-reset'])('%s: what is not there is not asked for', async (url) => {
    const rig = await createDeskRig()
    const answer = await rig.call('POST', url, { as: await rig.as('manager'), body: url.includes('gates') ? { reason: 'other', remark: '' } : undefined })
    expect([answer.status, code(answer), rig.estate.orders, await rig.records()]).toEqual([404, 'GW_DESK_NOT_FOUND', [], []])
  })
})

describe('the board', () => {
  it('shows gates by name, devices that belong to it, and how the records get on', async () => {
    const rig = await createDeskRig()
    rig.estate.alarms = [{ alarmId: uuid(3), alarm: 'forced', state: 'raised', gateId: 'gate-2', deviceId: null, personRef: null, raisedAtMs: 9, detail: null, over: false, mayClear: false }]
    const { body } = await rig.call('GET', '/api/desk/board', { as: await rig.as('guard') })
    expect(body).toEqual({
      gates: [
        { gateId: 'gate-1', name: '1 号门', zoneId: 'zone-a', online: true, door: 'open', released: true, mode: 'normal', modeCause: null },
        { gateId: 'gate-2', name: '2 号门', zoneId: 'zone-a', online: false, door: 'locked', released: false, mode: 'normal', modeCause: null },
      ],
      alarms: [{ ...rig.estate.alarms[0], gateName: '2 号门' }],
      devices: [{ deviceId: 'ctl-1', deviceKind: 'controller', online: true, revoked: false, lastSeenAtMs: 5, firmware: '1', clockOffsetMs: 3, faults: [], gateName: '1 号门' }],
      uplink: { lastContactAtMs: null, problem: 'unreachable', waiting: 0, waitingSinceMs: 1 },
    })
  })
})

describe('what came in at the tills', () => {
  it('is seen by all and counted in the name of a manager', async () => {
    const rig = await createDeskRig()
    expect((await rig.call('GET', '/api/desk/takings', { as: await rig.as('guard') })).body).toMatchObject({ takings: { ways: [{ way: 'cash', count: 1, fen: 500 }] }, closed: null })
    const counted = await rig.call('POST', '/api/desk/takings/count', { as: await rig.as('manager') })
    expect([counted.body, rig.estate.orders]).toMatchObject([{ closed: { ways: [{ fen: 500 }] } }, [{ what: 'count', operatorRef: rig.ref('manager') }]])
  })
})

describe('residents at the desk', () => {
  it('are found by a part of the name; looking at one is a record', async () => {
    const rig = await createDeskRig()
    const as = await rig.as('guard')
    const found = await rig.call('GET', `/api/desk/people?q=${encodeURIComponent('陈')}`, { as })
    expect(found.body).toEqual({ more: false, people: [
      { personRef: personRef(3), displayName: '陈小明', enrolled: false, consented: false },
      { personRef: personRef(1), displayName: '陈秀英', enrolled: true, consented: true },
    ] })
    expect((await rig.call('GET', '/api/desk/people?q=%20', { as })).body).toEqual({ people: [], more: false })
    expect(await rig.records()).toEqual([])
    const { consentId, noticeVersion, grantedAtMs, expiresAtMs } = consent(1)
    expect((await rig.call('GET', `/api/desk/people/${personRef(1)}`, { as })).body).toEqual({
      personRef: personRef(1), displayName: '陈秀英', enrolled: true, consented: true, consents: [{ consentId, noticeVersion, grantedAtMs, expiresAtMs }],
      permits: [{ gateIds: ['gate-1'], validFromMs: 1, validUntilMs: 2 }], credentials: [{ credentialId: uuid(7, 0x7), kind: 'card', validUntilMs: 9e15 }],
    })
    expect(await rig.records()).toEqual([action(rig, 'guard', 'view-person', personRef(1))])
  })

  it('give a consent on paper, which stands at once and is held until the server has spoken of it', async () => {
    const rig = await createDeskRig()
    const as = await rig.as('guard')
    const url = `/api/desk/people/${personRef(3)}/consents`
    const body = { noticeVersion: '2026-01', guardianRef: personRef(2), days: 365 }
    const given = await rig.call('POST', url, { as, body })
    const terms = { consentId: expect.any(String), personRef: personRef(3), noticeVersion: '2026-01', guardianRef: personRef(2), grantedAtMs: START_WALL_MS, expiresAtMs: START_WALL_MS + 365 * 86_400_000 }
    expect(rig.estate.agreed).toEqual([{ kind: 'consent.v1', purpose: 'face-access', ...terms }])
    expect(await rig.records()).toEqual([{ kind: 'desk-consent.v1', ...terms, operatorRef: rig.ref('guard') }])
    const { consentId } = given.body as { consentId: string }
    expect(await rig.store.deskHolds()).toEqual([{ kind: 'consent', itemId: consentId, untilMs: terms.expiresAtMs }])
    const again = await rig.call('POST', url, { as, body })
    expect([again.status, again.body, (await rig.records()).length]).toEqual([201, given.body, 1])
  })

  it.each([
    ['the person as guardian', { noticeVersion: '2026-01', guardianRef: personRef(2), days: 365 }, 400, 'guardianRef'],
    ['a guardian whom nobody knows', { noticeVersion: '2026-01', guardianRef: personRef(8), days: 365 }, 404, 'guardianRef'],
    ['more than five years', { noticeVersion: '2026-01', guardianRef: null, days: 2_000 }, 400, 'days'],
  ])('a consent with %s is refused', async (_, body, status, field) => {
    const rig = await createDeskRig()
    const answer = await rig.call('POST', `/api/desk/people/${personRef(2)}/consents`, { as: await rig.as('guard'), body })
    expect([answer.status, answer.body]).toMatchObject([status, { details: { field } }])
    expect([rig.estate.agreed, await rig.records(), await rig.store.deskHolds()]).toEqual([[], [], []])
  })

  it('withdraw: every consent ends with its record; who has none is told so', async () => {
    const rig = await createDeskRig()
    const as = await rig.as('guard')
    const { consentId } = consent(1)
    expect((await rig.call('POST', `/api/desk/people/${personRef(1)}/withdrawal`, { as })).body).toEqual({ ended: 1 })
    expect(rig.estate.agreed).toEqual([{ kind: 'consent-deleted.v1', consentId, personRef: personRef(1), cause: 'withdrawn' }])
    expect(await rig.records()).toEqual([
      { kind: 'desk-withdrawal.v1', consentId, personRef: personRef(1), operatorRef: rig.ref('guard') }, action(rig, 'guard', 'erase', personRef(1)),
    ])
    expect((await rig.call('POST', `/api/desk/people/${personRef(1)}/withdrawal`, { as })).body).toEqual({ ended: 0 })
    expect((await rig.records()).at(-1)).toEqual(action(rig, 'guard', 'erase', personRef(1), { outcome: 'refused', reason: 'no-consent' }))
  })
})

describe('enrolment', () => {
  const photo = { body: Buffer.from([1, 2, 3, 4, 5]), headers: { 'content-type': 'application/octet-stream' } }
  const face = (query: string) => `/api/desk/people/${personRef(1)}/face?${query}`

  it('hands the photos over one by one and records that it was done', async () => {
    const rig = await createDeskRig()
    const answer = await rig.call('POST', face('bytes=2,3'), { as: await rig.as('guard'), ...photo })
    expect([answer.status, answer.body]).toEqual([200, rig.estate.enrolResult])
    expect(rig.estate.orders).toEqual([{ what: 'enrol', personRef: personRef(1), bytes: [2, 3] }])
    expect(await rig.records()).toEqual([action(rig, 'guard', 'enrol', personRef(1))])
  })

  it('names whose face it is already to a manager, and to nobody else; the record names nobody', async () => {
    const rig = await createDeskRig()
    const other = { personRef: personRef(3), displayName: '陈小明' }
    rig.estate.enrolResult = { kind: 'refused', reason: 'duplicate', photo: null, detail: 'cosine 0.81', other }
    const guards = await rig.call('POST', face('bytes=5'), { as: await rig.as('guard'), ...photo })
    const managers = await rig.call('POST', face('bytes=5'), { as: await rig.as('manager'), ...photo })
    expect([guards.body, managers.body]).toEqual([{ kind: 'refused', reason: 'duplicate', photo: null, detail: 'cosine 0.81' }, rig.estate.enrolResult])
    const refused = { outcome: 'refused', reason: 'duplicate' }
    expect(await rig.records()).toEqual([action(rig, 'guard', 'enrol', personRef(1), refused), action(rig, 'manager', 'enrol', personRef(1), refused)])
  })

  it('only a manager enrols a duplicate all the same, with a reason', async () => {
    const rig = await createDeskRig()
    const url = face(`bytes=5&allowDuplicate=${encodeURIComponent('双胞胎')}`)
    const guards = await rig.call('POST', url, { as: await rig.as('guard'), ...photo })
    expect([guards.status, code(guards), rig.estate.orders]).toEqual([403, 'GW_DESK_FORBIDDEN', []])
    expect((await rig.call('POST', url, { as: await rig.as('manager'), ...photo })).status).toBe(200)
    expect(rig.estate.orders).toEqual([{ what: 'enrol', personRef: personRef(1), bytes: [5], allowDuplicate: { by: rig.ref('manager'), reason: '双胞胎' } }])
  })

  it('photos that are not as long as announced are refused', async () => {
    const rig = await createDeskRig()
    const answer = await rig.call('POST', face('bytes=2,2'), { as: await rig.as('guard'), ...photo })
    expect([answer.status, answer.body, rig.estate.orders]).toMatchObject([400, { code: 'GW_DESK_INVALID', details: { field: 'bytes' } }, []])
  })

  it('a look says whether the picture will do and keeps its features to itself; one is looked at at a time', async () => {
    const rig = await createDeskRig()
    const as = await rig.as('guard')
    const look = () => rig.call('POST', '/api/desk/looks', { as, ...photo })
    expect((await look()).body).toEqual({ kind: 'good', liveness: 0.93, box: { left: 1, top: 2, right: 3, bottom: 4, score: 1 } })
    rig.estate.look = { kind: 'refused', stage: 'quality', reason: 'poor-quality', detail: 'sharpness 3, at least 20' }
    expect((await look()).body).toEqual({ kind: 'refused', reason: 'poor-quality', detail: 'sharpness 3, at least 20' })
    const seen = rig.estate.look
    let finish = (): void => undefined
    rig.estate.look = () => new Promise((resolve) => { finish = () => resolve(seen) })
    const first = look()
    const second = await look()
    expect([second.status, code(second)]).toEqual([429, 'GW_DESK_SLOW_DOWN'])
    finish()
    expect((await first).status).toBe(200)
    expect(await rig.records()).toEqual([])
  })
})

describe('a shift', () => {
  it('leaves a note of which the record says only that it happened', async () => {
    const rig = await createDeskRig()
    const as = await rig.as('guard')
    const text = '2 号门闭门器漏油，\n已报修。'
    expect((await rig.call('POST', '/api/desk/notes', { as, body: { text } })).status).toBe(201)
    expect((await rig.call('GET', '/api/desk/notes', { as: await rig.as('manager') })).body).toEqual({
      notes: [{ noteId: expect.any(String), writtenAtMs: START_WALL_MS, text, operatorName: 'guard 的姓名' }],
    })
    expect(await rig.records()).toEqual([action(rig, 'guard', 'shift-hand-over', null)])
  })

  it('looks after alarms; only a manager says that one is over', async () => {
    const rig = await createDeskRig()
    const guard = await rig.as('guard')
    const manager = await rig.as('manager')
    expect((await rig.call('POST', `/api/desk/alarms/${uuid(1)}/acknowledge`, { as: guard })).body).toEqual({ outcome: 'done' })
    rig.estate.alarmAnswer = 'refused'
    expect((await rig.call('POST', `/api/desk/alarms/${uuid(1)}/clear`, { as: manager })).body).toEqual({ outcome: 'refused' })
    expect(rig.estate.orders).toEqual([
      { alarmId: uuid(1), state: 'acknowledged', operatorRef: rig.ref('guard') }, { alarmId: uuid(1), state: 'cleared', operatorRef: rig.ref('manager') },
    ])
    expect(await rig.records()).toEqual([
      action(rig, 'guard', 'alarm-acknowledge', uuid(1)), action(rig, 'manager', 'alarm-clear', uuid(1), { outcome: 'refused' }),
    ])
  })

  it('blocks a lost card in one step', async () => {
    const rig = await createDeskRig()
    const as = await rig.as('guard')
    expect((await rig.call('POST', `/api/desk/credentials/${uuid(7, 0x7)}/block`, { as })).status).toBe(204)
    expect((await rig.call('POST', `/api/desk/credentials/${uuid(8, 0x7)}/block`, { as })).status).toBe(404)
    expect(await rig.records()).toEqual([action(rig, 'guard', 'credential-block', uuid(7, 0x7))])
  })
})
