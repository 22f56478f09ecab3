export const ROLES = [
  'resident', 'guard', 'estate-manager', 'cashier', 'finance-maker', 'finance-checker', 'treasury-officer',
  'bureau-viewer', 'auditor', 'admin',
] as const
export type Role = (typeof ROLES)[number]

/** In a grant's place of an estate id: every estate, also those to come. */
export const ALL_ESTATES = '*'

export interface Grant {
  readonly role: Role
  /** An estate's id, or `*`. */
  readonly estateId: string
}

/** Who is behind a request. */
export interface Caller {
  readonly userId: string
  readonly loginName: string
  readonly displayName: string
  readonly grants: readonly Grant[]
}

/** The estates that a caller may see for some purpose. */
export type EstateScope = 'all' | readonly string[]

/** Estates at which the caller has one of `roles`. */
export function scopeOf(caller: Caller, roles: readonly Role[]): EstateScope {
  const estateIds = caller.grants.filter((grant) => roles.includes(grant.role)).map((grant) => grant.estateId)
  return estateIds.includes(ALL_ESTATES) ? 'all' : [...new Set(estateIds)]
}

export const covers = (scope: EstateScope, estateId: string): boolean => scope === 'all' || scope.includes(estateId)
