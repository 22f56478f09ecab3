import { Type, type Static } from 'typebox'
import { Closed, Slug, UuidText } from '#contract/wire-types.js'
import { CLOCK_FINDINGS } from './clock-watch.js'

export const Range = Closed({ from: Type.Integer(), to: Type.Integer() })
export const IntegerOrNull = Type.Union([Type.Integer(), Type.Null()])
const Count = Type.Integer({ minimum: 0 })
const oneOf = <const T extends readonly string[]>(...values: T) => Type.Unsafe<T[number]>(Type.Union(values.map((value) => Type.Literal(value))))

const EpochProof = Closed({
  epoch: Type.Integer(),
  verdict: oneOf('whole', 'incomplete', 'tampered'),
  records: Type.Integer({ description: 'Rows that were read and recomputed' }),
  stored: Type.Array(Range), storedCount: Count,
  headSeq: Type.Integer({ description: 'Highest record that the gateway signed for' }),
  missing: Type.Array(Range, { description: 'Signed for and never received' }), missingCount: Count,
  removed: Type.Array(Range, { description: 'Received once and no longer here' }), removedCount: Count,
  added: Type.Array(Range, { description: 'Here and never received' }), addedCount: Count,
  duplicates: Count,
  chain: oneOf('verified', 'broken'), brokenAtSeq: IntegerOrNull,
  refusedAtSeq: Type.Union([Type.Integer(), Type.Null()], { description: 'First place at which an upload did not fit what was here' }),
  head: oneOf('verified', 'forged', 'absent'),
  startFollows: Type.Boolean({ description: 'The epoch begins where the one before it ended' }),
})

/** What was proved of one gateway's log by reading all of it. Ranges and stretches are the first of them; counts are of all. */
export const GatewayProof = Closed({
  gatewayId: UuidText, estateId: Slug, name: Type.String(), verdict: oneOf('whole', 'incomplete', 'tampered'),
  epochs: Type.Array(EpochProof),
  clock: Type.Array(Closed({
    epoch: Type.Integer(), from: Type.Integer(), to: Type.Integer(), cause: oneOf(...CLOCK_FINDINGS), offMs: Type.Integer(),
  }), { description: 'Stretches of records whose time cannot be right' }),
  clockCount: Count,
  tookMs: Type.Integer(),
})
export type GatewayProof = Static<typeof GatewayProof>
