import type { RefusalReason, Way } from '#contract/passage-record.js'
import type { AccessLogQuery } from '../../../server/access-log/schemas.js'
import { DAYS, LAST_MS, NEVER, RAREST, estateOf, gateOf, personOf } from './passages.js'

const DAY_MS = 86_400_000

/** What each filter is set to in turn: what is frequent, what is rare, and what never happened. */
const VALUES: { readonly [Name in keyof AccessLogQuery]?: ReadonlyArray<Partial<AccessLogQuery>> } = {
  estateId: [{ estateId: estateOf(0) }, { estateId: estateOf(10) }],
  gateId: [{ gateId: gateOf(0) }, { gateId: 'gate-99' }],
  fromMs: [
    { fromMs: LAST_MS - DAY_MS }, { fromMs: LAST_MS - DAYS * DAY_MS, toMs: LAST_MS - (DAYS - 30) * DAY_MS }, { fromMs: LAST_MS - 90 * DAY_MS, toMs: LAST_MS - 90 * DAY_MS + 1_000 },
  ],
  personRef: [{ personRef: personOf(0, 7) }, { personRef: personOf(99, 1) }],
  way: [{ way: 'face' }, { way: 'remote' }].map(({ way }) => ({ way: way as Way })),
  result: [{ result: 'granted' }, { result: 'refused' }],
  reason: ['not-recognised', RAREST, NEVER].map((reason) => ({ reason: reason as RefusalReason })),
}
const NAMES = Object.keys(VALUES) as Array<keyof typeof VALUES>

export interface Combination {
  /** The filters that are set, `time` for both times. */
  readonly name: string
  readonly queries: readonly AccessLogQuery[]
}

const product = (lists: ReadonlyArray<ReadonlyArray<Partial<AccessLogQuery>>>): AccessLogQuery[] =>
  lists.reduce<AccessLogQuery[]>((queries, values) => queries.flatMap((query) => values.map((value) => ({ ...query, ...value }))), [{}])

/** Every set of filters there is, each with every mix of its values. */
export const combinations = (): Combination[] => Array.from({ length: 2 ** NAMES.length }, (_, bits) => {
  const names = NAMES.filter((_name, index) => (bits & (1 << index)) !== 0)
  const shown = names.map((name) => ({ estateId: 'estate', gateId: 'gate', fromMs: 'time', personRef: 'person' })[name as string] ?? name)
  return { name: shown.join(' + ') || 'none', queries: product(names.map((name) => VALUES[name] ?? [])) }
})
