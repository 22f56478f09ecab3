import type { DoorCommandV1, DoorModeV1 } from '#contract/device-messages.js'
import type { PassageV2 } from '#contract/passage-record.js'
import type { RecordBody } from '#contract/sync-records.js'
import type { Timeline } from './engine/timeline.js'

/** What is good for at most so long. */
export interface Patience {
  readonly commandValidityMs: number
  readonly orderValidityMs: number
}

/** Invariant I3: judges every command that is sent or carried out, by true time. */
export interface OpeningJudge {
  /** A record was committed. */
  learn(body: RecordBody): void
  sent(commandId: string): void
  executed(controllerId: string, command: DoorCommandV1 | DoorModeV1, bootId: string): void
  /** Somebody was seen, or presented something. */
  captured(seenId: string): void
  /** The gateway heard of it. */
  arrived(seenId: string): void
  ordered(operatorRef: string): void
  /** Doors that commands opened. */
  opened(): number
}

/** What quartz and rounding may add. */
const SLACK_MS = 50
/** What a frame may be on its way before the gateway hears of it: only the camera's own clock could tell, and that may not be known yet. */
const TRANSPORT_MS_MAX = 4_000

export function createOpeningJudge(deps: { timeline: Timeline; patience: Patience; violate: (what: string) => void }): OpeningJudge {
  const { timeline, patience, violate } = deps
  const passageOf = new Map<string, string>()
  const passages = new Map<string, PassageV2>()
  const executed = new Set<string>()
  const usedOrders = new Set<string>()
  const times = { captured: new Map<string, number>(), arrived: new Map<string, number>(), ordered: new Map<string, number>() }
  let opened = 0

  const within = (what: string, sinceMs: number | undefined, limitMs: number): void => {
    if (sinceMs === undefined) return
    const tookMs = timeline.nowMs() - sinceMs
    if (tookMs > limitMs + SLACK_MS) violate(`a door opened ${Math.round(tookMs)} ms after ${what}, at most ${limitMs}`)
  }
  /** A command moved a relay: there must be a committed grant behind it that is young enough. */
  const judge = ({ commandId }: DoorCommandV1): void => {
    opened += 1
    const passage = passages.get(passageOf.get(commandId) ?? '')
    if (passage === undefined) return violate(`command ${commandId} opened a door, and no grant was ever committed`)
    const { result, seenId, way, operatorRef } = passage
    if (result !== 'granted') violate(`command ${commandId} opened a door for a refusal`)
    if (seenId !== null) {
      within('its frame or presentation arrived', times.arrived.get(seenId), patience.commandValidityMs)
      within('its frame was taken', times.captured.get(seenId), patience.commandValidityMs + TRANSPORT_MS_MAX)
    }
    if (way !== 'remote' || operatorRef === null) return
    within('its order was given', times.ordered.get(operatorRef), patience.orderValidityMs + patience.commandValidityMs)
    if (usedOrders.has(operatorRef)) violate(`the order of ${operatorRef} opened a door twice`)
    usedOrders.add(operatorRef)
  }
  return {
    learn(body) {
      if (body.kind === 'door-command.v1') passageOf.set(body.commandId, body.passageId)
      if (body.kind === 'passage.v2') passages.set(body.passageId, body)
    },
    sent(commandId) {
      if (!passageOf.has(commandId)) violate(`command ${commandId} was sent before its grant was committed`)
    },
    executed(controllerId, command, bootId) {
      const { commandId } = command
      if (executed.has(commandId)) violate(`${controllerId} carried out command ${commandId} twice`)
      executed.add(commandId)
      if (command.bootId !== bootId) violate(`${controllerId} carried out a command for another boot`)
      if ('action' in command) judge(command)
    },
    captured: (seenId) => void times.captured.set(seenId, timeline.nowMs()),
    arrived(seenId) {
      if (!times.arrived.has(seenId)) times.arrived.set(seenId, timeline.nowMs())
    },
    ordered: (operatorRef) => void times.ordered.set(operatorRef, timeline.nowMs()),
    opened: () => opened,
  }
}
