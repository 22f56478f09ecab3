import { generateKeyPairSync } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { noticesOf, owedOf } from '../../../server/self-service/home-rules.js'
import type { MyBill } from '../../../server/self-service/my-bill-service.js'
import { putOrder } from '../reconciliation/batch/recon-rig.js'
import { NOTICE, type Register, registerOf } from '../support/register.js'
import { systemIds } from '../support/temp-database.js'
import { type Answer, type TestServer, startTestServer } from '../support/test-server.js'

let server: TestServer
let register: Register
/** The spouse of a household with a bill, and somebody of another household with one. */
let me: { cookie: string; personRef: string; billId: string; householdId: string }
let other: { cookie: string; personRef: string; billId: string }

const code = (answer: Answer): unknown => (answer.body as { code?: unknown }).code
const get = (as: string, path: string): Promise<Answer> => server.call('GET', path, { as })
const post = (as: string, path: string, body: object = {}): Promise<Answer> => server.call('POST', path, { as, body })
const listOf = async (as: string, path: string, name: string): Promise<Array<Record<string, unknown>>> => ((await get(as, path)).body as Record<string, Array<Record<string, unknown>>>)[name] ?? []

async function logIn(personRef: string, phone: string): Promise<string> {
  expect((await server.call('PUT', `/api/persons/${personRef}/phone`, { as: await register.admin(), body: { phone } })).status).toBe(204)
  await server.call('POST', '/api/auth/phone/code', { body: { phone } })
  await server.sendCodes()
  const line = (await readFile(server.messages, 'utf8')).split('\n').filter((each) => each.includes(phone)).at(-1) ?? ''
  const answer = await server.call('POST', '/api/auth/phone/login', { body: { phone, code: /(\d{6})，/.exec(line)?.[1] ?? '' } })
  expect(answer.body).toEqual({ state: 'in' })
  return String(answer.headers['set-cookie']).split(';', 1)[0] ?? ''
}
const publicKey = (): string => generateKeyPairSync('ec', { namedCurve: 'prime256v1' }).publicKey.export({ type: 'spki', format: 'der' }).toString('base64')

beforeAll(async () => {
  server = await startTestServer()
  register = registerOf(server)
  const mine = await register.households.household('jh')
  const theirs = await register.households.household('jh')
  await register.billing.terms('jh')
  await register.billing.issue((await register.billing.preview('jh', '2026-03'))['runId'])
  const billOf = async (householdId: string): Promise<string> =>
    ((await server.call('GET', `/api/bills?householdId=${householdId}`, { as: await register.billing.maker() })).body as { bills: Array<{ billId: string }> }).bills[0]?.billId ?? ''
  me = { ...mine, billId: await billOf(mine.householdId), cookie: await logIn(mine.personRef, '19900002001') }
  other = { ...theirs, billId: await billOf(theirs.householdId), cookie: await logIn(theirs.personRef, '19900002002') }
})
afterAll(() => server.close())

