import type { Role } from '../auth/roles.js'
import { usersById } from '../auth/user-register.js'
import { type OwnPassage, ownPassages } from '../access-log/own-passages.js'
import { maskedName } from '../access-log/name-rules.js'
import { auditAbout } from '../audit/audit-view.js'
import type { ConsentService } from '../consent/consent-service.js'
import type { CredentialService } from '../credential/credential-service.js'
import type { Tx } from '../db/transaction.js'
import { fail } from '../errors.js'
import type { MemberRole } from '../household/lease-rules.js'
import type { HouseholdService } from '../household/household-service.js'
import { activePersons } from '../resident/person-register.js'
import type { TicketService } from '../ticket/ticket-service.js'
import { type Look, lookOf } from './look-rules.js'
import type { Resident } from './resident-finder.js'
import { type MyTicket, myTicketOf } from './my-ticket-rules.js'

/** A consent lasts a year and is then given anew (人脸识别技术应用安全管理办法 art. 8: no longer than needed). */
const CONSENT_MS = 365 * 86_400_000
const LOOKS_MAX = 100

export interface MyConsent {
  readonly consentId: string
  /** Whose face it is about: the caller's own, or a child's for whom they consented. */
  readonly personName: string
  readonly own: boolean
  readonly noticeVersion: string
  readonly grantedAtMs: number
  readonly expiresAtMs: number
  readonly endedAtMs: number | null
  readonly endCause: string | null
  /** `none`: no gateway holds a face under it; `erasing`: it ended, and not every gateway has reported that it erased. */
  readonly held: 'none' | 'held' | 'erasing' | 'erased'
}

/** Somebody did something with the caller's records. */
export interface MyLook {
  readonly atMs: number
  readonly what: Look
  /** Null for what the server did by itself. */
  readonly byMasked: string | null
  readonly role: Role | null
}

export interface MyHousehold {
  readonly householdNo: string
  readonly lease: { readonly leaseNo: string; readonly unitLabel: string; readonly fromDate: string; readonly untilDate: string } | null
  readonly members: Array<{ displayName: string; role: MemberRole; me: boolean }>
}

export interface MyDataService {
  consents(me: Resident): Promise<MyConsent[]>
  /** The caller consents to the notice in force, for themselves. @throws AppError SV_CONSENT_* */
  consent(me: Resident, noticeVersion: string, nowMs: number): Promise<{ consentId: string }>
  /** @throws AppError SV_HTTP_NOT_FOUND, also for a consent that is not the caller's to withdraw */
  withdraw(me: Resident, consentId: string): Promise<void>
  /** @throws AppError SV_HTTP_VALIDATION */
  passages(me: Resident, before: string | undefined, limit: number): Promise<{ items: OwnPassage[]; older: string | null }>
  /** Newest first. */
  looks(me: Resident): Promise<MyLook[]>
  /** What the caller asked of the estate's people, newest first. */
  tickets(me: Resident): Promise<MyTicket[]>
  /** Null where the caller lives in none. */
  household(me: Resident): Promise<MyHousehold | null>
}

export interface MyDataServiceDeps {
  readonly read: Tx
  readonly consents: ConsentService
  readonly credentials: CredentialService
  readonly households: HouseholdService
  readonly tickets: TicketService
}

type Consent = Awaited<ReturnType<ConsentService['get']>>

function heldUnder({ endedAtMs, holdings }: Consent): MyConsent['held'] {
  const left = holdings.some((each) => each.erasedAtMs === null || each.terminals.some((terminal) => terminal.state !== 'done'))
  if (holdings.length === 0) return 'none'
  return endedAtMs === null ? (left ? 'held' : 'none') : left ? 'erasing' : 'erased'
}

/** Everything that is kept of a resident, for that resident. */
export function createMyDataService({ read, consents, credentials, households, tickets }: MyDataServiceDeps): MyDataService {
  const consentIdsOf = async (me: Resident): Promise<string[]> =>
    [...await consents.listOfPerson(me.personRef), ...await consents.listGivenBy(me.personRef)].map((consent) => consent.consentId)

  return {
    async consents(me) {
      const all = await Promise.all((await consentIdsOf(me)).map((consentId) => consents.get(consentId)))
      const names = new Map((await activePersons(read, all.map((each) => each.personRef))).map((person) => [person.personRef, person.displayName]))
      return all.map((each) => ({
        consentId: each.consentId, personName: names.get(each.personRef) ?? '', own: each.personRef === me.personRef, noticeVersion: each.noticeVersion,
        grantedAtMs: each.grantedAtMs, expiresAtMs: each.expiresAtMs, endedAtMs: each.endedAtMs, endCause: each.endCause, held: heldUnder(each),
      }))
    },
    consent: (me, noticeVersion, nowMs) => consents.grant(me.userId, { personRef: me.personRef, noticeVersion, guardianRef: null, expiresAtMs: nowMs + CONSENT_MS }),
    async withdraw(me, consentId) {
      if (!(await consentIdsOf(me)).includes(consentId)) throw fail('SV_HTTP_NOT_FOUND')
      await consents.withdraw(me.userId, consentId)
    },
    tickets: async (me) => (await tickets.ofPerson(me.personRef)).map(myTicketOf),
    passages: (me, before, limit) => ownPassages(read, me, before, limit),
    async looks(me) {
      const held = await credentials.list([me.estateId], { personRef: me.personRef, state: 'all', kind: undefined, text: undefined, after: undefined, limit: LOOKS_MAX })
      const subjects = [
        `person:${me.personRef}`, ...me.householdIds.map((id) => `household:${id}`), ...(await consentIdsOf(me)).map((id) => `consent:${id}`),
        ...held.credentials.map(({ credentialId }) => `credential:${credentialId}`),
      ]
      const entries = (await auditAbout(read, subjects, LOOKS_MAX)).filter((entry) => entry.userId !== me.userId)
      const users = await usersById(read, [...new Set(entries.flatMap((entry) => entry.userId ?? []))])
      return entries.map(({ atMs, action, userId }) => {
        const user = users.get(userId ?? '')
        return { atMs, what: lookOf(action), byMasked: user === undefined ? null : maskedName(user.displayName), role: user?.roles[0] ?? null }
      })
    },
    async household(me) {
      const [householdId] = me.householdIds
      if (householdId === undefined) return null
      const { householdNo, leases, members, today } = await households.card(householdId)
      const [lease] = leases
      return {
        householdNo, lease: lease === undefined ? null : { leaseNo: lease.leaseNo, unitLabel: lease.unitLabel, fromDate: lease.fromDate, untilDate: lease.untilDate },
        members: members.filter(({ fromDate, untilDate }) => fromDate <= today && (untilDate === null || untilDate >= today))
          .map(({ displayName, role, personRef }) => ({ displayName, role, me: personRef === me.personRef })),
      }
    },
  }
}
