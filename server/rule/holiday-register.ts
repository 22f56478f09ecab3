import type { Tx } from '../db/transaction.js'
import { list } from './holiday-repository.js'

/** Days that are worked or not against what the weekday says. */
export const knownHolidays = async (read: Tx): Promise<ReadonlyMap<string, 'holiday' | 'workday'>> => new Map((await list(read)).map(({ date, treatAs }) => [date, treatAs]))
