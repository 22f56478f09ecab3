import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { createDeskPruning } from '../../../gateway/desk/desk-pruning.js'
import { VISITS_PER_HOST_MAX, VISIT_MS_MAX } from '../../../gateway/desk/visit-service.js'
import { personRef, uuid } from '../../support/factories.js'
import { START_WALL_MS } from '../../support/virtual-clock.js'
import { action, createDeskRig } from './support/desk-rig.js'

const HOUR_MS = 3_600_000

describe('visitors', () => {
  const visit = (change: object = {}) => ({ displayName: '周女士', hostPersonRef: personRef(1), gateIds: ['gate-1', 'gate-1'], validFromMs: START_WALL_MS, validUntilMs: START_WALL_MS + 4 * HOUR_MS, passagesMax: 2, ...change })

  it('get a code that is told once; the gateway keeps its digest, and the record neither name nor code', async () => {
    const rig = await createDeskRig()
    const as = await rig.as('guard')
    const answer = await rig.call('POST', '/api/desk/visits', { as, body: visit() })
    const { visitId, code: text } = answer.body as { visitId: string; code: string }
    expect([answer.status, text]).toEqual([201, expect.stringMatching(/^[A-Za-z0-9_-]{22}$/)])
    const times = { validFromMs: START_WALL_MS, validUntilMs: START_WALL_MS + 4 * HOUR_MS }
    const sha256 = createHash('sha256').update(text).digest('hex')
    expect(rig.estate.agreed).toEqual([
      { kind: 'visit.v1', visitId, displayName: '周女士', hostPersonRef: personRef(1), gateIds: ['gate-1'], ...times, scheduleId: null, passagesMax: 2 },
      { kind: 'credential.v1', credentialId: expect.any(String), personRef: null, visitId, secret: { kind: 'token', sha256 }, ...times },
    ])
    expect(await rig.records()).toEqual([
      { kind: 'desk-visit.v1', visitId, hostPersonRef: personRef(1), gateIds: ['gate-1'], ...times, passagesMax: 2, ended: false, operatorRef: rig.ref('guard') },
      action(rig, 'guard', 'visit-create', visitId),
    ])
    expect((await rig.store.deskHolds()).map(({ kind, untilMs }) => [kind, untilMs])).toEqual([['credential', times.validUntilMs], ['visit', times.validUntilMs]])
    const list = await rig.call('GET', '/api/desk/visits', { as })
    expect(list.body).toMatchObject({ visits: [{ visitId, displayName: '周女士', hostName: '陈秀英' }] })
    expect(JSON.stringify([list.body, await rig.store.recordsAfter(1, 0, 10), rig.log])).not.toContain(text)
  })

  it('end at once, their codes with them', async () => {
    const rig = await createDeskRig()
    const as = await rig.as('guard')
    const { visitId } = (await rig.call('POST', '/api/desk/visits', { as, body: visit() })).body as { visitId: string }
    const before = rig.estate.agreed.length
    expect((await rig.call('POST', `/api/desk/visits/${visitId}/end`, { as })).status).toBe(204)
    expect(rig.estate.agreed.slice(before)).toEqual([{ kind: 'credential-deleted.v1', credentialId: expect.any(String) }, { kind: 'visit-deleted.v1', visitId }])
    expect(await rig.store.deskHolds()).toEqual([])
    expect((await rig.records()).slice(2)).toMatchObject([{ kind: 'desk-visit.v1', visitId, ended: true }, { action: 'visit-end', subject: visitId }])
    expect((await rig.call('GET', '/api/desk/visits', { as })).body).toEqual({ visits: [] })
    expect((await rig.call('POST', `/api/desk/visits/${visitId}/end`, { as })).status).toBe(404)
  })

  it.each([
    ['over before it is made', { validFromMs: START_WALL_MS - 5, validUntilMs: START_WALL_MS }, 400, 'validUntilMs'],
    ['over before it begins', { validFromMs: START_WALL_MS + 5, validUntilMs: START_WALL_MS + 4 }, 400, 'validUntilMs'],
    ['too long', { validUntilMs: START_WALL_MS + VISIT_MS_MAX + 1 }, 400, 'validUntilMs'],
    ['too far ahead', { validFromMs: START_WALL_MS + 8 * 24 * HOUR_MS, validUntilMs: START_WALL_MS + 8 * 24 * HOUR_MS + 1 }, 400, 'validFromMs'],
    ['at a gate that is not there', { gateIds: ['gate-1', 'gate-7'] }, 404, 'gateIds'],
    ['to somebody whom nobody knows', { hostPersonRef: personRef(9) }, 404, 'hostPersonRef'],
    ['of nobody', { displayName: ' ' }, 400, 'displayName'],
  ])('a visit that is %s is refused with the field', async (_, change, status, field) => {
    const rig = await createDeskRig()
    const answer = await rig.call('POST', '/api/desk/visits', { as: await rig.as('guard'), body: visit(change) })
    expect([answer.status, answer.body]).toMatchObject([status, { details: { field } }])
    expect([rig.estate.agreed, await rig.records()]).toEqual([[], []])
  })

  it('a household has so many at a time; those that are over do not count', async () => {
    const rig = await createDeskRig()
    const as = await rig.as('guard')
    for (let number = 0; number < VISITS_PER_HOST_MAX; number++) expect((await rig.call('POST', '/api/desk/visits', { as, body: visit() })).status).toBe(201)
    const more = await rig.call('POST', '/api/desk/visits', { as, body: visit() })
    expect([more.status, more.body]).toMatchObject([409, { code: 'GW_DESK_QUOTA', details: { field: 'hostPersonRef', most: VISITS_PER_HOST_MAX } }])
    expect((await rig.call('POST', '/api/desk/visits', { as, body: visit({ hostPersonRef: personRef(2) }) })).status).toBe(201)
    rig.clock.advance(5 * HOUR_MS)
    expect((await rig.call('POST', '/api/desk/visits', { as: await rig.as('manager'), body: visit({ validUntilMs: START_WALL_MS + 6 * HOUR_MS }) })).status).toBe(201)
  })
})

