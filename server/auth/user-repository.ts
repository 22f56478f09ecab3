import type { Tx } from '../db/transaction.js'
import { ROLES, type Caller, type Grant, type Role } from './roles.js'

export interface UserRecord extends Caller {
  readonly passwordHash: string
  readonly disabledAtMs: number | null
}

interface UserRow {
  readonly userId: string
  readonly loginName: string
  readonly displayName: string
  readonly passwordHash: string
  readonly disabledAtMs: bigint | null
  readonly grants: ReadonlyArray<{ readonly role: string; readonly estateId: string }>
}

const isRole = (role: string): role is Role => (ROLES as readonly string[]).includes(role)
/** A role that this version does not know grants nothing. */
const grantOf = ({ role, estateId }: UserRow['grants'][number]): Grant[] => (isRole(role) ? [{ role, estateId }] : [])

export const userOf = (row: UserRow): UserRecord => ({
  userId: row.userId, loginName: row.loginName, displayName: row.displayName, passwordHash: row.passwordHash,
  disabledAtMs: row.disabledAtMs === null ? null : Number(row.disabledAtMs), grants: row.grants.flatMap(grantOf),
})

const include = { grants: true } as const

export async function findByLoginName(tx: Tx, loginName: string): Promise<UserRecord | null> {
  const row = await tx.user.findUnique({ where: { loginName }, include })
  return row === null ? null : userOf(row)
}

export async function findById(tx: Tx, userId: string): Promise<UserRecord | null> {
  const row = await tx.user.findUnique({ where: { userId }, include })
  return row === null ? null : userOf(row)
}

/** Users by login name; without residents, who are in the register of persons. */
export const list = async (tx: Tx, limit: number): Promise<UserRecord[]> =>
  (await tx.user.findMany({ where: { grants: { some: { role: { not: 'resident' } } } }, orderBy: { loginName: 'asc' }, take: limit, include })).map(userOf)

/** Those of the users that exist. */
export const byId = async (tx: Tx, userIds: readonly string[]): Promise<UserRecord[]> =>
  (await tx.user.findMany({ where: { userId: { in: [...userIds] } }, include })).map(userOf)

export async function insert(tx: Tx, user: UserRecord, createdAtMs: number): Promise<void> {
  const { userId, loginName, displayName, passwordHash } = user
  await tx.user.create({ data: { userId, loginName, displayName, passwordHash, createdAtMs: BigInt(createdAtMs) } })
  await tx.roleGrant.createMany({ data: user.grants.map((grant) => ({ userId, ...grant })) })
}

export const disable = async (tx: Tx, userId: string, atMs: number): Promise<void> =>
  void (await tx.user.update({ where: { userId }, data: { disabledAtMs: BigInt(atMs) } }))

export const setPasswordHash = async (tx: Tx, userId: string, passwordHash: string): Promise<void> =>
  void (await tx.user.update({ where: { userId }, data: { passwordHash } }))
