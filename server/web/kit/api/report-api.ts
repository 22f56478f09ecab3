import { type HttpClient, withQuery } from './client.js'
import type {
  BankLine, BankMapping, BankStatement, HouseholdHit, Merchant, NamesRequest, OrderTrail,
  Receipt, ReceiptGaps, ReportFilter, ReportTable, TreasuryDue, TreasuryTerms, ToldEvent, Voucher, VoucherWish,
} from './report-types.js'

const part = encodeURIComponent
interface Items<T> { readonly items: readonly T[] }

/** Endpoints about reports, the treasury, electronic receipts and bank statements. */
export function reportApi(http: HttpClient) {
  const bankUrl = (bankAccount: string, what: string): string => `/api/reconciliation/bank/${part(bankAccount)}/${what}`
  return {
    report: (name: string, { by, ...filter }: ReportFilter, signal?: AbortSignal) =>
      http.get<ReportTable>(
        `/api/reports/${part(name)}`, { ...filter as Record<string, string | number>, by: by === undefined ? null : (by as readonly string[]).join(',') }, signal,
      ),
    reportBook: (name: string, body: { filter: ReportFilter; language: string }) => http.download(`/api/reports/${part(name)}/workbook`, body),
    findHouseholds: (text: string, estateId: string, signal?: AbortSignal) =>
      http.get<Items<HouseholdHit>>('/api/report-households', { text, estateId: estateId === '' ? null : estateId }, signal),
    namesRequests: (signal?: AbortSignal) => http.get<Items<NamesRequest>>('/api/report-exports', {}, signal),
    askForNames: (wish: { estateId: string; report: string; filter: ReportFilter; reason: string }) => http.send<{ exportId: string }>('POST', '/api/report-exports', wish),
    decideNames: (exportId: string, decision: 'approve' | 'reject') => http.send<unknown>('POST', `/api/report-exports/${part(exportId)}/decision`, { decision }),
    takeNames: (exportId: string, language: string) => http.download(`/api/report-exports/${part(exportId)}/workbook`, { language }),

    vouchers: (estateId: string, signal?: AbortSignal) => http.get<Items<Voucher>>('/api/treasury/vouchers', { estateId }, signal),
    treasuryTerms: (query: { estateId: string; date: string }, signal?: AbortSignal) => http.get<{ terms: TreasuryTerms | null }>('/api/treasury/terms', query, signal),
    treasuryDue: (query: { estateId: string; date: string }, signal?: AbortSignal) => http.get<TreasuryDue>('/api/treasury/due', query, signal),
    proposeVoucher: (wish: VoucherWish) => http.send<{ voucherId: string }>('POST', '/api/treasury/vouchers', wish),
    decideVoucher: (voucherId: string, decision: 'approve' | 'reject') => http.send<unknown>('POST', `/api/treasury/vouchers/${part(voucherId)}/decision`, { decision }),
    voucherDone: (voucherId: string, proof: { bankSerial: string; doneOn: string; paymentCode: string | null }) =>
      http.send<unknown>('POST', `/api/treasury/vouchers/${part(voucherId)}/done`, proof),
    receipts: (query: { estateId?: string; state?: string; billId?: string }, signal?: AbortSignal) => http.get<Items<Receipt>>('/api/treasury/receipts', query, signal),
    receiptGaps: (signal?: AbortSignal) => http.get<{ batches: readonly ReceiptGaps[] }>('/api/treasury/receipt-gaps', {}, signal),

    merchants: (signal?: AbortSignal) => http.get<Items<Merchant>>('/api/reconciliation/merchants', {}, signal),
    bankMapping: (bankAccount: string, signal?: AbortSignal) => http.get<BankMapping>(bankUrl(bankAccount, 'mapping'), {}, signal),
    putBankMapping: (bankAccount: string, mapping: BankMapping) => http.send<void>('PUT', bankUrl(bankAccount, 'mapping'), mapping),
    uploadStatement: (bankAccount: string, file: { fileName: string }, bytes: Blob) =>
      http.sendBytes<{ lines: number; added: number }>(bankUrl(bankAccount, 'statements'), file, bytes),
    bankLines: (bankAccount: string, span: { fromDate: string; untilDate: string }, signal?: AbortSignal) => http.get<Items<BankLine>>(bankUrl(bankAccount, 'lines'), span, signal),
    bankStatement: (bankAccount: string, date: string, signal?: AbortSignal) => http.get<BankStatement>(bankUrl(bankAccount, 'statement'), { date }, signal),
    bankStatementBookUrl: (bankAccount: string, query: { date: string; language: string }) => withQuery(bankUrl(bankAccount, 'statement.xlsx'), query),
    orderTrail: (orderNo: string, signal?: AbortSignal) => http.get<OrderTrail>(`/api/reconciliation/trail/${part(orderNo)}`, {}, signal),
    /** Byte for byte as the channel told it; who reads it is noted. */
    toldEvent: (orderNo: string, { channel, eventId }: Pick<ToldEvent, 'channel' | 'eventId'>) =>
      http.get<{ raw: string }>(`/api/reconciliation/trail/${part(orderNo)}/events/${part(channel)}/${part(eventId)}`),
    matchBank: () => http.send<Items<{ bankAccount: string; left: number }>>('POST', '/api/reconciliation/bank/match', {}),
  }
}
