export const DEPOSIT_KINDS = ['received', 'returned', 'applied', 'opening'] as const
export type DepositKind = (typeof DEPOSIT_KINDS)[number]
export const DEPOSIT_STATES = ['proposed', 'done', 'refused', 'reversed'] as const
export type DepositState = (typeof DEPOSIT_STATES)[number]