describe('a resident sees the own household and nobody else\'s', () => {
  it('in bills', async () => {
    expect((await listOf(me.cookie, '/api/my/bills', 'bills')).map((bill) => [bill['billId'], bill['state'], bill['paying']])).toEqual([[me.billId, 'open', false]])
    const card = (await get(me.cookie, `/api/my/bills/${me.billId}`)).body as { openFen: number; lines: unknown[]; payments: unknown[]; channels: unknown[] }
    expect([card.openFen > 0, card.lines.length, card.payments, card.channels]).toEqual([true, 1, [], []])
    for (const path of [`/api/my/bills/${other.billId}`, `/api/my/payments/${await register.payOrder('jh')}`]) expect(code(await get(me.cookie, path)), path).toBe('SV_HTTP_NOT_FOUND')
    for (const path of [`/api/my/bills/${other.billId}/orders`, `/api/my/bills/${other.billId}/pay-links`]) {
      expect([404, 400], path).toContain((await post(me.cookie, path, path.endsWith('orders') ? { channel: 'wechat', scene: 'phone' } : {})).status)
    }
    expect(await server.db.read.payOrder.count({ where: { billId: other.billId } })).toBe(0)
    expect(await server.db.read.payLink.count()).toBe(0)
  })

  it('in passes: blocks the own, not another\'s, and has as many phones as are allowed', async () => {
    const theirs = await register.card(other.personRef)
    expect(code(await post(me.cookie, `/api/my/credentials/${theirs}/block`))).toBe('SV_HTTP_NOT_FOUND')
    for (let phone = 0; phone < 5; phone += 1) expect((await post(me.cookie, '/api/my/phones', { name: `phone ${phone}`, publicKey: publicKey() })).status).toBe(201)
    expect(code(await post(me.cookie, '/api/my/phones', { name: 'one more', publicKey: publicKey() }))).toBe('SV_CREDENTIAL_PHONES')
    const [newest] = await listOf(me.cookie, '/api/my/passes', 'credentials')
    expect((await post(me.cookie, `/api/my/credentials/${String(newest?.['credentialId'])}/block`)).status).toBe(204)
    expect((await listOf(me.cookie, '/api/my/passes', 'credentials')).map((each) => each['credentialId'])).not.toContain(newest?.['credentialId'])
    expect(await listOf(me.cookie, '/api/my/passes', 'credentials')).toHaveLength(4)
    expect((await register.feed('jh')).at(-1)?.item).toEqual({ kind: 'credential-deleted.v1', credentialId: newest?.['credentialId'] })
  })

  it('in passages', async () => {
    const at = server.clock.wallMs()
    for (const [index, personRef] of [me.personRef, other.personRef, me.personRef].entries()) {
      await server.db.transact((tx) => tx.accessEvent.create({ data: {
        passageId: systemIds.uuid(), estateId: 'jh', gatewayId: systemIds.uuid(), epoch: 1, seq: BigInt(index + 1), gateId: 'g', deviceId: 'cam', way: 'face', result: 'granted', decision: 'granted',
        personRef, timings: '{}', occurredAtMs: BigInt(at + index),
      } }))
    }
    const before = (await register.audit()).length
    expect((await listOf(me.cookie, '/api/my/passages', 'items')).map((item) => item['occurredAtMs'])).toEqual([at + 2, at])
    // Looking at oneself is not somebody looking.
    expect((await register.audit()).length).toBe(before)
  })
})

describe('a resident decides', () => {
  it('consents for themselves, withdraws once, and a second time does nothing; another\'s consent is not theirs', async () => {
    const theirs = await register.consent(other.personRef)
    expect(code(await post(me.cookie, `/api/my/consents/${theirs}/withdraw`))).toBe('SV_HTTP_NOT_FOUND')
    expect(code(await post(me.cookie, '/api/my/consents', { noticeVersion: 'face-access-0' }))).toBe('SV_CONSENT_NOTICE')
    const { consentId } = (await post(me.cookie, '/api/my/consents', { noticeVersion: NOTICE })).body as { consentId: string }
    expect(code(await post(me.cookie, '/api/my/consents', { noticeVersion: NOTICE }))).toBe('SV_CONSENT_EXISTS')
    expect((await listOf(me.cookie, '/api/my/consents', 'consents')).map((each) => [each['consentId'], each['own'], each['held'], each['endedAtMs']])).toEqual([[consentId, true, 'none', null]])
    for (let twice = 0; twice < 2; twice += 1) expect((await post(me.cookie, `/api/my/consents/${consentId}/withdraw`)).status).toBe(204)
    expect((await register.feed('jh')).filter(({ item }) => item['consentId'] === consentId).map(({ item }) => item['kind'])).toEqual(['consent-deleted.v1'])
  })

  it('for a child as its guardian, too', async () => {
    const child = await register.person('jh', '2020-06-01')
    const consentId = await register.consent(child, me.personRef)
    expect((await listOf(me.cookie, '/api/my/consents', 'consents')).filter((each) => each['own'] === false).map((each) => each['consentId'])).toEqual([consentId])
    expect((await post(me.cookie, `/api/my/consents/${consentId}/withdraw`)).status).toBe(204)
  })

  it('sees who looked: staff by role and half a name, not oneself', async () => {
    await server.call('GET', `/api/access-log?estateId=jh&personRef=${me.personRef}`, { as: await server.as('guard@jh') })
    await server.call('GET', `/api/households/${me.householdId}/last-seen`, { as: await server.as('estate-manager@jh') })
    const looks = await listOf(me.cookie, '/api/my/looks', 'looks')
    expect(looks.slice(0, 2).map((look) => [look['what'], look['role'], look['byMasked']])).toEqual([['last-seen-read', 'estate-manager', 'e***'], ['history-read', 'guard', 'g***']])
    expect(looks.map((look) => look['what'])).not.toContain('consent-given')
    expect((await listOf(other.cookie, '/api/my/looks', 'looks')).map((look) => look['what'])).not.toContain('history-read')
  })
})

