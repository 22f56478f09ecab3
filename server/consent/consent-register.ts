import type { Tx } from '../db/transaction.js'
import { openThatNeed } from './consent-repository.js'

/** What other features ask of the consents. */

/** How many consents that were not ended end with the person: their own, and those they gave as a guardian. */
export const consentsThatNeed = async (tx: Tx, personRef: string): Promise<number> => (await openThatNeed(tx, personRef)).length
