import { schemaError } from '#contract/codec.js'
import { ORDER_SCHEMAS, type Order, type OrderKind, type StrangeOrder } from '#contract/sync-orders.js'
import { UuidText } from '#contract/wire-types.js'

const KIND_CHARS_MAX = 64

/** What the server asks for, as far as this gateway understands it. */
export interface ReadOrders {
  readonly orders: readonly Order[]
  readonly strange?: readonly StrangeOrder[]
}

const isKnown = (kind: unknown): kind is OrderKind => typeof kind === 'string' && Object.hasOwn(ORDER_SCHEMAS, kind)

/** One order at a time: what cannot be read is told apart from the others, and holds none of them up. */
export function readOrders(items: readonly unknown[]): Required<ReadOrders> {
  const orders: Order[] = []
  const strange: StrangeOrder[] = []
  for (const item of items) {
    const { kind, orderId } = (typeof item === 'object' && item !== null ? item : {}) as { kind?: unknown; orderId?: unknown }
    if (isKnown(kind) && schemaError(ORDER_SCHEMAS[kind], item) === undefined) orders.push(item as Order)
    else {
      strange.push({
        orderId: schemaError(UuidText, orderId) === undefined ? (orderId as string) : null,
        kind: String(kind).slice(0, KIND_CHARS_MAX), reason: isKnown(kind) ? 'malformed' : 'unknown-kind',
      })
    }
  }
  return { orders, strange }
}
