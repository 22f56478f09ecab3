import type { CancelTimer, Clock } from '#kernel/clock.js'
import type { Logger } from '#kernel/log.js'
import type { Stamper } from '#kernel/record-stamp.js'
import { OFFLINE_RECORD_DELAY_MS } from '../status-log.js'
import type { TerminalStore } from './ports.js'

/** Three heartbeats of a terminal (30 to 60 s). Silence beyond it is offline, whatever the connection says. */
export const TERMINAL_SILENCE_MS_MAX = 180_000

export interface TerminalPresence {
  readonly online: boolean
  /** The gateway's wall clock at the terminal's last word. */
  readonly lastSeenAtMs: number | null
  /** The terminal's wall clock minus the gateway's, at the last word that had a time. */
  readonly clockOffsetMs: number | null
}

/** Whether terminals are there; each change is a record, but for a connection that is back within seconds. */
export interface TerminalStatusLog {
  heard(terminalId: string, deviceWallMs: number | null): void
  gone(terminalId: string): void
  presence(terminalId: string): TerminalPresence
  stop(): void
}

interface Twin {
  online: boolean
  /** What the log says of it. */
  recorded: 'online' | 'offline'
  lastSeenAtMs: number | null
  clockOffsetMs: number | null
  cancelSilence: CancelTimer
  cancelRecord: CancelTimer
}

const nothing = (): void => undefined

export function createTerminalStatusLog(deps: { store: Pick<TerminalStore, 'transact'>; clock: Clock; stamp: Stamper; log: Logger }): TerminalStatusLog {
  const { store, clock, stamp, log } = deps
  const twins = new Map<string, Twin>()
  const twinOf = (terminalId: string): Twin => {
    let twin = twins.get(terminalId)
    if (twin === undefined) {
      twin = { online: false, recorded: 'offline', lastSeenAtMs: null, clockOffsetMs: null, cancelSilence: nothing, cancelRecord: nothing }
      twins.set(terminalId, twin)
    }
    return twin
  }
  const record = (terminalId: string, twin: Twin, status: 'online' | 'offline'): void => {
    const before = twin.recorded
    twin.recorded = status
    const { clockOffsetMs } = twin
    store.transact((tx) => tx.append({
      kind: 'device-status.v2', ...stamp(), deviceId: terminalId, deviceKind: 'terminal', status, deviceBootId: null, clockOffsetMs,
    })).catch((error: unknown) => {
      // Its next word, or its next silence, tries again.
      twin.recorded = before
      log.error({ terminalId, status, err: error }, 'a change of a terminal could not be recorded')
    })
  }
  const gone = (terminalId: string): void => {
    const twin = twinOf(terminalId)
    twin.cancelSilence()
    if (!twin.online) return
    twin.online = false
    twin.cancelRecord = clock.after(OFFLINE_RECORD_DELAY_MS, () => record(terminalId, twin, 'offline'))
  }

  return {
    heard(terminalId, deviceWallMs) {
      const twin = twinOf(terminalId)
      twin.lastSeenAtMs = clock.wallMs()
      if (deviceWallMs !== null) twin.clockOffsetMs = deviceWallMs - twin.lastSeenAtMs
      twin.online = true
      twin.cancelRecord()
      twin.cancelSilence()
      twin.cancelSilence = clock.after(TERMINAL_SILENCE_MS_MAX, () => gone(terminalId))
      if (twin.recorded !== 'online') record(terminalId, twin, 'online')
    },
    gone,
    presence(terminalId) {
      const { online, lastSeenAtMs, clockOffsetMs } = twinOf(terminalId)
      return { online, lastSeenAtMs, clockOffsetMs }
    },
    stop() {
      for (const twin of twins.values()) {
        twin.cancelSilence()
        twin.cancelRecord()
      }
    },
  }
}
