export const SHIFT_STATES = ['open', 'counted', 'reviewed'] as const
export type ShiftState = (typeof SHIFT_STATES)[number]

export interface ShiftRecord {
  readonly shiftId: string
  readonly estateId: string
  readonly desk: string
  readonly cashierId: string
  readonly bizDate: string
  readonly state: ShiftState
  readonly openingFen: number
  /** Books of the desk when it was counted; null before. */
  readonly expectedFen: number | null
  readonly countedFen: number | null
  /** Counted less expected: above zero is over, below short. */
  readonly differenceFen: number | null
  readonly note: string | null
  readonly reviewerId: string | null
  readonly openedAtMs: number
  readonly countedAtMs: number | null
  readonly reviewedAtMs: number | null
}
