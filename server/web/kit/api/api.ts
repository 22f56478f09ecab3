import { type HttpClient, withQuery } from './client.js'
import { financeApi } from './finance-api.js'
import { householdApi } from './household-api.js'
import { openingApi } from './opening-api.js'
import { ticketApi } from './ticket-api.js'
import { passApi } from './pass-api.js'
import { operationApi } from './operation-api.js'
import { reportApi } from './report-api.js'
import type {
  AccessLogItem, AccessLogPage, Consent, ConsentDetail, Estate, Gate, GatewayIntegrity, GatewayProof, PersonPage, User,
} from './types.js'

export interface AccessLogQuery {
  readonly estateId?: string
  readonly gateId?: string
  readonly way?: string
  readonly result?: string
  readonly reason?: string
  readonly personRef?: string
  readonly fromMs?: number
  readonly toMs?: number
  /** `older` of the page before. */
  readonly before?: string
  readonly limit?: number
}

export interface PersonQuery {
  readonly estateId?: string
  readonly q?: string
  readonly after?: string
  readonly limit?: number
}

const part = encodeURIComponent

/** The server's endpoints that the pages call, one function each. All reject with `ApiFailure`. */
export function createApi(http: HttpClient) {
  return {
    serverNowMs: http.serverNowMs,
    login: (loginName: string, password: string) => http.send<{ user: User }>('POST', '/api/auth/login', { loginName, password }),
    logout: () => http.send<void>('POST', '/api/auth/logout'),
    /** All other sessions end; this one goes on. */
    changePassword: (current: string, next: string) => http.send<void>('POST', '/api/auth/password', { current, next }),
    me: () => http.get<{ user: User }>('/api/auth/me'),
    estates: () => http.get<{ estates: readonly Estate[] }>('/api/estates'),
    gates: (estateId?: string, signal?: AbortSignal) => http.get<{ gates: readonly Gate[] }>('/api/gates', { estateId }, signal),
    accessLog: (query: AccessLogQuery, signal?: AbortSignal) => http.get<AccessLogPage>('/api/access-log', { ...query }, signal),
    passage: (passageId: string, signal?: AbortSignal) => http.get<AccessLogItem>(`/api/access-log/${part(passageId)}`, {}, signal),
    integrity: (signal?: AbortSignal) => http.get<{ gateways: readonly GatewayIntegrity[] }>('/api/integrity', {}, signal),
    /** Takes as long as the log is long: seconds. */
    proof: (gatewayId: string, signal?: AbortSignal) => http.get<GatewayProof>(`/api/integrity/${part(gatewayId)}/proof`, {}, signal),
    persons: (query: PersonQuery, signal?: AbortSignal) => http.get<PersonPage>('/api/persons', { ...query }, signal),
    consents: (personRef: string, signal?: AbortSignal) => http.get<{ consents: readonly Consent[] }>('/api/consents', { personRef }, signal),
    consent: (consentId: string, signal?: AbortSignal) => http.get<ConsentDetail>(`/api/consents/${part(consentId)}`, {}, signal),
    withdrawConsent: (consentId: string) => http.send<void>('POST', `/api/consents/${part(consentId)}/withdraw`, {}),
    ...passApi(http),
    ...householdApi(http),
    ...operationApi(http),
    ...financeApi(http),
    ...reportApi(http),
    ...openingApi(http),
    ...ticketApi(http),
    liveUrl: (estateId?: string) => withQuery('/api/live', { estateId }),
  }
}

export type Api = ReturnType<typeof createApi>
