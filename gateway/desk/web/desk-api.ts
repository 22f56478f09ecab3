import { type HttpClient, withQuery } from '../../../server/web/kit/api/client.js'

/** Media type of photos: as they are. */
const PHOTO_TYPE = 'application/octet-stream'

/** The answers of the desk's API, as the gateway gives them. */
export type Role = 'guard' | 'manager'
export interface Operator { readonly operatorRef: string; readonly loginName: string | null; readonly displayName: string; readonly role: Role }
export interface Me { readonly operator: Operator; readonly estateId: string; readonly idleMs: number }

export type DoorKind = 'unknown' | 'locked' | 'released' | 'open' | 'held-open' | 'forced' | 'fire'
export type DoorMode = 'normal' | 'kept-open' | 'kept-locked'
export interface Gate {
  readonly gateId: string
  readonly name: string
  readonly zoneId: string
  readonly online: boolean
  readonly door: DoorKind
  readonly released: boolean
  readonly mode: DoorMode
  readonly modeCause: 'operator' | 'schedule' | 'fire-zone' | null
}
export interface Alarm {
  readonly alarmId: string
  readonly alarm: string
  readonly state: 'raised' | 'acknowledged'
  readonly gateId: string | null
  readonly gateName: string | null
  readonly deviceId: string | null
  readonly raisedAtMs: number
  readonly detail: string | null
  readonly over: boolean
  readonly mayClear: boolean
}
export interface Device {
  readonly deviceId: string
  readonly deviceKind: 'camera' | 'controller' | 'reader' | 'till' | 'terminal' | 'face-worker'
  readonly gateName: string | null
  readonly online: boolean
  readonly lastSeenAtMs: number | null
  readonly firmware: string | null
  readonly clockOffsetMs: number | null
  readonly faults: readonly string[]
}
export interface Uplink { readonly lastContactAtMs: number | null; readonly problem: string | null; readonly waiting: number; readonly waitingSinceMs: number | null }
export interface Board { readonly gates: readonly Gate[]; readonly alarms: readonly Alarm[]; readonly devices: readonly Device[]; readonly uplink: Uplink }

export interface DoorWord { readonly outcome: 'executed' | 'refused' | 'no-answer'; readonly reason: string | null }
export interface Passage {
  readonly place: string
  readonly passageId: string
  readonly atMs: number
  readonly gateId: string
  readonly gateName: string
  readonly way: string
  readonly direction: 'in' | 'out'
  readonly result: 'granted' | 'refused'
  readonly reason: string | null
  readonly remarks: readonly string[]
  readonly override: string | null
  readonly who: { readonly kind: 'person' | 'visitor'; readonly name: string } | { readonly kind: 'none' | 'erased' | 'visit-over' }
  readonly operatorName: string | null
  readonly remark: string | null
  readonly door: DoorWord | null
}
export interface PassagePage { readonly rows: readonly Passage[]; readonly older: string | null }

export interface PersonLine { readonly personRef: string; readonly displayName: string; readonly enrolled: boolean; readonly consented: boolean }
export interface Consent { readonly consentId: string; readonly noticeVersion: string; readonly grantedAtMs: number; readonly expiresAtMs: number }
export interface PersonSheet extends PersonLine {
  readonly consents: readonly Consent[]
  readonly permits: readonly { readonly gateIds: readonly string[]; readonly validFromMs: number; readonly validUntilMs: number }[]
  readonly credentials: readonly { readonly credentialId: string; readonly kind: string; readonly validUntilMs: number }[]
}
export type Look =
  | { readonly kind: 'good'; readonly liveness: number }
  | { readonly kind: 'refused'; readonly reason: string; readonly detail: string }
export type EnrolResult =
  | { readonly kind: 'enrolled'; readonly templates: number }
  | { readonly kind: 'refused'; readonly reason: string; readonly photo: number | null; readonly detail: string; readonly other?: { readonly displayName: string } }

