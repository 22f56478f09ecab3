import type { AccessLogItem, ConsentDetail, Gate, GatewayIntegrity, Person } from '../../../server/web/kit/api/types.js'
import type { World } from './world.js'

type User = World['users'][number]

export const covers = (user: User, estateId: string): boolean => user.grants.some((grant) => grant.estateId === '*' || grant.estateId === estateId)

export const gatesFor = (world: World, user: User, estateId: string | null): Gate[] =>
  world.gates.filter((gate) => covers(user, gate.estateId) && (estateId === null || gate.estateId === estateId))

export const gatewaysFor = (world: World, user: User, nowMs: number): GatewayIntegrity[] =>
  world.gateways.filter((gateway) => covers(user, gateway.estateId))
    .map((gateway) => (world.silent.has(gateway.gatewayId) ? gateway : { ...gateway, lastContactAtMs: nowMs - 2_000 }))

const TEXTS = ['estateId', 'gateId', 'way', 'result', 'reason', 'personRef'] as const

/** Newest first, paged by the place of the last row. */
export function passagesFor(world: World, user: User, query: URLSearchParams): { items: AccessLogItem[]; older: string | null } {
  const limit = Number(query.get('limit') ?? 50)
  const fromMs = Number(query.get('fromMs') ?? 0)
  const toMs = Number(query.get('toMs') ?? Number.MAX_SAFE_INTEGER)
  const [beforeMs, beforeId] = (query.get('before') ?? '').split('~')
  const found = world.passages
    .filter((item) => covers(user, item.estateId) && TEXTS.every((name) => query.get(name) === null || query.get(name) === item[name]))
    .filter((item) => item.occurredAtMs >= fromMs && item.occurredAtMs < toMs)
    .sort((a, b) => b.occurredAtMs - a.occurredAtMs || (a.passageId < b.passageId ? 1 : -1))
    .filter((item) => !beforeMs || item.occurredAtMs < Number(beforeMs) || (item.occurredAtMs === Number(beforeMs) && item.passageId < String(beforeId)))
  const items = found.slice(0, limit)
  const last = items.at(-1)
  return { items, older: found.length > limit && last !== undefined ? `${last.occurredAtMs}~${last.passageId}` : null }
}

export function personsFor(world: World, user: User, query: URLSearchParams): { persons: Person[]; next: string | null } {
  const limit = Number(query.get('limit') ?? 50)
  const from = Number(query.get('after') ?? 0)
  const q = query.get('q') ?? ''
  const estateId = query.get('estateId')
  const found = world.persons
    .filter((person) => covers(user, person.estateId) && (estateId === null || person.estateId === estateId))
    .filter((person) => person.displayName.includes(q) || person.unitLabel.startsWith(q))
  return { persons: found.slice(from, from + limit), next: found.length > from + limit ? String(from + limit) : null }
}

export const withdrawn = (consent: ConsentDetail, nowMs: number): ConsentDetail => ({ ...consent, endedAtMs: nowMs, endCause: 'withdrawn' })
