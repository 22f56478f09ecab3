/** Shapes of the server's answers about units, households, moves and the workbook. Dates are YYYY-MM-DD in Asia/Shanghai. */

export const MEMBER_ROLES = ['head', 'spouse', 'child', 'parent', 'other', 'carer'] as const
export type MemberRole = (typeof MEMBER_ROLES)[number]

export interface Building {
  readonly buildingId: string
  readonly name: string
  readonly floors: number
  readonly gateIds: readonly string[]
}

export interface Unit {
  readonly unitId: string
  readonly buildingId: string
  readonly label: string
  readonly layout: string
  /** In 0.01 m². */
  readonly areaCentiM2: number
  readonly hasElevator: boolean
  /** Who has a lease on the day that was asked for. */
  readonly householdId: string | null
}

export interface Lease {
  readonly leaseId: string
  readonly leaseNo: string
  readonly unitId: string
  readonly unitLabel: string
  readonly fromDate: string
  /** Last day. */
  readonly untilDate: string
  readonly agreedUntilDate: string
  readonly endCause: 'moved-out' | 'swapped' | null
  readonly state: 'upcoming' | 'current' | 'over'
}

export interface Household {
  readonly householdId: string
  readonly estateId: string
  readonly householdNo: string
  readonly headName: string
  readonly members: number
  readonly lease: Lease | null
}

/** One page by estate and number. `next` asks for the next one; null at the end. */
export interface HouseholdPage {
  readonly households: readonly Household[]
  readonly next: string | null
}

export const HOUSEHOLD_STATES = ['living', 'ending', 'over'] as const
export type HouseholdState = (typeof HOUSEHOLD_STATES)[number]

export interface Member {
  readonly memberId: string
  readonly personRef: string
  readonly role: MemberRole
  readonly fromDate: string
  readonly untilDate: string | null
  /** Empty where the person was removed. */
  readonly displayName: string
  readonly birthDate: string
  readonly phoneMasked: string | null
}

export interface HouseholdCard {
  readonly householdId: string
  readonly estateId: string
  readonly householdNo: string
  readonly today: string
  /** The one that counts first. */
  readonly leases: readonly Lease[]
  readonly members: readonly Member[]
}

export interface Seen {
  readonly personRef: string
  readonly gateId: string
  readonly gateName: string
  readonly occurredAtMs: number
}

export interface Permit {
  readonly permitId: string
  readonly gateIds: readonly string[]
  readonly validFromMs: number
  readonly validUntilMs: number
  readonly endedAtMs: number | null
}

export interface MemberEntry {
  readonly role: MemberRole
  readonly personRef?: string
  readonly displayName?: string
  readonly birthDate?: string
  readonly phone?: string
}

/** What a move does, or would do. */
export interface MoveEffects {
  readonly householdIds: readonly string[]
  readonly leases: ReadonlyArray<{
    readonly leaseId: string
    readonly householdId: string
    readonly leaseNo: string
    readonly unitLabel: string
    readonly fromDate: string
    readonly untilDate: string
    readonly what: 'begins' | 'ends' | 'voided'
  }>
  readonly people: ReadonlyArray<{
    readonly personRef: string
    readonly displayName: string
    readonly what: 'joins' | 'leaves' | 'stays'
    readonly lastDate: string | null
    readonly consents: number
  }>
  readonly passes: ReadonlyArray<{
    readonly personRef: string
    readonly displayName: string
    readonly what: 'begins' | 'changes' | 'ends'
    readonly gates: ReadonlyArray<{ readonly gateId: string; readonly name: string }>
    readonly validFromMs: number
    readonly validUntilMs: number
  }>
}

export interface ImportCounts {
  readonly sheet: string
  readonly added: number
  readonly changed: number
  readonly unchanged: number
}

export interface ImportPreview {
  readonly digest: string
  readonly counts: readonly ImportCounts[]
  readonly errorCount: number
  readonly errors: ReadonlyArray<{
    readonly sheet: string
    readonly row: number
    readonly column: string
    readonly value: string
    readonly problem: string
    readonly expected: string
  }>
  readonly rowCount: number
  readonly rows: ReadonlyArray<{
    readonly sheet: string
    readonly row: number
    readonly what: 'new' | 'changed'
    readonly label: string
    readonly changes: ReadonlyArray<{ readonly column: string; readonly before: string; readonly after: string }>
  }>
}

export interface ImportResult {
  readonly counts: readonly ImportCounts[]
  readonly permits: number
  readonly repeated: boolean
}
