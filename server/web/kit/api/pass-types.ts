/** Shapes of the server's answers about rules, ways in and visitors. Times are milliseconds since the Unix epoch, UTC. */

export type Weekday = 'mon' | 'tue' | 'wed' | 'thu' | 'fri' | 'sat' | 'sun'
export type PermitRole = 'resident' | 'household' | 'staff' | 'carer'

/** `HH:MM`, half-open; `24:00` ends a day. */
export interface DayTimes {
  readonly from: string
  readonly until: string
}

export interface WeekTimes {
  readonly weekly: ReadonlyArray<DayTimes & { readonly days: readonly Weekday[] }>
  /** In place of the week on a holiday. */
  readonly onHolidays: readonly DayTimes[]
}

export interface Schedule extends WeekTimes {
  readonly scheduleId: string
  readonly name: string
  readonly usedBy: { readonly permits: number; readonly gates: number; readonly visits: number }
}

export interface GateRules {
  readonly antiPassback: 'off' | 'soft' | 'hard' | 'timed'
  readonly antiPassbackMinutes: number
  readonly areaId: string | null
  readonly occupancyMax: number | null
  readonly interlockGroup: string | null
  readonly openScheduleId: string | null
  readonly lockedScheduleId: string | null
  readonly firstPersonIn: boolean
}

export interface GateSetup {
  readonly estateId: string
  readonly gateId: string
  readonly name: string
  readonly zoneId: string
  readonly controllerId: string
  readonly doorNo: number
  readonly releaseMs: number
  readonly faceFreeWays: readonly string[]
  readonly devices: ReadonlyArray<{ readonly deviceId: string; readonly direction: 'in' | 'out' }>
  readonly rules: GateRules
}

export interface Holiday {
  /** YYYY-MM-DD */
  readonly date: string
  readonly name: string
  readonly treatAs: 'holiday' | 'workday'
}

export interface HolidayYear {
  readonly days: readonly Holiday[]
  readonly source: string | null
  readonly offered: { readonly year: number; readonly source: string; readonly days: readonly Holiday[] } | null
}

export interface PassTest {
  readonly atMs: number
  readonly day: 'workday' | 'weekend' | 'holiday'
  readonly holidayName: string | null
  readonly mode: 'as-usual' | 'kept-open' | 'kept-locked'
  readonly allowed: number
  readonly refused: number
  readonly visitsAllowed: number
  readonly persons: ReadonlyArray<{
    readonly personRef: string
    readonly displayName: string
    readonly unitLabel: string
    readonly role: PermitRole
    readonly scheduleId: string | null
    readonly verdict: 'allowed' | 'outside-validity' | 'outside-schedule' | 'kept-locked'
  }>
}

export interface PermitGroup {
  readonly estateId: string
  readonly scheduleId: string | null
  readonly roles?: readonly PermitRole[]
  readonly gateId?: string
  readonly buildingId?: string
}

export interface AssignmentPreview {
  readonly digest: string
  readonly permits: number
  readonly changed: number
  readonly persons: ReadonlyArray<{
    readonly personRef: string
    readonly displayName: string
    readonly unitLabel: string
    readonly role: PermitRole
    readonly gateIds: readonly string[]
    readonly scheduleId: string | null
  }>
}

export interface Credential {
  readonly credentialId: string
  readonly estateId: string
  readonly personRef: string | null
  readonly visitId: string | null
  readonly holderName: string | null
  readonly kind: 'card' | 'phone-key' | 'token' | 'pin'
  readonly hint: string
  readonly validFromMs: number
  readonly validUntilMs: number
  readonly createdAtMs: number
  readonly endedAtMs: number | null
  readonly endCause: string | null
  readonly replacedBy: string | null
  readonly use: { readonly granted: number; readonly refused: number; readonly lastAtMs: number; readonly lastGateName: string } | null
}

/** One page, newest first. `after` asks for the next one; null at the end. */
export interface CredentialPage {
  readonly credentials: readonly Credential[]
  readonly next: string | null
}

export interface CredentialQuery {
  readonly estateId?: string
  readonly personRef?: string
  readonly kind?: string
  readonly state?: string
  readonly q?: string
  readonly after?: string
}

export type VisitPurpose = 'visit' | 'carer' | 'delivery' | 'maintenance'

export interface Visit {
  readonly visitId: string
  readonly estateId: string
  readonly displayName: string | null
  readonly purpose: VisitPurpose
  readonly hostPersonRef: string | null
  readonly hostName: string | null
  readonly hostUnit: string | null
  readonly gateIds: readonly string[]
  readonly validFromMs: number
  readonly validUntilMs: number
  readonly scheduleId: string | null
  readonly passagesMax: number | null
  readonly origin: 'server' | 'desk'
  readonly createdAtMs: number
  readonly endedAtMs: number | null
  readonly endCause: string | null
  readonly use: { readonly passagesIn: number; readonly lastAtMs: number | null }
}

export interface VisitPage {
  readonly visits: readonly Visit[]
  readonly next: string | null
}

export interface NewVisit extends Pick<Visit, 'estateId' | 'purpose' | 'hostPersonRef' | 'gateIds' | 'validFromMs' | 'validUntilMs' | 'scheduleId' | 'passagesMax'> {
  readonly displayName: string
}

/** A visit's code, in the answer that makes it and never again. */
export interface VisitCode {
  readonly visitId: string
  readonly code: string
}
