import type { Tx } from '../db/transaction.js'
import type { Role } from './roles.js'
import { byId } from './user-repository.js'

export interface KnownUser {
  readonly displayName: string
  readonly roles: readonly Role[]
}

/** Who these users are, as far as they exist. */
export async function usersById(read: Tx, userIds: readonly string[]): Promise<Map<string, KnownUser>> {
  const rows = userIds.length === 0 ? [] : await byId(read, userIds)
  return new Map(rows.map(({ userId, displayName, grants }) => [userId, { displayName, roles: [...new Set(grants.map((grant) => grant.role))] }]))
}
