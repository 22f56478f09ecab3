import { Type } from 'typebox'
import { Closed, Slug, UuidText } from '#contract/wire-types.js'
import { TIERS } from '../billing/rent-terms.js'
import { EXPORT_STATES } from './export-repository.js'
import { FOUND_BY } from './household-search.js'
import { LANGUAGES } from './report-sheets.js'
import { DIMENSIONS, PEOPLE_REPORTS, REPORTS } from './report-table.js'

const OrNull = <T extends Parameters<typeof Type.Union>[0][number]>(schema: T) => Type.Union([schema, Type.Null()])
const Month = Type.String({ pattern: '^20\\d{2}-(0[1-9]|1[0-2])$', description: 'YYYY-MM' })
const Fields = {
  estateId: Type.Optional(Slug), buildingId: Type.Optional(UuidText), tier: Type.Optional(Type.Enum(TIERS)), fromMonth: Type.Optional(Month), untilMonth: Type.Optional(Month),
  minMonths: Type.Optional(Type.Integer({ minimum: 1, maximum: 1_200 })), householdId: Type.Optional(UuidText),
  year: Type.Optional(Type.String({ pattern: '^20\\d{2}$', description: 'YYYY, of the yearly figures' })),
}

/** The dimensions as one word: `estate,month`. */
export const ReportQuery = Closed({ ...Fields, by: Type.Optional(Type.String({ pattern: `^(${DIMENSIONS.join('|')})(,(${DIMENSIONS.join('|')})){0,3}$` })) })
const Filter = Closed({ ...Fields, by: Type.Optional(Type.Array(Type.Enum(DIMENSIONS), { maxItems: 4 })) })
export const BookBody = Closed({ filter: Filter, language: Type.Optional(Type.Enum(LANGUAGES)) })

export const SearchQuery = Closed({ estateId: Type.Optional(Slug), text: Type.String({ minLength: 1, maxLength: 64 }) })
export const SearchAnswer = Closed({
  items: Type.Array(Closed({
    householdId: Type.String(), estateId: Type.String(), householdNo: Type.String(), unitLabel: Type.String(), name: Type.String({ description: 'Of the head, masked' }),
    by: Type.Enum(FOUND_BY, { description: 'What of it the text is' }),
  })),
})

export const ReportAnswer = Closed({
  report: Type.Enum(REPORTS),
  columns: Type.Array(Closed({ key: Type.String(), unit: Type.String({ description: 'text | code | fen | count | ppm (parts per million) | date | month' }) })),
  rows: Type.Array(Closed({
    cells: Type.Array(Type.Union([Type.String(), Type.Integer(), Type.Null()])),
    link: Closed({
      estateId: Type.Optional(Type.String()), buildingId: Type.Optional(Type.String()), tier: Type.Optional(Type.String()), month: Type.Optional(Type.String()),
      householdId: Type.Optional(Type.String()), billId: Type.Optional(Type.String()),
    }),
  })),
  totals: Type.Array(Type.Union([Type.String(), Type.Integer(), Type.Null()])),
})

export const NamesBody = Closed({
  estateId: Slug, report: Type.Enum(PEOPLE_REPORTS), filter: Filter,
  reason: Type.String({ minLength: 4, maxLength: 200, description: 'Why names are needed; stands in the audit log and on the sheet' }),
})
export const NamesMade = Closed({ exportId: UuidText })
export const NamesParams = Closed({ exportId: UuidText })
export const NamesDecision = Closed({ decision: Type.Union([Type.Literal('approve'), Type.Literal('reject')]) })
export const NamesTake = Closed({ language: Type.Optional(Type.Enum(LANGUAGES)) })
export const NamesList = Closed({
  items: Type.Array(Closed({
    exportId: UuidText, estateId: Type.String(), report: Type.String(), filter: Type.String(), reason: Type.String(), state: Type.Enum(EXPORT_STATES), requestedBy: Type.String(),
    requestedAtMs: Type.Integer(), decidedBy: OrNull(Type.String()), decidedAtMs: OrNull(Type.Integer()), endsAtMs: Type.Integer(), takenAtMs: OrNull(Type.Integer()),
  })),
})
export const Done = Closed({ done: Type.Literal(true) })