describe('forgetting', () => {
  it('takes old notes, logins and visits, names and codes with them, and leaves consents and what is newer', async () => {
    const rig = await createDeskRig()
    const { store, clock } = rig
    await rig.as('guard')
    const note = { noteId: uuid(1), operatorRef: rig.ref('guard'), writtenAtMs: START_WALL_MS - 31 * 24 * HOUR_MS, passageId: null, text: 'old' }
    await store.transact(async (tx) => {
      await tx.putDeskNote(note)
      await tx.putDeskNote({ ...note, noteId: uuid(2), writtenAtMs: START_WALL_MS, text: 'new' })
      for (const [kind, number, agoDays] of [['visit', 3, 31], ['credential', 4, 31], ['visit', 5, 29], ['consent', 6, 31]] as const) {
        await tx.putDeskHold({ kind, itemId: uuid(number), untilMs: START_WALL_MS - agoDays * 24 * HOUR_MS })
      }
    })
    const agreed: unknown[] = []
    const prune = createDeskPruning({
      store, clock, keepMs: 30 * 24 * HOUR_MS,
      roster: { async agree(items, also) { agreed.push(...items); await store.transact((tx) => also(tx)) } },
    })
    await prune()
    expect(agreed).toEqual([{ kind: 'credential-deleted.v1', credentialId: uuid(4) }, { kind: 'visit-deleted.v1', visitId: uuid(3) }])
    expect([(await store.deskNotes(9)).map(({ text }) => text), (await store.deskHolds()).map(({ itemId }) => itemId)]).toEqual([['new'], [uuid(5)]])
    expect(await rig.records()).toEqual([])
  })
})
