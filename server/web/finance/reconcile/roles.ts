import type { User } from '../../kit/api/types.js'

/** True where somebody holds a role for all estates: a channel's bill is of them all. Only spares a button that would be refused. */
export const holdsEverywhere = (user: User | null | undefined, role: string): boolean =>
  user?.grants.some((grant) => grant.role === role && grant.estateId === '*') === true