describe('all that is kept', () => {
  it('is a file for oneself, without anybody else in it', async () => {
    const answer = await get(me.cookie, '/api/my/export')
    expect(answer.headers['content-disposition']).toBe('attachment; filename="my-data.json"')
    expect(Object.keys(answer.body as object).sort()).toEqual(['bills', 'consents', 'credentials', 'household', 'looks', 'passages', 'payments', 'person', 'tickets'])
    const text = JSON.stringify(answer.body)
    expect([text.includes(me.personRef), text.includes(me.billId), text.includes(other.personRef), text.includes(other.billId)]).toEqual([true, true, false, false])
  })
})

describe('a resident asks the estate\'s people for help', () => {
  const ask = (as: string, body: object): Promise<Answer> => post(as, '/api/my/tickets', body)
  const seen = async (as: string, state: string): Promise<Array<Record<string, unknown>>> => listOf(as, `/api/tickets?state=${state}`, 'tickets')

  it('about an own bill; the manager takes it and answers, and the resident reads that', async () => {
    const manager = await server.as('estate-manager@jh')
    expect(code(await ask(me.cookie, { kind: 'rent', text: '多收了', billId: other.billId }))).toBe('SV_HTTP_NOT_FOUND')
    expect(code(await ask(me.cookie, { kind: 'rent', text: ' \n ' }))).toBe('SV_HTTP_VALIDATION')
    const { ticketId } = (await ask(me.cookie, { kind: 'rent', text: '六月已在窗口缴过\n请核对', billId: me.billId })).body as { ticketId: string }
    expect(await seen(manager, 'open')).toMatchObject([{ ticketId, kind: 'rent', text: '六月已在窗口缴过\n请核对', billId: me.billId, personName: '李小红', state: 'open', answer: null }])
    expect(await seen(await server.as('estate-manager@xh'), 'open')).toEqual([])
    expect((await post(manager, `/api/tickets/${ticketId}/take`)).status).toBe(204)
    expect(code(await post(manager, `/api/tickets/${ticketId}/take`))).toBe('SV_TICKET_STATE')
    expect((await listOf(me.cookie, '/api/my/tickets', 'tickets')).map((ticket) => ticket['state'])).toEqual(['taken'])
    expect((await post(manager, `/api/tickets/${ticketId}/finish`, { answer: '已核对，无误' })).status).toBe(204)
    const [ticket] = await listOf(me.cookie, '/api/my/tickets', 'tickets')
    expect(ticket).toEqual({
      ticketId, kind: 'rent', text: '六月已在窗口缴过\n请核对', billId: me.billId, state: 'done', answer: '已核对，无误', createdAtMs: server.clock.wallMs(), takenAtMs: server.clock.wallMs(), doneAtMs: server.clock.wallMs(),
    })
    expect(await listOf(other.cookie, '/api/my/tickets', 'tickets')).toEqual([])
    expect(JSON.stringify(await server.db.read.auditEntry.findMany({ where: { subject: `ticket:${ticketId}` } }), (_key, value: unknown) => (typeof value === 'bigint' ? Number(value) : value))).not.toContain('窗口')
  })

  it('five times at once and no more; what was written is forgotten with the person', async () => {
    for (let count = 0; count < 5; count += 1) expect((await ask(other.cookie, { kind: count === 0 ? 'data-erasure' : 'repair', text: `水管漏水 ${count}` })).status).toBe(201)
    expect([(await ask(other.cookie, { kind: 'repair', text: '水管' })).status, code(await ask(other.cookie, { kind: 'repair', text: '水管' }))]).toEqual([429, 'SV_TICKET_TOO_MANY'])
    expect((await server.call('DELETE', `/api/persons/${other.personRef}`, { as: await register.admin() })).status).toBe(200)
    expect((await server.db.read.ticket.findMany({ where: { personRef: other.personRef } })).map(({ kind, text, state }) => `${kind} ${state} [${text}]`).sort())
      .toEqual(['data-erasure open []', 'repair open []', 'repair open []', 'repair open []', 'repair open []'])
  })
})

