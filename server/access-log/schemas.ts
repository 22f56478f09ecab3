import { Type, type Static } from 'typebox'
import { COMMAND_REFUSALS } from '#contract/device-messages.js'
import { DIRECTIONS, OVERRIDE_REASONS, PASSAGE_REMARKS, REFUSAL_REASONS, WAYS } from '#contract/passage-record.js'
import { Closed, Slug, UuidText, WallMs } from '#contract/wire-types.js'
import { EXPORT_REASONS } from './export-rules.js'
import { LANGUAGES } from './figures-schemas.js'

const OrNull = <T extends Parameters<typeof Type.Union>[0][number]>(schema: T) => Type.Union([schema, Type.Null()])
const NumberOrNull = OrNull(Type.Number())
const words = <Word extends string>(...all: readonly Word[]) => Type.Unsafe<Word>(Type.Union(all.map((word) => Type.Literal(word))))

const RESULTS = ['granted', 'refused'] as const

/** One passage with what became of its door command. */
export const AccessLogItem = Closed({
  passageId: UuidText, estateId: Slug, gateId: Slug,
  gateName: Type.String({ description: 'The gate\'s id where no such gate is registered' }),
  deviceId: OrNull(Slug), way: words(...WAYS), direction: words(...DIRECTIONS), result: words(...RESULTS), reason: OrNull(words(...REFUSAL_REASONS)),
  remarks: Type.Array(words(...PASSAGE_REMARKS)),
  personRef: OrNull(UuidText),
  personName: OrNull(Type.String({ description: 'Masked for auditors; null for strangers and erased names; a visitor\'s where it was a visitor' })),
  operatorRef: OrNull(UuidText),
  operatorName: OrNull(Type.String({ description: 'Who opened by hand; null also for somebody of the estate\'s desk, whose name is known there' })),
  override: OrNull(words(...OVERRIDE_REASONS)),
  score: NumberOrNull, margin: NumberOrNull, threshold: NumberOrNull, liveness: NumberOrNull,
  gallerySize: OrNull(Type.Integer()),
  ageMs: OrNull(Type.Number({ description: 'Age of what was decided about' })), waitMs: OrNull(Type.Number({ description: 'What the person waited' })),
  attempts: Type.Integer(),
  timings: Type.Record(Type.String(), Type.Number(), { description: 'Milliseconds by stage' }),
  occurredAtMs: Type.Integer(), gatewayId: UuidText, epoch: Type.Integer(), seq: Type.Integer(), permitId: OrNull(UuidText),
  credentialId: OrNull(UuidText), visitId: OrNull(UuidText),
  commandOutcome: OrNull(words('executed', 'refused', 'no-answer')), commandReason: OrNull(words(...COMMAND_REFUSALS)),
  commandLatencyMs: NumberOrNull,
})
export type AccessLogItem = Static<typeof AccessLogItem>

/** What a list, its export and its live events are narrowed to. */
export const PassageConditions = Closed({
  estateId: Type.Optional(Slug), gateId: Type.Optional(Slug), way: Type.Optional(words(...WAYS)),
  result: Type.Optional(words(...RESULTS)), reason: Type.Optional(words(...REFUSAL_REASONS)),
  personRef: Type.Optional(UuidText),
  fromMs: Type.Optional(WallMs), toMs: Type.Optional(WallMs),
})
export type PassageConditions = Static<typeof PassageConditions>
export const AccessLogQuery = Closed({
  ...PassageConditions.properties,
  before: Type.Optional(Type.String({ maxLength: 200, description: '`older` of the page before' })),
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 200, description: 'Items in a page; 50 without it' })),
})
export type AccessLogQuery = Static<typeof AccessLogQuery>

export const AccessLogPage = Closed({ items: Type.Array(AccessLogItem), older: OrNull(Type.String()) })
/** A workbook of passages; with a reason names are in clear where the caller may have them so. */
export const ExportBody = Closed({
  conditions: PassageConditions, reason: Type.Optional(words(...EXPORT_REASONS)), language: Type.Optional(words(...LANGUAGES)),
})
export const PassageParams = Closed({ passageId: UuidText })

/** Where a page ends: a time alone breaks no tie. */
export const LogPlace = Closed({ atMs: WallMs, passageId: UuidText })
export type LogPlace = Static<typeof LogPlace>
