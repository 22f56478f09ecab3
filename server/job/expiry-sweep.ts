import type { Logger } from '#kernel/log.js'
import type { Change, RunChange } from '../audit/change.js'
import { endExpiredConsents } from '../consent/consent-ending.js'
import { endExpiredCredentials } from '../credential/credential-ending.js'
import { closeOverLeases, closeOverMembers } from '../household/residency.js'
import { endExpiredPermits } from '../permit/permit-ending.js'
import { endExpiredVisits, eraseOldNames } from '../visitor/visit-ending.js'

/** Rows ended in one transaction: others' writes wait meanwhile. */
const ENDED_PER_TRANSACTION = 100

export interface ExpirySweepDeps {
  readonly change: RunChange
  readonly log: Logger
  /** Deletes sessions that ended long ago; says how many. */
  readonly pruneSessions: () => Promise<number>
  /** Names of visitors go so long after the visit ended. */
  readonly visitorNameDays: number
}

/**
 * Ends what time has ended: gateways check times themselves, but the end must stand in the register, reach them as an
 * order to erase, and be audited.
 */
export const createExpirySweep = (deps: ExpirySweepDeps) => async (): Promise<void> => {
  const sweep = async (endSome: (change: Change, limit: number) => Promise<number>): Promise<number> => {
    let ended = 0
    for (;;) {
      const some = await deps.change(null, (change) => endSome(change, ENDED_PER_TRANSACTION))
      ended += some
      if (some < ENDED_PER_TRANSACTION) return ended
    }
  }
  const counts = {
    leases: await sweep(closeOverLeases), members: await sweep(closeOverMembers),
    consents: await sweep(endExpiredConsents), permits: await sweep(endExpiredPermits),
    visits: await sweep(endExpiredVisits), credentials: await sweep(endExpiredCredentials),
    visitorNames: await deps.change(null, (change) => eraseOldNames(change, deps.visitorNameDays)),
    sessions: await deps.pruneSessions(),
  }
  if (Object.values(counts).some((count) => count > 0)) deps.log.info(counts, 'expired')
}
