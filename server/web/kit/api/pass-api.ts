import type { HttpClient } from './client.js'
import type {
  AssignmentPreview, CredentialPage, CredentialQuery, GateSetup, HolidayYear, Holiday, NewVisit, PassTest, PermitGroup, Schedule, VisitCode, VisitPage, WeekTimes,
} from './pass-types.js'

const part = encodeURIComponent

/** Endpoints about rules, ways in and visitors. */
export function passApi(http: HttpClient) {
  const estate = (estateId: string): string => `/api/estates/${part(estateId)}`
  return {
    schedules: (estateId: string, signal?: AbortSignal) => http.get<{ schedules: readonly Schedule[] }>(`${estate(estateId)}/schedules`, {}, signal),
    putSchedule: (estateId: string, scheduleId: string, schedule: WeekTimes & { name: string }) =>
      http.send<void>('PUT', `${estate(estateId)}/schedules/${part(scheduleId)}`, schedule),
    removeSchedule: (estateId: string, scheduleId: string) => http.send<void>('DELETE', `${estate(estateId)}/schedules/${part(scheduleId)}`),
    gateSetups: (estateId: string, signal?: AbortSignal) => http.get<{ gates: readonly GateSetup[] }>(`${estate(estateId)}/gates`, {}, signal),
    putGate: ({ estateId, gateId, ...setup }: GateSetup) => http.send<void>('PUT', `${estate(estateId)}/gates/${part(gateId)}`, setup),
    passTest: (estateId: string, gateId: string, atMs?: number, signal?: AbortSignal) => http.get<PassTest>(`${estate(estateId)}/pass-test`, { gateId, atMs }, signal),
    holidays: (year: number, signal?: AbortSignal) => http.get<HolidayYear>(`/api/holidays/${year}`, {}, signal),
    putHolidays: (year: number, table: { days: readonly Holiday[]; source: string }) => http.send<void>('PUT', `/api/holidays/${year}`, table),
    previewAssignment: (group: PermitGroup) => http.send<AssignmentPreview>('POST', '/api/permit-assignments/preview', group),
    assign: (group: PermitGroup, digest: string) => http.send<{ changed: number }>('POST', '/api/permit-assignments', { ...group, digest }),
    credentials: (query: CredentialQuery, signal?: AbortSignal) => http.get<CredentialPage>('/api/credentials', { ...query }, signal),
    issueCard: (card: { personRef: string; number: string; replaces?: string }) => http.send<{ credentialId: string }>('POST', '/api/credentials/cards', card),
    issuePrinted: (terms: { personRef: string }) => http.send<{ credentialId: string; code: string }>('POST', '/api/credentials/printed', terms),
    setPin: (pin: { personRef: string; pin?: string; duressPin?: string }) =>
      http.send<{ credentialId: string; number: string; pin: string | null }>('POST', '/api/credentials/pins', pin),
    blockCredential: (credentialId: string) => http.send<void>('POST', `/api/credentials/${part(credentialId)}/block`, {}),
    visits: (query: { estateId?: string; state?: string; after?: string }, signal?: AbortSignal) => http.get<VisitPage>('/api/visits', { ...query }, signal),
    createVisit: (visit: NewVisit) => http.send<VisitCode>('POST', '/api/visits', visit),
    renewVisitCode: (visitId: string) => http.send<VisitCode>('POST', `/api/visits/${part(visitId)}/code`, {}),
    endVisit: (visitId: string) => http.send<void>('POST', `/api/visits/${part(visitId)}/end`, {}),
  }
}
