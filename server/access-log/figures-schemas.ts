import { Type, type Static } from 'typebox'
import { WAYS } from '#contract/passage-record.js'
import { Closed, Slug, WallMs } from '#contract/wire-types.js'

const OrNull = <T extends Parameters<typeof Type.Union>[0][number]>(schema: T) => Type.Union([schema, Type.Null()])
const words = <Word extends string>(...all: readonly Word[]) => Type.Unsafe<Word>(Type.Union(all.map((word) => Type.Literal(word))))
const Counts = { granted: Type.Integer(), refused: Type.Integer() }
const NumberOrNull = OrNull(Type.Number())

/** Passages in figures; the same that the charts show and the workbook has. */
export const PassageFigures = Closed({
  fromMs: Type.Integer(), toMs: Type.Integer({ description: 'The first moment after the last day' }),
  hours: Type.Array(Closed({ hour: Type.Integer({ description: 'Of the day in Jiangmen, 0 to 23' }), ...Counts })),
  days: Type.Array(Closed({ dayStartMs: Type.Integer(), ...Counts })),
  reasons: Type.Array(Closed({ reason: Type.String(), passages: Type.Integer() })),
  ways: Type.Array(Closed({
    way: words(...WAYS), granted: Type.Integer(), failed: Type.Integer({ description: 'Refused for a reason that lies in the way' }),
    refused: Type.Integer({ description: 'Refused for what its user may not do' }), failureRate: NumberOrNull, attemptsMean: NumberOrNull,
    waits: Type.Integer({ description: 'Passages whose wait is known' }), waitMedianMs: NumberOrNull, waitP95Ms: NumberOrNull,
  })),
  warnings: Type.Array(Closed({ way: words(...WAYS), about: words('wait', 'failure'), own: Type.Number(), face: Type.Number() })),
})
export type PassageFigures = Static<typeof PassageFigures>

export const LANGUAGES = ['zh-CN', 'en'] as const
export type Language = (typeof LANGUAGES)[number]
const span = { estateId: Type.Optional(Slug), fromMs: WallMs, toMs: WallMs }
export const FigureQuery = Closed(span)
export const FigureBookQuery = Closed({ ...span, language: Type.Optional(words(...LANGUAGES)) })
