import type { Way } from '#contract/passage-record.js'
import type { CancelTimer } from '#kernel/clock.js'
import { type CommandEffect, type CommandInput, type CommandState, nextCommand } from './command-machine.js'
import type { AccessRuntime, AccessStore, AccessTx, CommandRow } from './ports.js'

/** A disk that refuses to record an outcome is asked again. */
const STORE_RETRY_MS = 5_000

/** What this life of the process knows of a command; the rest stands in its row. */
export interface OpenCommand {
  readonly state: CommandState
  /** Receipt of what was seen, or when it was asked for; null where an earlier life issued it. */
  readonly receivedMonoMs: number | null
  readonly way: Way | null
  /** Called once, with what became of it; never where the process stops before. */
  readonly onSettled: (effect: CommandEffect) => void
}

/** Commands without an outcome, and how they get one. */
export interface OpenCommands {
  /** Follows a command; silence for `silenceAfterMs` ends it. */
  follow(commandId: string, command: OpenCommand, silenceAfterMs: number): void
  /** Ends a command from this side, now or as soon as the disk allows. */
  settle(commandId: string, input: CommandInput): Promise<void>
  /** Inside a transaction: moves the row and appends the outcome, or undefined where the input changes nothing. */
  apply(tx: AccessTx, row: CommandRow, input: CommandInput, latencyMs: number | null): Promise<CommandEffect | undefined>
  /** After its commit. */
  finish(commandId: string, effect: CommandEffect, latencyMs: number | null): void
  /** Milliseconds since receipt of what is behind the command, or null where that is not known. */
  latencyMs(commandId: string): number | null
  stop(): void
}

export function createOpenCommands(deps: { store: AccessStore; runtime: AccessRuntime }): OpenCommands {
  const { store } = deps
  const { clock, stamp, log, observer } = deps.runtime
  const open = new Map<string, OpenCommand & { cancel: CancelTimer }>()
  let stopped = false

  const apply: OpenCommands['apply'] = async (tx, row, input, latencyMs) => {
    const { commandId, passageId, gateId, deviceId, stage } = row
    const state: CommandState = stage === 'issued' ? (open.get(commandId)?.state ?? { kind: 'issued' }) : { kind: stage }
    const transition = nextCommand(state, input)
    const effect = transition?.effects[0]
    if (transition === undefined || transition.state.kind === 'sent' || effect === undefined) return undefined
    if (!(await tx.moveCommand(commandId, stage, transition.state.kind))) return undefined
    const { outcome, reason } = effect
    await tx.append({ kind: 'command-outcome.v1', ...stamp(), commandId, passageId, gateId, deviceId, outcome, reason, latencyMs })
    return effect
  }

  const forget = (commandId: string): void => {
    open.get(commandId)?.cancel()
    open.delete(commandId)
  }
  const finish: OpenCommands['finish'] = (commandId, effect, latencyMs) => {
    const { onSettled, way = null } = open.get(commandId) ?? {}
    forget(commandId)
    onSettled?.(effect)
    observer.commandSettled({ outcome: effect.outcome, reason: effect.reason, latencyMs, way })
    if (!effect.late) return
    observer.anomaly('late-result')
    log.warn({ commandId, outcome: effect.outcome }, 'a controller answered a command that was given up')
  }

  const settle: OpenCommands['settle'] = async (commandId, input) => {
    try {
      const effect = await store.transact(async (tx) => {
        const row = await tx.findCommand(commandId)
        return row === undefined ? undefined : apply(tx, row, input, null)
      })
      if (effect === undefined) forget(commandId)
      else finish(commandId, effect, null)
    } catch (error) {
      if (stopped) return
      observer.anomaly('store-failed')
      log.error({ commandId, err: error }, 'the outcome of a command could not be recorded')
      const command = open.get(commandId)
      if (command !== undefined) command.cancel = clock.after(STORE_RETRY_MS, () => void settle(commandId, input))
    }
  }

  return {
    follow(commandId, command, silenceAfterMs) {
      const cancel = clock.after(silenceAfterMs, () => void settle(commandId, { kind: 'silence' }))
      open.set(commandId, { ...command, cancel })
    },
    settle,
    apply,
    finish,
    latencyMs(commandId) {
      const receivedMonoMs = open.get(commandId)?.receivedMonoMs ?? null
      return receivedMonoMs === null ? null : clock.monoMs() - receivedMonoMs
    },
    stop() {
      stopped = true
      for (const commandId of [...open.keys()]) forget(commandId)
    },
  }
}
