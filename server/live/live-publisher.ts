import type { CancelTimer, Clock } from '#kernel/clock.js'
import type { Logger } from '#kernel/log.js'
import { type AccessLogService, withNameRight } from '../access-log/access-log-service.js'
import type { GateViewService } from '../gate-state/gate-view-service.js'
import type { IntegrityService } from '../integrity/integrity-service.js'
import type { CommitListener } from '../sync/ingest-service.js'
import type { Origin } from '../sync/record-place.js'
import type { LiveHub } from './live-hub.js'

/** Rounds of one estate begin at least so far apart: a stream of uploads costs a few queries a second, not one each. */
const ROUND_MS = 250
/** Passages shown one by one in a round. More is a backlog arriving: readers load it as a list instead. */
export const PASSAGES_PER_ROUND_MAX = 100
/** A backlog counts as over after this quiet; readers are told then, and once. */
const BACKLOG_QUIET_MS = 2_000

export interface LivePublisherDeps {
  readonly hub: LiveHub
  readonly accessLog: AccessLogService
  readonly gates: GateViewService
  readonly integrity: IntegrityService
  readonly clock: Clock
  readonly log: Logger
}

export interface LivePublisher {
  /** Records were committed. */
  readonly committed: CommitListener
  /** A gateway was heard of. */
  contacted(origin: Origin): void
  /** Ends after the rounds under way. */
  stop(): Promise<void>
}

interface Round {
  /** Passages that are new or whose command came to an end. */
  readonly passageIds: Set<string>
  readonly gatewayIds: Set<string>
}

interface EstateState {
  pending: Round
  /** The round under way; undefined once its pause is over. */
  running: Promise<void> | undefined
  cancel: CancelTimer
  cancelBacklog: CancelTimer
  /** Text sent last by key, so that only what changed is sent. */
  readonly sent: Map<string, string>
}

const emptyRound = (): Round => ({ passageIds: new Set(), gatewayIds: new Set() })

/** Makes live events of what was committed, beside the commit: it neither waits for readers nor fails with them. */
export function createLivePublisher(deps: LivePublisherDeps): LivePublisher {
  const { hub, clock } = deps
  const estates = new Map<string, EstateState>()
  let stopped = false

  const stateOf = (estateId: string): EstateState => {
    const known = estates.get(estateId)
    if (known !== undefined) return known
    const state: EstateState = { pending: emptyRound(), running: undefined, cancel: () => {}, cancelBacklog: () => {}, sent: new Map() }
    estates.set(estateId, state)
    return state
  }

  const publishChanged = (state: EstateState, kind: 'gate' | 'integrity', estateId: string, id: string, view: object): void => {
    const key = `${kind}:${id}`
    const text = JSON.stringify(view)
    if (state.sent.get(key) === text) return
    state.sent.set(key, text)
    hub.publish({ kind, estateId, key, clear: text, masked: text })
  }

  const publishPassages = async (state: EstateState, estateId: string, passageIds: readonly string[]): Promise<void> => {
    if (passageIds.length > PASSAGES_PER_ROUND_MAX) {
      hub.leaveOut(estateId)
      state.cancelBacklog()
      state.cancelBacklog = clock.after(BACKLOG_QUIET_MS, () => hub.overflow(estateId))
      return
    }
    for (const item of await deps.accessLog.byIds(passageIds)) {
      // An outcome may name another estate's passage: that is not its gateway's to tell of.
      if (item.estateId !== estateId) continue
      const texts = { clear: JSON.stringify(item), masked: JSON.stringify(withNameRight(item, 'masked')) }
      hub.publish({ kind: 'access', estateId, key: `access:${item.passageId}`, ...texts })
    }
  }

  const runRound = async (estateId: string, state: EstateState, round: Round): Promise<void> => {
    if (!hub.isWatched(estateId)) {
      hub.leaveOut(estateId)
      state.sent.clear()
      return
    }
    if (round.passageIds.size > 0) await publishPassages(state, estateId, [...round.passageIds])
    for (const gate of await deps.gates.list([estateId])) publishChanged(state, 'gate', estateId, `${estateId}/${gate.gateId}`, gate)
    for (const gateway of await deps.integrity.list([estateId])) {
      if (round.gatewayIds.has(gateway.gatewayId)) publishChanged(state, 'integrity', estateId, gateway.gatewayId, gateway)
    }
  }

  const begin = (estateId: string, state: EstateState): void => {
    if (state.running !== undefined || stopped) return
    const round = state.pending
    state.pending = emptyRound()
    state.running = runRound(estateId, state, round).catch((error: unknown) => {
      deps.log.error({ err: error, estateId }, 'live view: a round was lost')
      hub.overflow(estateId)
    }).finally(() => {
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
      for (const { body } of records) {
        if (body.kind === 'passage.v1' || body.kind === 'command-outcome.v1') state.pending.passageIds.add(body.passageId)
      }
      begin(estateId, state)
    },
    contacted({ estateId, gatewayId }) {
      const state = stateOf(estateId)
      state.pending.gatewayIds.add(gatewayId)
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
