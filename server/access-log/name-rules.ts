import { type Caller, type Role, covers, scopeOf } from '../auth/roles.js'

/** Who sees the access log of an estate. A resident's own passages are not in this list: it is for staff. */
export const LOG_ROLES: readonly Role[] = ['guard', 'estate-manager', 'auditor', 'admin']

/**
 * Who sees names in it: those who deal with the persons of the estate, and those who keep the register. An auditor
 * checks the record and not the people, and looks a person up in the register where a finding needs it.
 */
const NAME_ROLES: readonly Role[] = ['guard', 'estate-manager', 'admin']

export type NameRight = 'clear' | 'masked'

export const nameRight = (caller: Caller, estateId: string): NameRight =>
  covers(scopeOf(caller, NAME_ROLES), estateId) ? 'clear' : 'masked'

const STARS_MAX = 3

/** `王小明` → `王**`: the first character, and that there are more. */
export function maskedName(name: string): string {
  const [first = '', ...rest] = [...name]
  return first + '*'.repeat(Math.min(Math.max(rest.length, 1), STARS_MAX))
}
