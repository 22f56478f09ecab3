import { type Result, err, ok } from '#kernel/result.js'
import { isBirthDate } from '../../resident/age-rules.js'
import { phoneOf } from '../../resident/contact-rules.js'
import { isCivilDate } from '../civil-date-rules.js'
import { MEMBER_ROLES, type MemberRole } from '../lease-rules.js'
import { LINE } from '../schemas.js'
import { type ColumnKind, NO, ROLE_NAMES, YES } from './sheet-columns.js'

/** A cell as it was read, whatever the spreadsheet made of it. */
export type RawCell =
  | { readonly kind: 'empty' }
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'number'; readonly number: number }
  /** YYYY-MM-DD. */
  | { readonly kind: 'date'; readonly date: string }
  | { readonly kind: 'formula' }
  | { readonly kind: 'error'; readonly text: string }

export type CellValue = string | number | boolean

export interface CellProblem {
  readonly problem:
    | 'missing' | 'formula' | 'error-cell' | 'slug' | 'characters' | 'too-long' | 'whole' | 'area' | 'yes-no' | 'date' | 'yuan' | 'month' | 'birth-date' | 'role' | 'phone'
  /** What would be right, as far as words can be spared. */
  readonly expected: string
}

const SLUG = /^[a-z0-9][a-z0-9-]{0,31}$/
const TEXT = new RegExp(LINE, 'u')
const DATE = /^(\d{4})(?:-|\/|\.|年)(\d{1,2})(?:-|\/|\.|月)(\d{1,2})日?$/
/** 1234.5, 1,234.50, ¥1234 */
const YUAN = /^[¥￥]?(\d{1,12}|\d{1,3}(?:,\d{3}){1,3})(?:\.(\d{1,2}))?$/
/** 2026-03, 2026/3, 2026年3月, 202603. */
const MONTH = /^(20\d{2})(?:[-/.年]?(0[1-9]|1[0-2])|[-/.年]([1-9]))月?$/
/** A unit smaller than 1 m² or larger than a hectare is a slip of the finger. */
const AREA = { min: 100, max: 1_000_000 }

/** The cell as people see it, for telling them which one is meant. */
export function shown(cell: RawCell): string {
  switch (cell.kind) {
    case 'empty': return ''
    case 'text': return cell.text.slice(0, 64)
    case 'number': return String(cell.number)
    case 'date': return cell.date
    case 'formula': return '='
    case 'error': return cell.text
  }
}

function dateOf(cell: RawCell): string | undefined {
  if (cell.kind === 'date') return cell.date
  const [, year = '', month = '', day = ''] = cell.kind === 'text' ? DATE.exec(cell.text.trim()) ?? [] : []
  const date = `${year}-${month.padStart(2, '0')}-${day.padStart(2, '0')}`
  return isCivilDate(date) ? date : undefined
}

function numberOf(cell: RawCell): number | undefined {
  if (cell.kind === 'number') return cell.number
  return cell.kind === 'text' && /^-?\d{1,9}(\.\d{1,9})?$/.test(cell.text.trim()) ? Number(cell.text.trim()) : undefined
}

function readText(cell: RawCell, charsMax: number): Result<string, CellProblem> {
  const text = cell.kind === 'text' ? cell.text.trim() : shown(cell)
  if ([...text].length > charsMax) return err({ problem: 'too-long', expected: `≤ ${charsMax}` })
  return TEXT.test(text) ? ok(text) : err({ problem: 'characters', expected: '' })
}

/** Hundredths as people mean them: 45.12 is 4512 whatever binary makes of it. */
function readArea(cell: RawCell): Result<number, CellProblem> {
  const number = numberOf(cell)
  const hundredths = number === undefined ? Number.NaN : Math.round(number * 100)
  const exact = number !== undefined && Math.abs(number * 100 - hundredths) < 1e-6
  return exact && hundredths >= AREA.min && hundredths <= AREA.max ? ok(hundredths) : err({ problem: 'area', expected: '1.00–10000.00' })
}

/** Whole fen: a number that a spreadsheet computed may be off by what binary makes of it, and by no more. */
function readYuan(cell: RawCell, maxFen: number): Result<number, CellProblem> {
  const [, whole, digits = ''] = cell.kind === 'text' ? YUAN.exec(cell.text.trim()) ?? [] : []
  const fen = cell.kind === 'number' ? Math.round(cell.number * 100) : whole === undefined ? Number.NaN : Number(whole.replaceAll(',', '')) * 100 + Number(digits.padEnd(2, '0'))
  const exact = cell.kind !== 'number' || Math.abs(cell.number * 100 - fen) < 1e-6
  return exact && fen >= 0 && fen <= maxFen ? ok(fen) : err({ problem: 'yuan', expected: `0.00–${(maxFen / 100).toFixed(2)}` })
}

function monthOf(cell: RawCell): string | undefined {
  if (cell.kind === 'date') return cell.date.slice(0, 7)
  const [, year, two, one] = MONTH.exec(shown(cell).trim()) ?? []
  return year === undefined ? undefined : `${year}-${two ?? `0${String(one)}`}`
}

const roleOf = (name: string): MemberRole | undefined => MEMBER_ROLES.find((role) => ROLE_NAMES[role] === name)

/** What a cell of this kind says. @param nowMs for birth dates, which lie in the past */
export function readCell(cell: RawCell, kind: ColumnKind, nowMs: number): Result<CellValue, CellProblem> {
  if (cell.kind === 'empty') return err({ problem: 'missing', expected: '' })
  if (cell.kind === 'formula') return err({ problem: 'formula', expected: '' })
  if (cell.kind === 'error') return err({ problem: 'error-cell', expected: '' })
  switch (kind.is) {
    case 'slug': {
      const slug = shown(cell).trim()
      return SLUG.test(slug) ? ok(slug) : err({ problem: 'slug', expected: 'a-z 0-9 -' })
    }
    case 'text': return readText(cell, kind.charsMax)
    case 'whole': {
      const number = numberOf(cell)
      const fits = number !== undefined && Number.isInteger(number) && number >= kind.min && number <= kind.max
      return fits ? ok(number) : err({ problem: 'whole', expected: `${kind.min}–${kind.max}` })
    }
    case 'area': return readArea(cell)
    case 'yes-no': {
      const answer = shown(cell).trim()
      return answer === YES || answer === NO ? ok(answer === YES) : err({ problem: 'yes-no', expected: `${YES} / ${NO}` })
    }
    case 'date': {
      const date = dateOf(cell)
      return date === undefined ? err({ problem: 'date', expected: 'YYYY-MM-DD' }) : ok(date)
    }
    case 'yuan': return readYuan(cell, kind.maxFen)
    case 'month': {
      const month = monthOf(cell)
      return month === undefined ? err({ problem: 'month', expected: 'YYYY-MM' }) : ok(month)
    }
    case 'birth-date': {
      const date = dateOf(cell)
      return date !== undefined && isBirthDate(date, nowMs) ? ok(date) : err({ problem: 'birth-date', expected: 'YYYY-MM-DD' })
    }
    case 'role': {
      const role = roleOf(shown(cell).trim())
      return role === undefined ? err({ problem: 'role', expected: Object.values(ROLE_NAMES).join(' / ') }) : ok(role)
    }
    case 'phone': {
      const phone = phoneOf(shown(cell))
      return phone === undefined ? err({ problem: 'phone', expected: '13800138000' }) : ok(phone)
    }
  }
}
