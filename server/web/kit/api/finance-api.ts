import { type HttpClient, withQuery } from './client.js'
import type {
  ArrearsList, AuditItem, BillCard, BillRow, CaseDetail, CaseSums, ChannelBill, Close, CloseFigures, CloseWish, Decided, DifferenceCase, DifferenceClass, PayOrder,
  Refund, RentBill, Shift, Transit, TrialBalance,
} from './finance-types.js'
import type { RefundPayoutProof, Resolution, SuspenseItem } from './suspense-types.js'

const part = encodeURIComponent

export interface CaseQuery {
  readonly estateId?: string
  readonly state?: string
  readonly leg?: number
  readonly fromDate?: string
  readonly untilDate?: string
  readonly after?: string
  readonly limit?: number
}
export interface UploadWish {
  readonly channel: string
  readonly merchantId: string
  readonly billDate: string
  readonly kind: string
  readonly fileName: string
}
interface Items<T> { readonly items: readonly T[] }

/** Endpoints about reconciliation, payments, bills and the audit log. */
export function financeApi(http: HttpClient) {
  const caseUrl = (caseId: string): string => `/api/reconciliation/cases/${part(caseId)}`
  const closeUrl = (closeId: string): string => `/api/finance/closes/${part(closeId)}`
  const decide = (what: string, body: object) => http.send<Items<Decided>>('POST', `/api/reconciliation/cases/${what}`, body)
  return {
    channelBills: (query: { fromDate?: string; untilDate?: string }, signal?: AbortSignal) => http.get<Items<ChannelBill>>('/api/reconciliation/batches', query, signal),
    channelBillRows: (batchNo: number, orderNo: string, signal?: AbortSignal) =>
      http.get<Items<BillRow>>(`/api/reconciliation/batches/${batchNo}/rows`, { orderNo, limit: 20 }, signal),
    fetchChannelBills: (billDate: string) => http.send<Items<ChannelBill>>('POST', '/api/reconciliation/fetch', { billDate }),
    uploadChannelBill: (wish: UploadWish, file: Blob) => http.sendBytes<ChannelBill>('/api/reconciliation/batches', { ...wish }, file),
    rematch: (batchNo: number) => http.send<ChannelBill>('POST', `/api/reconciliation/batches/${batchNo}/match`, {}),
    reviewChannelBill: (batchNo: number) => http.send<ChannelBill>('POST', `/api/reconciliation/batches/${batchNo}/review`, {}),
    reopenChannelBill: (batchNo: number, reason: string) => http.send<ChannelBill>('POST', `/api/reconciliation/batches/${batchNo}/reopen`, { reason }),
    differenceClasses: (signal?: AbortSignal) => http.get<Items<DifferenceClass>>('/api/reconciliation/classes', {}, signal),
    cases: (query: CaseQuery, signal?: AbortSignal) => http.get<Items<DifferenceCase> & { next: string | null }>('/api/reconciliation/cases', { ...query }, signal),
    caseSums: (query: CaseQuery, signal?: AbortSignal) => http.get<CaseSums>('/api/reconciliation/cases/sums', { ...query }, signal),
    caseDetail: (caseId: string, signal?: AbortSignal) => http.get<CaseDetail>(caseUrl(caseId), {}, signal),
    proposeCases: (caseIds: readonly string[], action: string, reason: string) => decide('propose', { caseIds, action, reason }),
    approveCases: (caseIds: readonly string[]) => decide('approve', { caseIds }),
    rejectCases: (caseIds: readonly string[], reason: string) => decide('reject', { caseIds, reason }),
    reopenCase: (caseId: string, reason: string) => http.send<DifferenceCase>('POST', `${caseUrl(caseId)}/reopen`, { reason }),
    noteCase: (caseId: string, text: string) => http.send<CaseDetail>('POST', `${caseUrl(caseId)}/notes`, { text }),
    attachToCase: (caseId: string, file: { name: string; mediaType: string }, bytes: Blob) => http.sendBytes<unknown>(`${caseUrl(caseId)}/attachments`, file, bytes),
    attachmentUrl: (attachmentId: string) => withQuery(`/api/reconciliation/attachments/${part(attachmentId)}`),

    payOrders: (query: { estateId?: string; state?: string; channel?: string; before?: string; limit?: number }, signal?: AbortSignal) =>
      http.get<Items<PayOrder> & { older: string | null }>('/api/payments/orders', query, signal),
    payOrder: (outTradeNo: string, signal?: AbortSignal) => http.get<PayOrder>(`/api/payments/orders/${part(outTradeNo)}`, {}, signal),
    proposeRefund: (wish: { outTradeNo: string; refundFen: number; reason: string }) => http.send<{ outRefundNo: string }>('POST', '/api/payments/refunds', wish),
    decideRefund: (outRefundNo: string, decision: 'approve' | 'reject') => http.send<Refund>('POST', `/api/payments/refunds/${part(outRefundNo)}/decision`, { decision }),
    proposeRefundPayout: (outRefundNo: string, proof: RefundPayoutProof) => http.send<Refund>('POST', `/api/payments/refunds/${part(outRefundNo)}/payout`, proof),
    decideRefundPayout: (refundNo: string, decision: 'approve' | 'reject') => http.send<Refund>('POST', `/api/payments/refunds/${part(refundNo)}/payout/decision`, { decision }),
    refundAgain: (outRefundNo: string) => http.send<Refund>('POST', `/api/payments/refunds/${part(outRefundNo)}/again`),
    refunds: (query: { estateId?: string; state?: string }, signal?: AbortSignal) => http.get<Items<Refund>>('/api/payments/refunds', query, signal),
    suspense: (signal?: AbortSignal) => http.get<Items<SuspenseItem>>('/api/payments/suspense', {}, signal),
    proposeSuspense: (suspenseId: string, resolution: Resolution) => http.send<unknown>('POST', `/api/payments/suspense/${part(suspenseId)}/proposal`, resolution),
    decideSuspense: (suspenseId: string, decision: 'approve' | 'reject') =>
      http.send<{ outRefundNo: string | null }>('POST', `/api/payments/suspense/${part(suspenseId)}/decision`, { decision }),
    /** @param proof who got it, the slip that was signed for it, and the desk that pays where it is another than the money came in at */
    payOutSuspense: (suspenseId: string, proof: { slipNo: string; slipSha256: string; payeeName: string; payeeIdTail: string; desk: string | null }) =>
      http.send<unknown>('POST', `/api/payments/suspense/${part(suspenseId)}/payout`, proof),
    transit: (estateId: string, signal?: AbortSignal) => http.get<Transit>('/api/treasury/transit', { estateId }, signal),

    rentBills: (query: { estateId?: string; householdId?: string; period?: string; state?: string; after?: string; limit?: number }, signal?: AbortSignal) =>
      http.get<{ bills: readonly RentBill[]; next: string | null }>('/api/bills', query, signal),
    rentBill: (billId: string, signal?: AbortSignal) => http.get<BillCard>(`/api/bills/${part(billId)}`, {}, signal),
    arrears: (estateId: string, signal?: AbortSignal) => http.get<ArrearsList>('/api/arrears', { estateId }, signal),
    remind: (estateId: string) => http.send<{ queued: number; stopped: number }>('POST', '/api/arrears/reminders', { estateId }),

    closes: (query: { estateId?: string; kind?: string }, signal?: AbortSignal) => http.get<Items<Close>>('/api/finance/closes', query, signal),
    previewClose: (wish: CloseWish) => http.send<CloseFigures>('POST', '/api/finance/closes/preview', wish),
    prepareClose: (wish: CloseWish) => http.send<Close>('POST', '/api/finance/closes', wish),
    signClose: (closeId: string) => http.send<Close>('POST', `${closeUrl(closeId)}/sign`, {}),
    dropClose: (closeId: string) => http.send<void>('DELETE', closeUrl(closeId)),
    reopenClose: (closeId: string, reason: string) => http.send<Close>('POST', `${closeUrl(closeId)}/reopen`, { reason }),
    agreeReopening: (closeId: string) => http.send<Close>('POST', `${closeUrl(closeId)}/reopen/agree`, {}),
    shifts: (query: { estateId?: string; fromDate: string; untilDate: string }, signal?: AbortSignal) => http.get<Items<Shift>>('/api/finance/shifts', query, signal),
    beginShift: (shift: { estateId: string; desk: string; openingFen: number }) => http.send<Shift>('POST', '/api/finance/shifts', shift),
    countShift: (shiftId: string, countedFen: number, note: string | null) => http.send<Shift>('POST', `/api/finance/shifts/${part(shiftId)}/count`, { countedFen, note }),
    reviewShift: (shiftId: string) => http.send<Shift>('POST', `/api/finance/shifts/${part(shiftId)}/review`, {}),
    suspenseAgeing: (estateId: string, signal?: AbortSignal) =>
      http.get<{ rows: ReadonlyArray<{ bucket: string; count: number; fen: number }> }>('/api/finance/suspense-aging', { estateId }, signal),
    trialBalance: (query: { estateId: string; fromDate: string; untilDate: string }, signal?: AbortSignal) => http.get<TrialBalance>('/api/finance/trial-balance', query, signal),

    audit: (query: { action?: string; fromMs?: number; toMs?: number; before?: number; limit?: number }, signal?: AbortSignal) =>
      http.get<Items<AuditItem> & { older: number | null }>('/api/audit', query, signal),
    /** Reads the whole log: seconds. */
    auditChain: () => http.get<{ entries: number; brokenAtSeq: number | null }>('/api/audit/chain'),
  }
}
