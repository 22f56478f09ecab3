import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Register, gateBody, registerOf } from '../support/register.js'
import { type TestServer, startTestServer } from '../support/test-server.js'

let server: TestServer
let register: Register
beforeAll(async () => {
  server = await startTestServer()
  register = registerOf(server)
  await register.gate('jh', 'g-1', gateBody())
  await register.gate('jh', 'g-1', { ...gateBody(), releaseMs: 5_000 })
})
afterAll(() => server.close())

interface Page { readonly items: ReadonlyArray<{ seq: number; action: string; userName: string | null; before: Record<string, unknown> | null; after: Record<string, unknown> | null }>; readonly older: number | null }
const page = async (query: string): Promise<Page> => (await server.call('GET', `/api/audit?${query}`, { as: await server.as('auditor@*') })).body as Page

describe('the audit log as auditors read it', () => {
  it('says who did what, with before and after, newest first', async () => {
    const { items, older } = await page('action=gate.&limit=1')
    expect(items.map(({ action, userName, before, after }) => [action, userName, before?.['releaseMs'], after?.['releaseMs']])).toEqual([['gate.change', 'admin@*', 3_000, 5_000]])
    const rest = await page(`action=gate.&before=${older}`)
    expect([rest.items.map(({ action, before }) => [action, before]), rest.older]).toEqual([[['gate.create', null]], null])
  })

  it('goes through the whole log page by page, each entry once', async () => {
    const seqs: number[] = []
    for (let before = ''; ;) {
      const { items, older } = await page(`limit=3${before}`)
      seqs.push(...items.map(({ seq }) => seq))
      if (older === null) break
      before = `&before=${older}`
    }
    expect(seqs).toEqual(Array.from({ length: seqs.length }, (_, index) => seqs.length - index))
  })

  it('tells where its chain breaks', async () => {
    const chain = async () => (await server.call('GET', '/api/audit/chain', { as: await server.as('auditor@*') })).body
    const newest = (await page('limit=1')).items[0]
    expect(await chain()).toEqual({ entries: newest?.seq, brokenAtSeq: null })
    await server.db.transact((tx) => tx.$executeRawUnsafe(`UPDATE "AuditEntry" SET "subject" = 'gate:jh/g-2' WHERE "seq" = 4`))
    expect(await chain()).toEqual({ entries: 3, brokenAtSeq: 4 })
  })
})
