import { type Order, type OrderKind } from '#contract/sync-orders.js'

const SECOND_MS = 1_000
const DAY_MS = 86_400_000

/**
 * How long each kind is worth carrying out. Somebody stands before a door now: an opening that comes late would let in
 * whoever stands there then.
 */
export const ORDER_VALID_MS: Readonly<Record<OrderKind, number>> = {
  'open-door.v1': 10 * SECOND_MS,
  'door-mode.v1': 60 * SECOND_MS,
  'alarm.v1': DAY_MS,
  'revoke-device.v1': 31 * DAY_MS,
  'firmware.v1': 7 * DAY_MS,
  'claim-device.v1': DAY_MS,
}

/** Kinds that a restart of this process makes void: how long it took is not known well enough. */
const FRESH_ONLY: ReadonlySet<OrderKind> = new Set(['open-door.v1', 'door-mode.v1'])

/** The part of an order that times it. */
export interface OrderTimes {
  readonly kind: OrderKind
  /** Life of the process that gave it. */
  readonly life: string
  /** On that life's monotonic clock. */
  readonly deadlineMonoMs: number
  /** By the wall clock: for later lives. */
  readonly expiresAtMs: number
}

export interface Now {
  readonly life: string
  readonly monoMs: number
  readonly wallMs: number
}

/** Milliseconds that are left of an order, at most those it began with; 0 where its time is over. */
export function remainingMs({ kind, life, deadlineMonoMs, expiresAtMs }: OrderTimes, now: Now): number {
  if (life !== now.life && FRESH_ONLY.has(kind)) return 0
  const left = life === now.life ? deadlineMonoMs - now.monoMs : expiresAtMs - now.wallMs
  return Math.min(ORDER_VALID_MS[kind], Math.max(0, Math.floor(left)))
}

/**
 * `waiting`: no gateway fetched it yet. `given`: one did and has not answered. `expired`: nobody fetched it in time, or
 * the gateway says that it came too late: it was not carried out. `unanswered`: fetched, and its time is over without
 * a record; the record may still come. `done`, `refused`, `no-answer`: what the gateway's record says.
 */
export const ORDER_STATES = ['waiting', 'given', 'done', 'refused', 'no-answer', 'expired', 'unanswered'] as const
export type OrderState = (typeof ORDER_STATES)[number]

export function orderState(order: { outcome: string | null; ended: boolean; given: boolean }): OrderState {
  if (order.outcome !== null) return order.outcome as OrderState
  if (order.ended) return order.given ? 'unanswered' : 'expired'
  return order.given ? 'given' : 'waiting'
}

/** True where it may still be carried out. */
export const isPending = (state: OrderState): boolean => state === 'waiting' || state === 'given'

/** The fields of a kind beside those that every order has. */
export type OrderContent<Kind extends OrderKind> = Omit<Extract<Order, { kind: Kind }>, 'kind' | 'orderId' | 'remainingMs' | 'operatorRef'>
export type OrderRequest = { [Kind in OrderKind]: { readonly kind: Kind; readonly content: OrderContent<Kind> } }[OrderKind]

/** What an order is done to: `gate:ID`, `alarm:ID` or `device:ID`. */
export function subjectOf({ content }: OrderRequest): string {
  if ('gateId' in content) return `gate:${content.gateId}`
  return 'alarmId' in content ? `alarm:${content.alarmId}` : `device:${content.deviceId}`
}

/** What is written of an order's content in the audit log: everything but the hash of a code. */
export const auditedContent = ({ content }: OrderRequest): Readonly<Record<string, string | number>> =>
  Object.fromEntries(Object.entries(content).filter(([name]) => name !== 'codeSha256')) as Record<string, string | number>
