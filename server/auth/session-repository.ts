import type { Tx } from '../db/transaction.js'
import { type UserRecord, userOf } from './user-repository.js'

export interface SessionRecord {
  readonly tokenHash: string
  readonly userId: string
  readonly createdAtMs: number
  readonly lastSeenMs: number
  readonly expiresAtMs: number
  /** Where the login came from. */
  readonly address: string
}

const include = { user: { include: { grants: true } } } as const

/** The session of a token's hash with its user, whether it still holds or not. */
export async function find(tx: Tx, tokenHash: string): Promise<{ session: SessionRecord; user: UserRecord } | null> {
  const row = await tx.session.findUnique({ where: { tokenHash }, include })
  if (row === null) return null
  const { userId, address } = row
  const times = { createdAtMs: Number(row.createdAtMs), lastSeenMs: Number(row.lastSeenMs), expiresAtMs: Number(row.expiresAtMs) }
  return { session: { tokenHash, userId, address, ...times }, user: userOf(row.user) }
}

export const insert = async (tx: Tx, session: SessionRecord): Promise<void> => {
  const { tokenHash, userId, address } = session
  const times = { createdAtMs: BigInt(session.createdAtMs), lastSeenMs: BigInt(session.lastSeenMs), expiresAtMs: BigInt(session.expiresAtMs) }
  await tx.session.create({ data: { tokenHash, userId, address, ...times } })
}

export const touch = async (tx: Tx, tokenHash: string, atMs: number): Promise<void> =>
  void (await tx.session.updateMany({ where: { tokenHash }, data: { lastSeenMs: BigInt(atMs) } }))

/** Ends one session, or all of a user's. */
export const end = async (tx: Tx, which: { tokenHash: string } | { userId: string }, atMs: number): Promise<void> =>
  void (await tx.session.updateMany({ where: { ...which, expiresAtMs: { gt: BigInt(atMs) } }, data: { expiresAtMs: BigInt(atMs) } }))

/** True where the user has logged in from this address before, as far back as sessions are kept. */
export const isKnownAddress = async (tx: Tx, userId: string, address: string): Promise<boolean> =>
  (await tx.session.findFirst({ where: { userId, address }, select: { tokenHash: true } })) !== null

export const deleteExpiredBefore = async (tx: Tx, atMs: number): Promise<number> =>
  (await tx.session.deleteMany({ where: { expiresAtMs: { lt: BigInt(atMs) } } })).count