export interface Visit {
  readonly visitId: string
  readonly displayName: string
  readonly hostName: string | null
  readonly gateIds: readonly string[]
  readonly validFromMs: number
  readonly validUntilMs: number
  readonly passagesMax: number | null
}
export interface NewVisit extends Omit<Visit, 'visitId' | 'hostName'> { readonly hostPersonRef: string | null }
export interface Note { readonly noteId: string; readonly writtenAtMs: number; readonly text: string; readonly operatorName: string }
/** A day of payments at the tills; `closed` is what the centre was last told of it. */
export interface Takings { readonly bizDate: string; readonly takings: DayTakings; readonly closed: DayTakings | null }
interface DayTakings {
  readonly ways: ReadonlyArray<{ readonly way: 'cash' | 'pos' | 'wechat' | 'alipay'; readonly count: number; readonly fen: number }>
  readonly tills: ReadonlyArray<{ readonly deviceId: string; readonly first: number; readonly last: number; readonly count: number }>
}
export interface Account extends Operator { readonly disabledAtMs: number | null }

/** Everything that the desk's page asks of the gateway. Rejects with `ApiFailure`. */
export function createDeskApi(http: HttpClient) {
  const post = <T>(path: string, body?: object): Promise<T> => http.send<T>('POST', path, body)
  return {
    me: () => http.get<Me>('/api/auth/me'),
    login: (loginName: string, password: string) => post<Me>('/api/auth/login', { loginName, password }),
    logout: () => post<void>('/api/auth/logout'),
    board: (signal?: AbortSignal) => http.get<Board>('/api/desk/board', {}, signal),
    passages: (before: string | null, signal?: AbortSignal) => http.get<PassagePage>('/api/desk/passages', { before }, signal),
    open: (gateId: string, reason: string, remark: string) => post<DoorWord>(`/api/desk/gates/${gateId}/open`, { reason, remark }),
    setMode: (gateId: string, mode: DoorMode, reason: string) => post<DoorWord>(`/api/desk/gates/${gateId}/mode`, { mode, reason }),
    resetFire: (zoneId: string) => post<DoorWord>(`/api/desk/zones/${zoneId}/fire-reset`),
    moveAlarm: (alarmId: string, step: 'acknowledge' | 'clear') => post<{ readonly outcome: 'done' | 'refused' }>(`/api/desk/alarms/${alarmId}/${step}`),
    people: (q: string, signal?: AbortSignal) => http.get<{ readonly people: readonly PersonLine[]; readonly more: boolean }>('/api/desk/people', { q: q || ' ' }, signal),
    person: (personRef: string) => http.get<PersonSheet>(`/api/desk/people/${personRef}`),
    consent: (personRef: string, body: { noticeVersion: string; guardianRef: string | null; days: number }) => post<object>(`/api/desk/people/${personRef}/consents`, body),
    withdraw: (personRef: string) => post<{ readonly ended: number }>(`/api/desk/people/${personRef}/withdrawal`),
    look: (picture: Blob) => http.upload<Look>('/api/desk/looks', picture, PHOTO_TYPE),
    enrol: (personRef: string, photos: readonly Blob[], allowDuplicate: string) => http.upload<EnrolResult>(
      withQuery(`/api/desk/people/${personRef}/face`, { bytes: photos.map((photo) => photo.size).join(), allowDuplicate }), new Blob([...photos]), PHOTO_TYPE),
    block: (credentialId: string) => post<void>(`/api/desk/credentials/${credentialId}/block`),
    visits: () => http.get<{ readonly visits: readonly Visit[] }>('/api/desk/visits'),
    createVisit: (visit: NewVisit) => post<{ readonly visitId: string; readonly code: string }>('/api/desk/visits', visit),
    endVisit: (visitId: string) => post<void>(`/api/desk/visits/${visitId}/end`),
    notes: () => http.get<{ readonly notes: readonly Note[] }>('/api/desk/notes'),
    handOver: (text: string) => post<object>('/api/desk/notes', { text }),
    takings: () => http.get<Takings>('/api/desk/takings'),
    countTakings: () => post<Takings>('/api/desk/takings/count'),
    accounts: () => http.get<{ readonly operators: readonly Account[] }>('/api/desk/operators'),
    createAccount: (body: { loginName: string; displayName: string; role: Role; password: string }) => post<object>('/api/desk/operators', body),
    disableAccount: (operatorRef: string, erase: boolean) => post<void>(`/api/desk/operators/${operatorRef}/disable`, { erase }),
    nowMs: () => http.serverNowMs(),
  }
}

export type DeskApi = ReturnType<typeof createDeskApi>
