/** Shapes of the server's HTTP answers as the pages use them. Times are milliseconds since the Unix epoch, UTC. */

export interface Grant {
  readonly role: string
  /** An estate's id, or `*` for all. */
  readonly estateId: string
}

export interface User {
  readonly userId: string
  readonly loginName: string
  readonly displayName: string
  readonly grants: readonly Grant[]
}

export interface Estate {
  readonly estateId: string
  readonly name: string
  readonly district: string
}

export interface Gate {
  readonly estateId: string
  readonly gateId: string
  readonly name: string
  readonly relay: string | null
  readonly contact: string | null
  readonly fire: boolean
  /** Code of the alarm that stands, null where there is none. */
  readonly alarm: string | null
  /** normal, kept-open or kept-locked. */
  readonly mode: string
  /** operator, schedule or fire-zone; null while it works as usual. */
  readonly modeCause: string | null
  readonly controller: 'online' | 'offline' | 'unknown'
  readonly updatedAtMs: number | null
  readonly grantedToday: number
  readonly refusedToday: number
}

export interface AccessLogItem {
  readonly passageId: string
  readonly estateId: string
  readonly gateId: string
  readonly gateName: string
  readonly deviceId: string | null
  readonly way: string
  readonly direction: string
  readonly result: 'granted' | 'refused'
  readonly reason: string | null
  /** Let in, but worth a look. */
  readonly remarks: readonly string[]
  readonly personRef: string | null
  readonly personName: string | null
  readonly score: number | null
  readonly margin: number | null
  readonly threshold: number | null
  readonly liveness: number | null
  readonly gallerySize: number | null
  /** Age of what was decided about. */
  readonly ageMs: number | null
  readonly waitMs: number | null
  readonly attempts: number
  /** Who opened by hand, and why. */
  readonly operatorRef: string | null
  readonly operatorName: string | null
  readonly override: string | null
  /** Milliseconds by stage. */
  readonly timings: Readonly<Record<string, number>>
  readonly occurredAtMs: number
  readonly gatewayId: string
  readonly epoch: number
  readonly seq: number
  readonly permitId: string | null
  readonly credentialId: string | null
  readonly visitId: string | null
  /** executed, refused or no-answer; null until the controller answered, or where no command was sent. */
  readonly commandOutcome: string | null
  readonly commandReason: string | null
  readonly commandLatencyMs: number | null
}

/** One page, newest first. `older` asks for the next one; null at the end. */
export interface AccessLogPage {
  readonly items: readonly AccessLogItem[]
  readonly older: string | null
}

export interface SeqRange {
  readonly from: number
  readonly to: number
}

export interface EpochState {
  readonly epoch: number
  /** All of 1…contiguousSeq are stored. */
  readonly contiguousSeq: number
  /** Highest record that the gateway signed for. */
  readonly headSeq: number
  readonly missing: readonly SeqRange[]
  readonly duplicates: number
  readonly chain: 'verified' | 'broken'
  readonly brokenAtSeq: number | null
}

export interface GatewayIntegrity {
  readonly gatewayId: string
  readonly estateId: string
  readonly name: string
  readonly lastContactAtMs: number | null
  readonly epochs: readonly EpochState[]
}

/** What the server found when it read every record of a gateway; ranges and stretches are the first of them, counts of all. */
export interface GatewayProof {
  readonly gatewayId: string
  readonly estateId: string
  readonly name: string
  readonly verdict: 'whole' | 'incomplete' | 'tampered'
  readonly epochs: ReadonlyArray<{
    readonly epoch: number
    readonly verdict: 'whole' | 'incomplete' | 'tampered'
    readonly records: number
    readonly stored: readonly SeqRange[]
    readonly storedCount: number
    readonly headSeq: number
    readonly missing: readonly SeqRange[]
    readonly missingCount: number
    readonly removed: readonly SeqRange[]
    readonly removedCount: number
    readonly added: readonly SeqRange[]
    readonly addedCount: number
    readonly duplicates: number
    readonly chain: 'verified' | 'broken'
    readonly brokenAtSeq: number | null
    readonly refusedAtSeq: number | null
    readonly head: 'verified' | 'forged' | 'absent'
    readonly startFollows: boolean
  }>
  readonly clock: ReadonlyArray<{
    readonly epoch: number
    readonly from: number
    readonly to: number
    readonly cause: 'ahead' | 'behind' | 'set'
    readonly offMs: number
  }>
  readonly clockCount: number
  readonly tookMs: number
}

export interface Person {
  readonly personRef: string
  readonly estateId: string
  readonly displayName: string
  /** YYYY-MM-DD. */
  readonly birthDate: string
  readonly unitLabel: string
}

/** One page by name. `after` asks for the next one; null at the end. */
export interface PersonPage {
  readonly persons: readonly Person[]
  readonly next: string | null
}

/** What one gateway said about the templates it holds under a consent. */
export interface Holding {
  readonly gatewayId: string
  readonly templates: number
  readonly enrolledAtMs: number | null
  readonly erasedAtMs: number | null
}

export interface Consent {
  readonly consentId: string
  readonly personRef: string
  readonly purpose: string
  readonly noticeVersion: string
  readonly guardianRef: string | null
  readonly grantedAtMs: number
  readonly expiresAtMs: number
  readonly endedAtMs: number | null
  /** withdrawn, expired or person-removed. */
  readonly endCause: string | null
}

export interface ConsentDetail extends Consent {
  readonly holdings: readonly Holding[]
}

/** Body of every error answer. */
export interface ErrorBody {
  readonly code: string
  readonly message: string
  readonly details?: Readonly<Record<string, unknown>>
}
