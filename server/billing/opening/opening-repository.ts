import type { Tx } from '../../db/transaction.js'
import type { HeldMoney, OpeningDifference, OpeningHousehold, OpeningSums } from './opening-rules.js'

/** `reversing`: somebody asked to take it back, and nobody has agreed yet. */
export const OPENING_STATES = ['proposed', 'signed', 'refused', 'reversing', 'reversed'] as const
export type OpeningState = (typeof OPENING_STATES)[number]
/** Lists that count: another one of the same content, or of one of their households, is refused. */
export const IN_BOOKS: readonly OpeningState[] = ['signed', 'reversing']

export interface OpeningFigures {
  readonly sums: OpeningSums
  readonly differences: readonly OpeningDifference[]
  readonly held: readonly HeldMoney[]
}
export interface Reversal {
  readonly by: string
  readonly atMs: number
  readonly reason: string
  readonly agreedBy: string | null
}

export interface OpeningRecord {
  readonly openingId: string
  readonly estateId: string
  readonly asOfDate: string
  /** Over what the list says, not over its file. */
  readonly digest: string
  readonly households: readonly OpeningHousehold[]
  readonly figures: OpeningFigures
  readonly state: OpeningState
  readonly makerId: string
  readonly checkerId: string | null
  readonly createdAtMs: number
  readonly decidedAtMs: number | null
  readonly reversal: Reversal | null
}

type Row = NonNullable<Awaited<ReturnType<Tx['openingList']['findUnique']>>>
const recordOf = ({ rows, figures, state, createdAtMs, decidedAtMs, reversal, ...row }: Row): OpeningRecord => ({
  ...row, households: JSON.parse(rows) as OpeningHousehold[], figures: JSON.parse(figures) as OpeningFigures, state: state as OpeningState,
  createdAtMs: Number(createdAtMs), decidedAtMs: decidedAtMs === null ? null : Number(decidedAtMs), reversal: reversal === null ? null : JSON.parse(reversal) as Reversal,
})

export async function findOpening(read: Tx, openingId: string): Promise<OpeningRecord | null> {
  const row = await read.openingList.findUnique({ where: { openingId } })
  return row === null ? null : recordOf(row)
}

export const estateOfOpening = async (read: Tx, openingId: string): Promise<string | undefined> =>
  (await read.openingList.findUnique({ where: { openingId }, select: { estateId: true } }))?.estateId

/** Newest first. */
export const openingsOf = async (read: Tx, estateId: string, states: readonly OpeningState[] = OPENING_STATES): Promise<OpeningRecord[]> =>
  (await read.openingList.findMany({ where: { estateId, state: { in: [...states] } }, orderBy: [{ createdAtMs: 'desc' }, { openingId: 'desc' }] })).map(recordOf)

export const addOpening = async (tx: Tx, { households, figures, createdAtMs, decidedAtMs: _decidedAtMs, reversal: _reversal, ...row }: OpeningRecord): Promise<void> =>
  void (await tx.openingList.create({ data: { ...row, rows: JSON.stringify(households), figures: JSON.stringify(figures), createdAtMs: BigInt(createdAtMs) } }))

/** @returns false where it is in another state */
export async function moveOpening(
  tx: Tx, openingId: string, from: OpeningState, next: { state: OpeningState; checkerId?: string; decidedAtMs?: number; reversal?: Reversal | null },
): Promise<boolean> {
  const { decidedAtMs, reversal, ...plain } = next
  const { count } = await tx.openingList.updateMany({
    where: { openingId, state: from },
    data: {
      ...plain, ...(decidedAtMs === undefined ? {} : { decidedAtMs: BigInt(decidedAtMs) }),
      ...(reversal === undefined ? {} : { reversal: reversal === null ? null : JSON.stringify(reversal) }),
    },
  })
  return count === 1
}
