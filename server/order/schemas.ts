import { Type, type Static } from 'typebox'
import { DOOR_MODES } from '#contract/device-messages.js'
import { OVERRIDE_REASONS } from '#contract/passage-record.js'
import { ORDER_SCHEMAS, type OrderKind } from '#contract/sync-orders.js'
import { Closed, Slug, UuidText, WallMs } from '#contract/wire-types.js'
import { ORDER_STATES } from './order-rules.js'

const OrNull = <T extends Parameters<typeof Type.Union>[0][number]>(schema: T) => Type.Union([schema, Type.Null()])
const words = <Word extends string>(...all: readonly Word[]) => Type.Unsafe<Word>(Type.Union(all.map((word) => Type.Literal(word))))

/** An order and what became of it. */
export const OrderView = Closed({
  orderId: UuidText, estateId: Slug, gatewayId: UuidText, kind: words(...Object.keys(ORDER_SCHEMAS) as OrderKind[]),
  subject: Type.String({ description: '`gate:ID`, `alarm:ID` or `device:ID`' }),
  content: Type.Record(Type.String(), Type.Union([Type.String(), Type.Number()])),
  note: OrNull(Type.String()), operatorRef: UuidText, operatorName: OrNull(Type.String()),
  state: words(...ORDER_STATES), outcomeReason: OrNull(Type.String()),
  createdAtMs: Type.Integer(), expiresAtMs: Type.Integer(), givenAtMs: OrNull(Type.Integer()), settledAtMs: OrNull(Type.Integer()),
})
export type OrderView = Static<typeof OrderView>

export const OrderList = Closed({ orders: Type.Array(OrderView), older: OrNull(Type.String()) })
export const OrderQuery = Closed({
  estateId: Type.Optional(Slug), subject: Type.Optional(Type.String({ maxLength: 60 })),
  before: Type.Optional(Type.String({ maxLength: 200, description: '`older` of the page before' })),
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 200, description: 'Items in a page; 50 without it' })),
})
export const OrderParams = Closed({ orderId: UuidText })
export const OrderPlace = Closed({ atMs: WallMs, orderId: UuidText })

export const GateOrderParams = Closed({ estateId: Slug, gateId: Slug })
/** Free text for colleagues; it stays at the server, apart from the log. */
export const Note = Type.Optional(Type.String({ maxLength: 200 }))
const reason = Type.Enum(OVERRIDE_REASONS)
export const OpenBody = Closed({ reason, note: Note })
export const ModeBody = Closed({ mode: Type.Enum(DOOR_MODES), reason, note: Note })

export const OrdersQuery = Closed({
  waitMs: Type.Optional(Type.Integer({ minimum: 0, maximum: 60_000, description: 'Answer after so long where there is nothing' })),
})
