import type { Tx } from '../db/transaction.js'
import { findPersonOfUser } from './resident-account-repository.js'

/** The person that a user is, or null where the user is no resident's. */
export const personOfUser = (read: Tx, userId: string): Promise<string | null> => findPersonOfUser(read, userId)
