import { bulkWrite } from '../../db/bulk.js'
import { inChunks } from '../../db/chunks.js'
import type { Tx } from '../../db/transaction.js'
import type { BankMapping, BankRow } from '../file/own-files.js'

export interface BankLine extends BankRow {
  readonly bankAccount: string
  readonly purpose: string | null
  readonly matchedWith: string | null
}
const LINES = {
  table: 'ReconBankLine', key: ['bankAccount', 'serial'], onConflict: 'ignore',
  columns: ['bankAccount', 'serial', 'date', 'fen', 'balanceFen', 'payer', 'memo', 'fileHash', 'addedBy', 'addedAtMs'],
} as const

/** Adds the lines that are not there; the serial number makes a line one. @returns how many were new */
export async function addLines(tx: Tx, rows: readonly BankRow[], of: { bankAccount: string; fileHash: string; addedBy: string; addedAtMs: number }): Promise<number> {
  let added = 0
  for (const part of inChunks(rows.map(({ serial, date, fen, balanceFen, payer, memo }) => ({ serial, date, fen, balanceFen, payer, memo, ...of })))) {
    added += (await bulkWrite(tx, LINES, part, ['serial'])).length
  }
  return added
}

/** Lines of these serial numbers, for telling a repeat from a contradiction. */
export async function linesBySerial(tx: Tx, bankAccount: string, serials: readonly string[]): Promise<Map<string, { date: string; fen: number }>> {
  const rows = await tx.$queryRawUnsafe<Array<{ serial: string; date: string; fen: number | bigint }>>(
    'SELECT "serial", "date", "fen" FROM "ReconBankLine" WHERE "bankAccount" = ? AND "serial" IN (SELECT value FROM json_each(?))', bankAccount, JSON.stringify(serials))
  return new Map(rows.map(({ serial, date, fen }) => [serial, { date, fen: Number(fen) }]))
}

export const linesBetween = async (read: Tx, bankAccount: string, fromDate: string, untilDate: string, limit: number): Promise<BankLine[]> =>
  (await read.reconBankLine.findMany({ where: { bankAccount, date: { gte: fromDate, lte: untilDate } }, orderBy: [{ date: 'asc' }, { serial: 'asc' }], take: limit }))
    .map(({ fen, balanceFen, ...same }) => ({ ...same, fen: Number(fen), balanceFen: balanceFen === null ? null : Number(balanceFen) }))

export async function setMatched(tx: Tx, bankAccount: string, serials: readonly string[], matchedWith: string | null, purpose: string | null): Promise<void> {
  await tx.reconBankLine.updateMany({ where: { bankAccount, serial: { in: [...serials] } }, data: { matchedWith, purpose } })
}

export async function findMapping(read: Tx, bankAccount: string): Promise<BankMapping | null> {
  const row = await read.reconBankMapping.findUnique({ where: { bankAccount } })
  return row === null ? null : (JSON.parse(row.content) as BankMapping)
}
export async function putMapping(tx: Tx, bankAccount: string, mapping: BankMapping, by: string, atMs: number): Promise<void> {
  const set = { content: JSON.stringify(mapping), setBy: by, setAtMs: BigInt(atMs) }
  await tx.reconBankMapping.upsert({ where: { bankAccount }, create: { bankAccount, ...set }, update: set })
}
