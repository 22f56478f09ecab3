import type { Tx } from '../db/transaction.js'
import type { Origin, PlacedRecord } from './record-place.js'

/**
 * What a feature makes of records: rows of its own tables, in the transaction that stores the records. Each record
 * comes once, but in any order: a later place may come first, and nothing may hang on which did.
 */
export interface Projector {
  /** @param records valid, of one gateway, ascending by place */
  project(tx: Tx, origin: Origin, records: readonly PlacedRecord[]): Promise<void>
}
