import { expect } from 'vitest'
import { NO_GATE_RULES } from '#contract/upgrade.js'
import { ALL_ESTATES } from '../../../server/auth/roles.js'
import { billingRegisterOf } from './billing-register.js'
import { householdRegisterOf } from './household-register.js'
import { logRegisterOf } from './log-register.js'
import { reconRegisterOf } from './recon-register.js'
import { issueBill } from '../payment/payment-rig.js'
import { systemIds } from './temp-database.js'
import type { TestServer } from './test-server.js'

const DAY_MS = 86_400_000
export const YEAR_MS = 365 * 86_400_000
export const NOTICE = 'face-access-1'

export const gateBody = (doorNo = 1, deviceIds: string[] = []) => ({
  name: `Gate ${doorNo}`, controllerId: 'c-1', doorNo, releaseMs: 3000, faceFreeWays: ['card', 'guard'], zoneId: 'all',
  devices: deviceIds.map((deviceId) => ({ deviceId, direction: 'in' })), rules: NO_GATE_RULES,
})

/** Makes rows of the register through the API, as the administrator of all estates. */
export function registerOf(server: TestServer) {
  const admin = (): Promise<string> => server.as(`admin@${ALL_ESTATES}`)
  const make = async (url: string, body: unknown, method = 'POST'): Promise<Record<string, string>> => {
    const answer = await server.call(method, url, { as: await admin(), body })
    expect([200, 201, 204], JSON.stringify(answer.body)).toContain(answer.status)
    return answer.body as Record<string, string>
  }
  const cardNumber = (): string => systemIds.uuid().replaceAll('-', '').slice(-16)
  /** A delivery: without a host, today. */
  const visitBody = (estateId: string, gateIds: string[]) => ({
    estateId, displayName: '张师傅', purpose: 'delivery', hostPersonRef: null, gateIds, validFromMs: server.clock.wallMs(), validUntilMs: server.clock.wallMs() + DAY_MS,
    scheduleId: null, passagesMax: 1,
  })
  return {
    ...logRegisterOf(server),
    ...reconRegisterOf(server),
    households: householdRegisterOf(server),
    billing: billingRegisterOf(server),
    admin,
    gate: (estateId: string, gateId: string, body: object = gateBody()) => make(`/api/estates/${estateId}/gates/${gateId}`, body, 'PUT'),
    person: async (estateId: string, birthDate = '1980-05-01', displayName = '李小明'): Promise<string> =>
      (await make('/api/persons', { estateId, displayName, birthDate, unitLabel: '3-502' }))['personRef'] as string,
    permit: async (personRef: string, gateIds: string[], validUntilMs = server.clock.wallMs() + YEAR_MS): Promise<string> =>
      (await make('/api/permits', { personRef, gateIds, validFromMs: 0, validUntilMs }))['permitId'] as string,
    consent: async (personRef: string, guardianRef: string | null = null, expiresAtMs = server.clock.wallMs() + YEAR_MS): Promise<string> =>
      (await make('/api/consents', { personRef, noticeVersion: NOTICE, guardianRef, expiresAtMs }))['consentId'] as string,
    schedule: async (estateId: string, scheduleId: string, body: object): Promise<string> =>
      (await make(`/api/estates/${estateId}/schedules/${scheduleId}`, body, 'PUT'))['scheduleId'] as string,
    /** A card number that nobody has. */
    cardNumber,
    card: async (personRef: string, number = cardNumber()): Promise<string> =>
      (await make('/api/credentials/cards', { personRef, number }))['credentialId'] as string,
    visitBody,
    /** Something that somebody of the estate asked for, as if on the phone. */
    ticket: async (estateId: string): Promise<string> => {
      const ticketId = systemIds.uuid()
      await server.db.transact(async (tx) => void (await tx.ticket.create({ data: {
        ticketId, estateId, personRef: systemIds.uuid(), kind: 'other', text: '请帮我', state: 'open', createdAtMs: BigInt(server.clock.wallMs()),
      } })))
      return ticketId
    },
    visit: async (estateId: string, gateId: string, change: object = {}): Promise<string> =>
      (await make('/api/visits', { ...visitBody(estateId, [gateId]), ...change }))['visitId'] as string,
    gateway: async (estateId: string): Promise<{ gatewayId: string; claimToken: string }> =>
      (await make('/api/gateways', { estateId, name: 'gateway' })) as { gatewayId: string; claimToken: string },
    /** A passage as if a gateway had reported it. */
    passage: async (estateId: string): Promise<string> => {
      const passageId = systemIds.uuid()
      await server.db.transact((tx) => tx.accessEvent.create({ data: {
        passageId, estateId, gatewayId: systemIds.uuid(), epoch: 1, seq: 1n, gateId: 'g', deviceId: 'cam', way: 'face', result: 'refused', reason: 'no-face', decision: 'no-face',
        timings: '{}', occurredAtMs: BigInt(server.clock.wallMs()),
      } }))
      return passageId
    },
    /** A bill of 500 fen. */
    bill: async (estateId: string): Promise<string> => {
      const billId = systemIds.uuid()
      await server.db.transact((tx) => issueBill(tx, billId, 500, estateId))
      return billId
    },
    /** An order that was paid with 500 fen. */
    payOrder: async (estateId: string): Promise<string> => {
      const outTradeNo = `RT${systemIds.uuid().replaceAll('-', '').slice(4)}`
      await server.db.transact((tx) => tx.payOrder.create({ data: {
        outTradeNo, estateId, householdId: 'h-1', billId: 'b', channel: 'wechat', merchantId: '1', scene: 'qr', totalFen: 500n, description: 'x', state: 'paid', createdAtMs: BigInt(server.clock.wallMs()),
        expiresAtMs: 1n, transactionId: outTradeNo, paidFen: 500n, paidAtMs: BigInt(server.clock.wallMs()),
        parts: JSON.stringify([{ billId: 'b', householdId: 'h-1', receivable: 'rent-receivable', fen: 500 }]), bizDate: '2026-09-22',
      } }))
      return outTradeNo
    },
    /** 100 yuan in cash at a till, as if a gateway had told it. */
    tillPayment: (estateId: string, paymentId: string, atMs: number) => server.db.transact((tx) => tx.estatePayment.create({ data: {
      gatewayId: systemIds.uuid(), epoch: 1, seq: 1n, paymentId, takenId: paymentId, estateId, deviceId: 'till-1', number: 1n, way: 'cash', fen: 10_000n, householdNo: 'L-1',
      takenAtMs: BigInt(atMs), bizDate: '2026-11-23', state: 'posted', receivedAtMs: BigInt(atMs),
    } })),
    /** A refund that somebody else proposed. */
    payRefund: async (estateId: string, state: 'draft' | 'abnormal' = 'draft', payout: 'proposed' | null = null): Promise<string> => {
      const outRefundNo = `RF${systemIds.uuid().replaceAll('-', '').slice(4)}`
      await server.db.transact((tx) => tx.payRefund.create({ data: {
        outRefundNo, outTradeNo: outRefundNo, estateId, refundFen: 1n, reason: 'x', state, makerId: systemIds.uuid(), createdAtMs: BigInt(server.clock.wallMs()),
      } }))
      if (payout !== null) await server.db.transact((tx) => tx.refundPayout.create({ data: {
        outRefundNo, estateId, way: 'bank', placeOf: '6222-1', slipNo: outRefundNo.slice(-12), slipSha256: '0'.repeat(64), payeeName: 'x', payeeIdTail: '1234', makerId: systemIds.uuid(),
        proposedAtMs: 1n,
      } }))
      return outRefundNo
    },
    /** A deposit that somebody else proposed to give back. */
    depositMove: async (estateId: string): Promise<string> => {
      const moveId = systemIds.uuid()
      await server.db.transact((tx) => tx.depositMove.create({ data: {
        moveId, estateId, householdId: systemIds.uuid(), kind: 'returned', fen: 1n, account: 'cash', accountOf: 'desk-1', reason: 'x', reference: 'x', state: 'proposed',
        makerId: systemIds.uuid(), createdAtMs: 1n,
      } }))
      return moveId
    },
    /** A claim on the treasury that somebody else proposed. */
    reportExport: async (estateId: string): Promise<string> => {
      const exportId = systemIds.uuid()
      const endsAtMs = BigInt(server.clock.wallMs() + 60_000)
      await server.db.transact((tx) => tx.reportExport.create({ data: {
        exportId, estateId, report: 'arrears', filter: '{}', reason: '走访核实', state: 'requested', requestedBy: systemIds.uuid(), requestedAtMs: 0n, endsAtMs,
      } }))
      return exportId
    },
    voucher: async (estateId: string, state: 'proposed' | 'approved' | 'done'): Promise<string> => {
      const voucherId = systemIds.uuid()
      await server.db.transact((tx) => tx.treasuryVoucher.create({ data: {
        voucherId, estateId, kind: 'pay-back', fromDate: '2026-01-01', untilDate: '2026-01-01', account: 'bank', accountOf: 'special-1', fen: 1n, content: '{}', state,
        makerId: systemIds.uuid(), createdAtMs: 1n,
      } }))
      return voucherId
    },
    /** Money without a place, of which somebody else proposed, or two others agreed, that it goes back over the desk. */
    suspense: async (estateId: string, state: 'open' | 'proposed' | 'approved'): Promise<string> => {
      const suspenseId = systemIds.uuid()
      await server.db.transact((tx) => tx.suspenseItem.create({ data: {
        suspenseId, estateId, channel: 'pos', merchantId: 'till-1', outTradeNo: suspenseId, transactionId: suspenseId, fen: 1n, cause: 'unknown-household', state, createdAtMs: 1n,
        ...(state === 'open' ? {} : { proposal: '{"kind":"return","reason":"x"}', makerId: systemIds.uuid() }),
      } }))
      return suspenseId
    },
    /** Everything that an estate's gateways are told, in order. */
    feed: async (estateId: string): Promise<Array<{ cursor: number; item: Record<string, unknown> }>> =>
      (await server.db.read.rosterChange.findMany({ where: { estateId }, orderBy: { cursor: 'asc' } }))
        .map(({ cursor, item }) => ({ cursor, item: JSON.parse(item) as Record<string, unknown> })),
    /** Actions of the audit log, oldest first. */
    audit: async (): Promise<Array<{ action: string; subject: string; before: unknown; after: unknown }>> =>
      (await server.db.read.auditEntry.findMany({ orderBy: { seq: 'asc' } })).map(({ action, subject, before, after }) => ({
        action, subject, before: before === null ? null : JSON.parse(before), after: after === null ? null : JSON.parse(after),
      })),
  }
}
export type Register = ReturnType<typeof registerOf>
