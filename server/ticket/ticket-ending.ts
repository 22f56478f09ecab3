import type { Tx } from '../db/transaction.js'
import { eraseTexts } from './ticket-repository.js'

/** Part of removing a person: what they wrote, and what they were told, is forgotten. */
export const forgetTickets = (tx: Tx, personRef: string): Promise<void> => eraseTexts(tx, personRef)