it('the receipt of a payment has the number of the bill\'s electronic receipt, once there is one', async () => {
  const outTradeNo = 'RTRECEIPT00001'
  const atMs = server.clock.wallMs()
  await server.db.transact(async (tx) => {
    await putOrder(tx, { outTradeNo, fen: 100, transactionId: 't-1', createdAtMs: atMs, paidAtMs: atMs, billId: me.billId })
    await tx.payOrder.update({ where: { outTradeNo }, data: { householdId: me.householdId } })
  })
  const receipt = async (): Promise<unknown> => ((await get(me.cookie, `/api/my/payments/${outTradeNo}`)).body as { receipt: unknown }).receipt
  const put = (turn: number, kind: string, state: string, no: string | null) => server.db.transact(async (tx) => void (await tx.electronicReceipt.create({ data: {
    receiptNo: `R-${turn}-${kind}`, estateId: 'jh', householdId: me.householdId, billId: me.billId, turn, kind, totalFen: 100n, content: '{}', state, billBatchCode: no === null ? null : '44060126',
    billNo: no, checkCode: no === null ? null : 'a1b2c3', busAtMs: BigInt(atMs),
  } })))
  expect(await receipt()).toBeNull()
  await put(1, 'issue', 'queued', null)
  expect(await receipt()).toEqual({ state: 'queued', code: null, no: null, checkCode: null })
  await server.db.transact(async (tx) => void (await tx.electronicReceipt.update({ where: { receiptNo: 'R-1-issue' }, data: { state: 'issued', billBatchCode: '44060126', billNo: '0000000001', checkCode: 'a1b2c3' } })))
  expect(await receipt()).toEqual({ state: 'issued', code: '44060126', no: '0000000001', checkCode: 'a1b2c3' })
  await put(1, 'reversal', 'issued', '0000000002')
  expect(await receipt()).toMatchObject({ state: 'reversed' })
})

describe('a link to pay by', () => {
  it('shows one bill for a week, and nothing of whose it is', async () => {
    const { token } = (await post(me.cookie, `/api/my/bills/${me.billId}/pay-links`)).body as { token: string }
    const answer = await server.call('GET', `/api/pay-links/${token}`)
    expect(Object.keys(answer.body as object).sort()).toEqual(['channels', 'dueDate', 'estateName', 'fromDate', 'label', 'openFen', 'period', 'state', 'totalFen', 'untilDate'])
    expect(await server.db.read.payLink.findMany({ where: { tokenHash: token } })).toEqual([])
    expect(code(await server.call('GET', `/api/pay-links/${token}/orders/${await register.payOrder('jh')}`))).toBe('SV_HTTP_NOT_FOUND')
    expect(code(await server.call('POST', `/api/pay-links/${token}/orders`, { body: { channel: 'wechat', scene: 'phone' } }))).toBe('SV_PAYMENT_NO_CHANNEL')
    for (let links = 1; links < 20; links += 1) expect((await post(me.cookie, `/api/my/bills/${me.billId}/pay-links`)).status).toBe(201)
    expect((await post(me.cookie, `/api/my/bills/${me.billId}/pay-links`)).status).toBe(429)
    server.clock.advance(7 * 86_400_000)
    expect(code(await server.call('GET', `/api/pay-links/${token}`))).toBe('SV_HTTP_NOT_FOUND')
    await server.sweep()
    expect(await server.db.read.payLink.count()).toBe(0)
  })
})

describe('the first page', () => {
  const bill = (openFen: number, dueDate: string): MyBill => ({
    billId: dueDate, kind: 'rent', period: '', label: '', unitLabel: '', fromDate: '', untilDate: '', issuedOn: '', dueDate, totalFen: openFen, openFen, state: 'open', paying: false,
  })
  it('adds up what is open, and says what is late', () => {
    expect(owedOf([bill(300, '2026-03-25'), bill(0, '2026-01-25'), bill(200, '2026-02-25')], '2026-03-01'))
      .toEqual({ fen: 500, overdueFen: 200, dueDate: '2026-02-25', billId: '2026-02-25', bills: 2 })
    expect(owedOf([], '2026-03-01')).toEqual({ fen: 0, overdueFen: 0, dueDate: null, billId: null, bills: 0 })
  })
  it('names what there is to do, most urgent first', () => {
    const owed = owedOf([bill(200, '2026-02-25')], '2026-03-01')
    const household = { householdNo: '1', lease: { leaseNo: '1', unitLabel: '', fromDate: '2025-01-01', untilDate: '2026-03-11' }, members: [] }
    const kinds = noticesOf({ today: '2026-03-01', nowMs: Date.parse('2026-03-01T00:00:00+08:00'), owed, payments: [], consents: [], household })
    expect(kinds).toEqual([{ kind: 'overdue', fen: 200, days: 4, billId: '2026-02-25' }, { kind: 'lease-ends', fen: null, days: 10, billId: null }])
  })
})
