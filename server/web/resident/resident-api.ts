import type { HttpClient } from '../kit/api/client.js'
import type {
  Bill, BillCard, Consent, Credential, Home, Household, LinkedBill, LinkedPayment, LoginResult, Look, Notice, Passage, PayWish, Payment, PlacedOrder, ElectronicReceipt,
  Ticket, TicketWish, WechatState,
} from './resident-types.js'

const part = encodeURIComponent

/** The server's endpoints for a resident, one function each. All reject with `ApiFailure`. */
export function createResidentApi(http: HttpClient) {
  return {
    serverNowMs: http.serverNowMs,
    requestCode: (phone: string) => http.send<{ expiresInSeconds: number }>('POST', '/api/auth/phone/code', { phone }),
    login: (phone: string, code: string, personRef?: string) =>
      http.send<LoginResult>('POST', '/api/auth/phone/login', { phone, code, ...(personRef === undefined ? {} : { personRef }) }),
    logout: () => http.send<void>('POST', '/api/auth/logout'),
    home: (signal?: AbortSignal) => http.get<Home>('/api/my/home', {}, signal),
    bills: (signal?: AbortSignal) => http.get<{ bills: readonly Bill[] }>('/api/my/bills', {}, signal),
    bill: (billId: string, signal?: AbortSignal) => http.get<BillCard>(`/api/my/bills/${part(billId)}`, {}, signal),
    pay: (billId: string, wish: PayWish) => http.send<PlacedOrder>('POST', `/api/my/bills/${part(billId)}/orders`, wish),
    payLink: (billId: string) => http.send<{ token: string; expiresAtMs: number }>('POST', `/api/my/bills/${part(billId)}/pay-links`, {}),
    payments: (signal?: AbortSignal) => http.get<{ payments: readonly Payment[] }>('/api/my/payments', {}, signal),
    payment: (outTradeNo: string, signal?: AbortSignal) => http.get<Payment & { receipt: ElectronicReceipt | null }>(`/api/my/payments/${part(outTradeNo)}`, {}, signal),
    linkedBill: (token: string, signal?: AbortSignal) => http.get<LinkedBill>(`/api/pay-links/${part(token)}`, {}, signal),
    payLinked: (token: string, wish: PayWish) => http.send<PlacedOrder>('POST', `/api/pay-links/${part(token)}/orders`, wish),
    linkedPayment: (token: string, outTradeNo: string, signal?: AbortSignal) =>
      http.get<LinkedPayment>(`/api/pay-links/${part(token)}/orders/${part(outTradeNo)}`, {}, signal),
    passes: (signal?: AbortSignal) => http.get<{ credentials: readonly Credential[] }>('/api/my/passes', {}, signal),
    registerPhone: (name: string, publicKey: string) => http.send<{ credentialId: string }>('POST', '/api/my/phones', { name, publicKey }),
    block: (credentialId: string) => http.send<void>('POST', `/api/my/credentials/${part(credentialId)}/block`, {}),
    notices: (signal?: AbortSignal) => http.get<{ notices: readonly Notice[] }>('/api/consent-notices', {}, signal),
    consents: (signal?: AbortSignal) => http.get<{ consents: readonly Consent[] }>('/api/my/consents', {}, signal),
    consent: (noticeVersion: string) => http.send<{ consentId: string }>('POST', '/api/my/consents', { noticeVersion }),
    withdraw: (consentId: string) => http.send<void>('POST', `/api/my/consents/${part(consentId)}/withdraw`, {}),
    passages: (before: string | undefined, signal?: AbortSignal) => http.get<{ items: readonly Passage[]; older: string | null }>('/api/my/passages', { before }, signal),
    looks: (signal?: AbortSignal) => http.get<{ looks: readonly Look[] }>('/api/my/looks', {}, signal),
    tickets: (signal?: AbortSignal) => http.get<{ tickets: readonly Ticket[] }>('/api/my/tickets', {}, signal),
    openTicket: (wish: TicketWish) => http.send<{ ticketId: string }>('POST', '/api/my/tickets', wish),
    wechat: (signal?: AbortSignal) => http.get<WechatState>('/api/my/wechat', {}, signal),
    bindWechat: (code: string) => http.send<void>('POST', '/api/my/wechat', { code }),
    unbindWechat: () => http.send<void>('DELETE', '/api/my/wechat'),
    household: (signal?: AbortSignal) => http.get<{ household: Household | null }>('/api/my/household', {}, signal),
  }
}

export type ResidentApi = ReturnType<typeof createResidentApi>
