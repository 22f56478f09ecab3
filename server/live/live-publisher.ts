import type { RecordBody } from '#contract/sync-records.js'
import type { CancelTimer, Clock } from '#kernel/clock.js'
import type { Logger } from '#kernel/log.js'
import { DEVICE_RECORDS } from '../device/device-rules.js'
import type { CommitListener } from '../sync/ingest-service.js'
import type { Origin } from '../sync/record-place.js'
import type { LiveHub } from './live-hub.js'
import { type Round, type RoundRunner, SHOWN_PER_ROUND_MAX, type SentTexts, emptyRound } from './live-round.js'

/** Rounds of one estate begin at least so far apart: a stream of uploads costs a few queries a second, not one each. */
const ROUND_MS = 250
/** A backlog counts as over after this quiet; readers are told then, and once. */
const BACKLOG_QUIET_MS = 2_000

const DEVICE_KINDS: ReadonlySet<string> = new Set(DEVICE_RECORDS)

export interface LivePublisherDeps {
  readonly hub: LiveHub
  readonly runRound: RoundRunner
  readonly clock: Clock
  readonly log: Logger
}

export interface LivePublisher {
  /** Records were committed. */
  readonly committed: CommitListener
  /** A gateway was heard of. */
  contacted(origin: Origin): void
  /** Orders to a gateway were given, fetched, or ended. */
  ordersChanged(gateway: Origin, orderIds: readonly string[]): void
  /** Ends after the rounds under way. */
  stop(): Promise<void>
}

interface EstateState {
  pending: Round
  /** The round under way and the pause after it. */
  running: Promise<void> | undefined
  cancel: CancelTimer
  cancelBacklog: CancelTimer
  readonly sent: SentTexts
}

/** One above the bound says all that more would. */
const note = (ids: Set<string>, id: string): void => {
  if (ids.size <= SHOWN_PER_ROUND_MAX) ids.add(id)
}

/** Notes what a record changes of what is shown. */
function noteRecord({ passageIds, alarmIds, orderIds, deviceIds }: Round, body: RecordBody): void {
  if (body.kind === 'passage.v2' || body.kind === 'command-outcome.v1') note(passageIds, body.passageId)
  if (body.kind === 'alarm.v1') note(alarmIds, body.alarmId)
  if (body.kind === 'order-result.v1') note(orderIds, body.orderId)
  if (DEVICE_KINDS.has(body.kind) && 'deviceId' in body && body.deviceId !== null) note(deviceIds, body.deviceId)
}

/** Makes live events of what was committed, beside the commit: it neither waits for readers nor fails with them. */
export function createLivePublisher(deps: LivePublisherDeps): LivePublisher {
  const { hub, clock } = deps
  const estates = new Map<string, EstateState>()
  let stopped = false

  const stateOf = (estateId: string): EstateState => {
    const state = estates.get(estateId) ?? { pending: emptyRound(), running: undefined, cancel: () => {}, cancelBacklog: () => {}, sent: new Map() }
    estates.set(estateId, state)
    return state
  }
  const run = async (estateId: string, state: EstateState, round: Round): Promise<void> => {
    try {
      if (!await deps.runRound(estateId, round, state.sent)) return
      state.cancelBacklog()
      state.cancelBacklog = clock.after(BACKLOG_QUIET_MS, () => hub.overflow(estateId))
    } catch (error) {
      deps.log.error({ err: error, estateId }, 'live view: a round was lost')
      hub.overflow(estateId)
    }
  }
  const begin = (estateId: string, state: EstateState): void => {
    if (state.running !== undefined || stopped) return
    const round = state.pending
    state.pending = emptyRound()
    state.running = run(estateId, state, round).then(() => {
      state.cancel = clock.after(ROUND_MS, () => {
        state.running = undefined
        if (state.pending.gatewayIds.size > 0) begin(estateId, state)
      })
    })
  }

  return {
    committed({ estateId, gatewayId }, records) {
      const state = stateOf(estateId)
      state.pending.gatewayIds.add(gatewayId)
      for (const { body } of records) noteRecord(state.pending, body)
      begin(estateId, state)
    },
    contacted({ estateId, gatewayId }) {
      const state = stateOf(estateId)
      state.pending.gatewayIds.add(gatewayId)
      begin(estateId, state)
    },
    ordersChanged({ estateId, gatewayId }, orderIds) {
      const state = stateOf(estateId)
      state.pending.gatewayIds.add(gatewayId)
      for (const orderId of orderIds) note(state.pending.orderIds, orderId)
      begin(estateId, state)
    },
    async stop() {
      stopped = true
      await Promise.all([...estates.values()].map((state) => state.running))
      for (const state of estates.values()) {
        state.cancel()
        state.cancelBacklog()
      }
    },
  }
}
