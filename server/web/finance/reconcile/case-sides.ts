import type { DifferenceCase, Side } from '../../kit/api/finance-types.js'
import { dayText } from '../../kit/format.js'

export type CellKind = 'text' | 'money' | 'time' | 'state' | 'list'
/** One line of the two rows side by side. */
export interface SideLine {
  /** Key of its name under `recon.field.`, or the field's own name where the page does not know it. */
  readonly name: string
  readonly known: boolean
  readonly kind: CellKind
  readonly theirs: Cell
  readonly ours: Cell
  readonly differs: boolean
}
type Cell = string | number | readonly string[] | null

interface Field {
  readonly name: string
  readonly kind: CellKind
  readonly theirs?: string
  readonly ours?: string
  /** What must be the same on both sides. */
  readonly same?: (value: string | number) => string | number
}

const itself = (value: string | number): string | number => value
/** States of both sides that mean the same. */
const MEANING: Readonly<Record<string, string>> = {
  paid: 'succeeded', 'part-refunded': 'succeeded', refunded: 'succeeded', approved: 'processing', abnormal: 'failed', rejected: 'failed', closed: 'failed', 'paid-out': 'failed',
}

/** In the order in which they are read. */
const FIELDS: readonly Field[] = [
  { name: 'orderNo', kind: 'text', theirs: 'outTradeNo', ours: 'outTradeNo', same: itself },
  { name: 'transactionId', kind: 'text', theirs: 'transactionId', ours: 'transactionId', same: itself },
  { name: 'refundNo', kind: 'text', theirs: 'refundNo', ours: 'refundNo', same: itself },
  { name: 'fen', kind: 'money', theirs: 'fen', ours: 'fen', same: itself },
  { name: 'paidFen', kind: 'money', ours: 'paidFen' },
  { name: 'prepaidFen', kind: 'money', ours: 'prepaidFen' },
  { name: 'fee', kind: 'money', theirs: 'feeFen' },
  { name: 'state', kind: 'state', theirs: 'state', ours: 'state', same: (value) => MEANING[String(value)] ?? value },
  { name: 'paidAt', kind: 'time', theirs: 'atMs', ours: 'paidAtMs', same: (value) => dayText(Number(value)) },
  { name: 'createdAt', kind: 'time', ours: 'createdAtMs' },
  { name: 'bizDate', kind: 'text', ours: 'bizDate' },
  { name: 'bill', kind: 'text', ours: 'billId' },
  { name: 'others', kind: 'list', ours: 'others' },
  { name: 'description', kind: 'text', theirs: 'description' },
  { name: 'line', kind: 'text', theirs: 'line' },
  { name: 'file', kind: 'text', theirs: 'file' },
  { name: 'column', kind: 'text', theirs: 'column' },
  { name: 'detail', kind: 'text', theirs: 'detail' },
  { name: 'flowNo', kind: 'text', theirs: 'flowNo' },
  { name: 'serials', kind: 'list', theirs: 'serials' },
  { name: 'serials', kind: 'text', theirs: 'serial' },
  { name: 'days', kind: 'list', ours: 'days' },
  { name: 'date', kind: 'text', theirs: 'date' },
  { name: 'dueDate', kind: 'text', theirs: 'dueDate', ours: 'dueDate' },
  { name: 'payer', kind: 'text', theirs: 'payer' },
  { name: 'memo', kind: 'text', theirs: 'memo' },
  { name: 'seq', kind: 'text', ours: 'seq' },
  { name: 'cause', kind: 'text', ours: 'cause' },
  { name: 'billNo', kind: 'text', ours: 'billNo' },
  { name: 'numbers', kind: 'list', ours: 'numbers' },
  { name: 'turn', kind: 'text', ours: 'turn' },
  { name: 'problem', kind: 'text', ours: 'problem' },
]
const KNOWN = new Set([...FIELDS.flatMap(({ theirs, ours }) => [theirs, ours]), 'kind', 'code', 'channel', 'dueFeeFen'])

const cellOf = (side: Side | null, key: string | undefined): Cell => (side === null || key === undefined ? null : (side[key] ?? null))
/** The other bill of a channel names its columns as the first does. */
const oursOf = (ours: Side | null, { theirs: inBill, ours: inBooks }: Field): Cell => cellOf(ours, inBooks) ?? cellOf(ours, inBill)
const isSaid = (cell: Cell): boolean => cell !== null && cell !== ''

function differs({ same }: Field, theirs: Cell, ours: Cell): boolean {
  if (same === undefined || !isSaid(theirs) || !isSaid(ours) || typeof theirs === 'object' || typeof ours === 'object') return false
  return theirs !== null && ours !== null && same(theirs) !== same(ours)
}

/** What a page does not know by name yet is shown as the server names it, amounts and times by their endings. */
function unknownLines(theirs: Side | null, ours: Side | null): SideLine[] {
  const names = [...new Set([...Object.keys(theirs ?? {}), ...Object.keys(ours ?? {})])].filter((name) => !KNOWN.has(name))
  return names.map((name) => {
    const kind: CellKind = name.endsWith('Fen') ? 'money' : name.endsWith('AtMs') ? 'time' : Array.isArray(theirs?.[name] ?? ours?.[name]) ? 'list' : 'text'
    const line = { name, known: false, kind, theirs: cellOf(theirs, name), ours: cellOf(ours, name) }
    return { ...line, differs: differs({ name, kind, same: itself }, line.theirs, line.ours) }
  })
}

/** What stands on the two sides: a channel's bill and our records, its two bills, the bank and what it settles, or what should be booked and is. */
export const sidesOf = ({ leg, line }: Pick<DifferenceCase, 'leg' | 'line'>): 'bill' | 'fund' | 'bank' | 'books' =>
  (leg === 1 ? 'bill' : leg === 3 ? 'books' : line === null ? 'bank' : 'fund')

/** Both rows of a difference line by line; what neither side says is left out. The charge that is due stands beside the one that was taken. */
export function sideLines({ theirs, ours, classCode }: Pick<DifferenceCase, 'theirs' | 'ours' | 'classCode'>): SideLine[] {
  const known = FIELDS.map((field): SideLine => {
    const { name, kind } = field
    const isDue = name === 'fee' && ours?.['feeFen'] === undefined
    const line = { name, known: true, kind, theirs: cellOf(theirs, field.theirs), ours: isDue ? cellOf(theirs, 'dueFeeFen') : oursOf(ours, field) }
    const isFee = name === 'fee' && classCode === 'FEE_MISMATCH'
    return { ...line, differs: isFee || (name === 'others' && isSaid(line.ours)) || differs(field, line.theirs, line.ours) }
  })
  return [...known, ...unknownLines(theirs, ours)]
    .filter((line) => (isSaid(line.theirs) || isSaid(line.ours)) && !(line.name === 'prepaidFen' && line.ours === 0))
}
