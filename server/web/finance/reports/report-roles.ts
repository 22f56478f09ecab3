const BOOKKEEPERS = ['finance-maker', 'finance-checker', 'treasury-officer', 'auditor']

/** Who may see which report, in the order in which they are offered. The server decides; this only spares a way into a refusal. */
export const REPORT_READERS: Readonly<Record<string, readonly string[]>> = {
  rent: [...BOOKKEEPERS, 'cashier', 'estate-manager', 'bureau-viewer'],
  ageing: [...BOOKKEEPERS, 'cashier', 'estate-manager', 'bureau-viewer'],
  arrears: [...BOOKKEEPERS, 'cashier', 'estate-manager'],
  channels: [...BOOKKEEPERS, 'cashier', 'bureau-viewer'],
  transit: [...BOOKKEEPERS, 'bureau-viewer'],
  'hand-over': [...BOOKKEEPERS, 'bureau-viewer'],
  performance: [...BOOKKEEPERS, 'estate-manager', 'bureau-viewer'],
  review: ['estate-manager', 'bureau-viewer', 'auditor'],
  card: [...BOOKKEEPERS, 'cashier', 'estate-manager'],
}
export const REPORTS: readonly string[] = Object.keys(REPORT_READERS).filter((report) => report !== 'card')
