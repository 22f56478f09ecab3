import type { EpochState, GatewayIntegrity, SeqRange } from '../../kit/api/types.js'
import { type Phrase, phrase } from '../../kit/words/phrase.js'

/** A gateway contacts the server every few seconds; after this silence its uplink is down. */
export const CONTACT_LOST_MS = 60_000

export type Uplink = 'up' | 'down' | 'never'

export function uplinkOf(gateway: GatewayIntegrity, nowMs: number): Uplink {
  if (gateway.lastContactAtMs === null) return 'never'
  return nowMs - gateway.lastContactAtMs > CONTACT_LOST_MS ? 'down' : 'up'
}

/** From bad to good. */
export const INTEGRITY_STATES = ['broken', 'missing', 'receiving', 'empty', 'complete'] as const
export type IntegrityState = (typeof INTEGRITY_STATES)[number]

export function epochIntegrity(epoch: EpochState): IntegrityState {
  if (epoch.chain === 'broken') return 'broken'
  if (epoch.missing.length > 0) return 'missing'
  if (epoch.headSeq > epoch.contiguousSeq) return 'receiving'
  return epoch.contiguousSeq === 0 ? 'empty' : 'complete'
}

/** The worst of the epochs; an empty one says nothing where another has records. */
export function gatewayIntegrity(gateway: GatewayIntegrity): IntegrityState {
  const states = new Set(gateway.epochs.map(epochIntegrity))
  if (states.has('complete')) states.delete('empty')
  return INTEGRITY_STATES.find((state) => states.has(state)) ?? 'empty'
}

const rangeCount = (ranges: readonly SeqRange[]): number => ranges.reduce((sum, range) => sum + range.to - range.from + 1, 0)

/** Records of the gateway that the server holds for certain: all before the first gap of each epoch. */
export const recordCount = (gateway: GatewayIntegrity): number => gateway.epochs.reduce((sum, epoch) => sum + epoch.contiguousSeq, 0)

/** Records that the gateway signed for and the server does not have. */
export const waitingCount = (gateway: GatewayIntegrity): number =>
  gateway.epochs.reduce((sum, epoch) => sum + (epoch.missing.length > 0 ? rangeCount(epoch.missing) : Math.max(0, epoch.headSeq - epoch.contiguousSeq)), 0)

/** Ranges that are named; more would not be read. */
const RANGES_NAMED = 5

/** How the reader's language writes numbers and lists. */
export interface Writer {
  readonly number: (value: number) => string
  readonly list: (items: readonly string[]) => string
}

/** `1,201…1,240、1,300` */
export function rangesText(ranges: readonly SeqRange[], writer: Writer): string {
  const named = ranges.slice(0, RANGES_NAMED).map(({ from, to }) => (from === to ? writer.number(from) : `${writer.number(from)}…${writer.number(to)}`))
  return writer.list(ranges.length > RANGES_NAMED ? [...named, '…'] : named)
}

/** What is proved about one epoch, in sentences: the good part first, then what is not well. */
export function epochSentences(epoch: EpochState, writer: Writer): Phrase[] {
  const state = epochIntegrity(epoch)
  const duplicates = epoch.duplicates > 0 ? phrase('integrity.duplicates', { count: epoch.duplicates }) : phrase('integrity.noDuplicates')
  if (state === 'complete') return [phrase('integrity.complete', { to: epoch.contiguousSeq, duplicates })]
  const sentences: Phrase[] = []
  if (epoch.contiguousSeq > 0) sentences.push(phrase('integrity.missingAfter', { to: epoch.contiguousSeq, duplicates }))
  if (epoch.missing.length > 0) {
    sentences.push(phrase('integrity.missing', { ranges: rangesText(epoch.missing, writer), count: rangeCount(epoch.missing) }))
  } else if (epoch.headSeq > epoch.contiguousSeq) {
    sentences.push(phrase('integrity.waiting', { count: epoch.headSeq - epoch.contiguousSeq, head: epoch.headSeq }))
  }
  if (epoch.chain === 'broken') sentences.push(phrase('integrity.broken', { seq: epoch.brokenAtSeq ?? epoch.contiguousSeq + 1 }))
  return sentences.length > 0 ? sentences : [phrase('integrity.empty')]
}

export interface Verdict {
  readonly tone: 'good' | 'warn' | 'danger' | 'calm'
  readonly words: Phrase
}

/** What can be said of all gateways together; no more than is proved: a silent one is whole only up to its silence. */
export function verdictOf(gateways: readonly GatewayIntegrity[], nowMs: number): Verdict {
  const states = gateways.map(gatewayIntegrity)
  const bad = states.filter((state) => state === 'missing' || state === 'broken').length
  if (bad > 0) return { tone: states.includes('broken') ? 'danger' : 'warn', words: phrase('integrity.notAll', { bad, count: gateways.length }) }
  if (states.every((state) => state === 'empty')) return { tone: 'calm', words: phrase('integrity.noneYet') }
  const silent = gateways.filter((gateway) => uplinkOf(gateway, nowMs) !== 'up').length
  if (silent > 0) return { tone: 'warn', words: phrase('integrity.goodSoFar', { count: silent }) }
  return { tone: 'good', words: phrase('integrity.allGood', { count: gateways.length }) }
}

export interface BarPart {
  readonly kind: 'held' | 'missing' | 'waiting'
  /** Share of 1…head, 0 to 1. */
  readonly share: number
}

/** The epoch as a bar: held, missing and awaited parts in order. Small gaps stay visible (one part in two hundred). */
export function epochBar(epoch: EpochState): BarPart[] {
  const head = Math.max(epoch.headSeq, epoch.contiguousSeq, ...epoch.missing.map((range) => range.to))
  if (head === 0) return []
  const parts: Array<{ kind: BarPart['kind']; count: number }> = []
  const add = (kind: BarPart['kind'], count: number): void => { if (count > 0) parts.push({ kind, count }) }
  let at = 0
  for (const { from, to } of epoch.missing) {
    add('held', from - 1 - at)
    add('missing', to - from + 1)
    at = to
  }
  if (epoch.missing.length === 0) {
    add('held', epoch.contiguousSeq)
    at = epoch.contiguousSeq
    add('waiting', head - at)
  } else add('held', head - at)
  const shares = parts.map(({ kind, count }) => ({ kind, share: Math.max(count / head, 1 / 200) }))
  const sum = shares.reduce((total, part) => total + part.share, 0)
  return shares.map(({ kind, share }) => ({ kind, share: share / sum }))
}

/** Gateways by what must be seen first: by state, then the one that was silent longest. */
export const byUrgency = (gateways: readonly GatewayIntegrity[]): GatewayIntegrity[] =>
  [...gateways].sort((a, b) =>
    INTEGRITY_STATES.indexOf(gatewayIntegrity(a)) - INTEGRITY_STATES.indexOf(gatewayIntegrity(b)) || a.name.localeCompare(b.name, 'zh-CN', { numeric: true }))

/** The list with one gateway renewed in its place. */
export function withGateway(gateways: readonly GatewayIntegrity[], gateway: GatewayIntegrity): GatewayIntegrity[] {
  const at = gateways.findIndex((other) => other.gatewayId === gateway.gatewayId)
  return at < 0 ? [...gateways, gateway] : gateways.with(at, gateway)
}
