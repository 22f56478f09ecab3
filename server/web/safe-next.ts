import type { User } from './kit/api/types.js'

const MONEY_ROLES = ['cashier', 'finance-maker', 'finance-checker', 'treasury-officer']

/** Where somebody's work is: those who handle money have pages of their own. */
export const homeOf = (user: User | null | undefined): string =>
  user !== null && user !== undefined && user.grants.length > 0 && user.grants.every((grant) => MONEY_ROLES.includes(grant.role)) ? '/finance' : '/manager'

/** Where a login leads: only to a page of ours, whatever the address says; and nobody of the money's to the managers' front page, which shows them nothing. */
export const safeNext = (next: unknown, home: string): string =>
  typeof next === 'string' && /^\/(?![/\\])/.test(next) && !next.startsWith('/login') && (home !== '/finance' || next !== '/manager') ? next : home
