import { type AccessLogService, withNameRight } from '../access-log/access-log-service.js'
import type { GateViewService } from '../gate-state/gate-view-service.js'
import type { IntegrityService } from '../integrity/integrity-service.js'
import type { LiveHub } from './live-hub.js'

/** Passages shown one by one in a round. More is a backlog arriving: readers load it as a list instead. */
export const PASSAGES_PER_ROUND_MAX = 100

/** What happened in an estate since the round before. */
export interface Round {
  /** Passages that are new or whose command came to an end. */
  readonly passageIds: Set<string>
  readonly gatewayIds: Set<string>
}

export const emptyRound = (): Round => ({ passageIds: new Set(), gatewayIds: new Set() })

/** Text sent last by key, so that only what changed is sent. */
export type SentTexts = Map<string, string>

export interface RoundDeps {
  readonly hub: LiveHub
  readonly accessLog: AccessLogService
  readonly gates: GateViewService
  readonly integrity: IntegrityService
}

/** The runner makes events of a round and says whether that was too much to show one by one. */
export function createRoundRunner(deps: RoundDeps) {
  const { hub } = deps

  const publishChanged = (sent: SentTexts, kind: 'gate' | 'integrity', estateId: string, id: string, view: object): void => {
    const key = `${kind}:${id}`
    const text = JSON.stringify(view)
    if (sent.get(key) === text) return
    sent.set(key, text)
    hub.publish({ kind, estateId, key, clear: text, masked: text })
  }

  const publishPassages = async (estateId: string, passageIds: readonly string[]): Promise<void> => {
    for (const item of await deps.accessLog.byIds(passageIds)) {
      // An outcome may name another estate's passage: that is not its gateway's to tell of.
      if (item.estateId !== estateId) continue
      const texts = { clear: JSON.stringify(item), masked: JSON.stringify(withNameRight(item, 'masked')) }
      hub.publish({ kind: 'access', estateId, key: `access:${item.passageId}`, ...texts })
    }
  }

  return async (estateId: string, round: Round, sent: SentTexts): Promise<boolean> => {
    const isBacklog = round.passageIds.size > PASSAGES_PER_ROUND_MAX
    if (isBacklog || !hub.isWatched(estateId)) hub.leaveOut(estateId)
    if (!hub.isWatched(estateId)) {
      // Whoever comes next loads everything: nothing counts as sent.
      sent.clear()
      return false
    }
    if (!isBacklog && round.passageIds.size > 0) await publishPassages(estateId, [...round.passageIds])
    for (const gate of await deps.gates.list([estateId])) publishChanged(sent, 'gate', estateId, `${estateId}/${gate.gateId}`, gate)
    for (const gateway of await deps.integrity.list([estateId])) {
      if (round.gatewayIds.has(gateway.gatewayId)) publishChanged(sent, 'integrity', estateId, gateway.gatewayId, gateway)
    }
    return isBacklog
  }
}

export type RoundRunner = ReturnType<typeof createRoundRunner>
