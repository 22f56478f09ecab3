import { type Section, sectionsFor } from '../frame/section.js'

const READERS = ['cashier', 'finance-maker', 'finance-checker', 'treasury-officer', 'auditor']

/** Pages of the menu of those who handle money, in its order. */
export const FINANCE_SECTIONS: readonly Section[] = [
  { name: 'reconcile', icon: 'check', roles: READERS },
]
export const financeSectionsOf = sectionsFor(FINANCE_SECTIONS)
