import { type Section, sectionsFor } from '../frame/section.js'
import { REPORTS, REPORT_READERS } from './reports/report-roles.js'

const READERS = ['cashier', 'finance-maker', 'finance-checker', 'treasury-officer', 'auditor']
const FIGURE_READERS = ['finance-maker', 'finance-checker', 'treasury-officer', 'auditor']
const REPORTED = [...new Set(REPORTS.flatMap((report) => REPORT_READERS[report] ?? []))]
const BILL_READERS = ['cashier', 'finance-maker', 'finance-checker', 'auditor']

const everywhere = (roles: readonly string[]): string[] => roles.map((role) => `${role}@*`)

/** Pages of the menu of those who handle money, in its order. */
export const FINANCE_SECTIONS: readonly Section[] = [
  { name: 'today', icon: 'now', roles: READERS },
  { name: 'reconcile', icon: 'check', roles: READERS },
  { name: 'bills', icon: 'note', roles: BILL_READERS },
  { name: 'collections', icon: 'card', roles: READERS },
  { name: 'arrears', icon: 'clock', roles: BILL_READERS },
  { name: 'refunds', icon: 'refuse', roles: READERS },
  { name: 'suspense', icon: 'unknown', roles: READERS },
  { name: 'close', icon: 'lock', roles: READERS },
  { name: 'bank', icon: 'link', roles: everywhere(READERS) },
  { name: 'treasury', icon: 'up', roles: FIGURE_READERS },
  { name: 'receipts', icon: 'qr', roles: READERS },
  { name: 'card', icon: 'people', roles: REPORT_READERS['card'] ?? [] },
  { name: 'reports', icon: 'chart', roles: REPORTED },
  { name: 'ledger', icon: 'log', roles: READERS },
  { name: 'opening', icon: 'note', roles: BILL_READERS },
  { name: 'audit', icon: 'integrity', roles: everywhere(['auditor', 'admin']) },
]
export const financeSectionsOf = sectionsFor(FINANCE_SECTIONS)
