import { createHash } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { verifyAuditChain } from '../../../server/audit/audit-log.js'
import { createRunChange } from '../../../server/audit/change.js'
import { type Register, gateBody, registerOf } from '../support/register.js'
import { type TestServer, startTestServer } from '../support/test-server.js'
import { withoutRandom } from '../../support/without-random.js'

let server: TestServer
let register: Register
beforeAll(async () => {
  server = await startTestServer()
  register = registerOf(server)
})
afterAll(() => server.close())

const raw = (sql: string) => server.db.transact((tx) => tx.$executeRawUnsafe(sql))

describe('audit log', () => {
  it('names who did what to what, in the order in which it was done', async () => {
    await register.gate('jh', 'g-1', gateBody())
    await register.gate('jh', 'g-1', { ...gateBody(), releaseMs: 5_000 })
    const person = await register.person('jh', '1990-01-01', '不该在日志里')
    await register.permit(person, ['g-1'])
    const consent = await register.consent(person)
    await server.call('POST', `/api/consents/${consent}/withdraw`, { as: await server.as('estate-manager@jh'), body: {} })
    const entries = await server.db.read.auditEntry.findMany({ orderBy: { seq: 'asc' } })
    expect(entries.map((entry) => entry.action)).toEqual([
      'notice.publish', 'user.create', 'session.open', 'estate.create', 'estate.create', 'gate.create', 'gate.change', 'person.create', 'permit.issue',
      'consent.grant', 'user.create', 'session.open', 'consent.end',
    ])
    const change = entries.find((entry) => entry.action === 'gate.change')
    expect([JSON.parse(change?.before ?? ''), JSON.parse(change?.after ?? '')]).toMatchObject([{ releaseMs: 3_000 }, { releaseMs: 5_000 }])
    const manager = entries.at(-2)?.userId
    expect([entries.at(-1)?.userId, entries.at(-1)?.estateId]).toEqual([manager, 'jh'])
    expect(withoutRandom(JSON.stringify(entries, (_key, value: unknown) => (typeof value === 'bigint' ? Number(value) : value)))).not.toMatch(/不该在日志里|1990|argon2/)
    expect(await verifyAuditChain(server.db.read)).toEqual({ entries: 13, brokenAtSeq: null })
  })

  it('is written in one row with many changes at once', async () => {
    await Promise.all(Array.from({ length: 30 }, () => register.person('xh')))
    const { entries, brokenAtSeq } = await verifyAuditChain(server.db.read)
    expect([entries, brokenAtSeq]).toEqual([await server.db.read.auditEntry.count(), null])
  })

  it('has no entry for a change that did not happen, and no change without its entry', async () => {
    const change = createRunChange({ db: server.db, clock: server.clock })
    const before = await verifyAuditChain(server.db.read)
    await expect(change(null, async (open) => {
      await open.audit({ action: 'estate.create', subject: 'estate:zz', estateId: null })
      await open.tx.estate.create({ data: { id: 'zz', name: 'x', district: 'y', createdAtMs: 1n } })
      throw new Error('half way')
    })).rejects.toThrow('half way')
    expect(await verifyAuditChain(server.db.read)).toEqual(before)
    expect(await server.db.read.estate.count({ where: { id: 'zz' } })).toBe(0)
  })

  it('shows an entry that was rewritten together with its hash, by the next one', async () => {
    const kept = await server.db.read.auditEntry.findUniqueOrThrow({ where: { seq: 6 } })
    const text = JSON.stringify(['audit-entry.v1', kept.previousHash, 6, Number(kept.atMs), kept.userId, kept.action, 'gate:jh/other', kept.estateId, kept.before, kept.after])
    const forged = { ...kept, subject: 'gate:jh/other', hash: createHash('sha256').update(text).digest('hex') }
    await server.db.transact((tx) => tx.auditEntry.update({ where: { seq: 6 }, data: forged }))
    expect(await verifyAuditChain(server.db.read)).toEqual({ entries: 6, brokenAtSeq: 7 })
    await server.db.transact((tx) => tx.auditEntry.update({ where: { seq: 6 }, data: kept }))
    expect((await verifyAuditChain(server.db.read)).brokenAtSeq).toBeNull()
  })

  it.each([
    ['an entry that was changed', `UPDATE "AuditEntry" SET "subject" = 'gate:jh/g-2' WHERE "seq" = 6`, `UPDATE "AuditEntry" SET "subject" = 'gate:jh/g-1' WHERE "seq" = 6`, 6],
    ['a person who was swapped', `UPDATE "AuditEntry" SET "userId" = NULL WHERE "seq" = 8`, `UPDATE "AuditEntry" SET "userId" = (SELECT "userId" FROM "AuditEntry" WHERE "seq" = 7) WHERE "seq" = 8`, 8],
    ['a gap', `UPDATE "AuditEntry" SET "seq" = 100000 WHERE "seq" = 9`, `UPDATE "AuditEntry" SET "seq" = 9 WHERE "seq" = 100000`, 9],
  ])('shows %s', async (_name, harm, repair, seq) => {
    await raw(harm)
    expect((await verifyAuditChain(server.db.read)).brokenAtSeq).toBe(seq)
    await raw(repair)
    expect((await verifyAuditChain(server.db.read)).brokenAtSeq).toBeNull()
  })
})
