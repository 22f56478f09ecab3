import type { DoorCommandV1 } from '#contract/device-messages.js'
import type { GateV2 } from '#contract/sync-roster.js'
import type { AccessPolicy, ControllerClock } from './ports.js'

/** What was committed about a command before it is sent. */
export interface IssuedCommand {
  readonly commandId: string
  readonly gate: GateV2
  readonly bootId: string
  readonly deadlineMonoMs: number
}

export type Dispatch =
  | { readonly kind: 'send'; readonly command: DoorCommandV1; readonly remainingMs: number }
  | { readonly kind: 'withhold'; readonly reason: 'expired' | 'other-boot' | 'controller-offline' }

/**
 * The last moment, on the controller's own monotonic clock, at which a command of this frame may act. The clock is
 * never ahead of the controller's and the age never less than since receipt, so the moment is never later than
 * `commandValidityMs` after the capture, whatever any wall clock does.
 */
export const deadlineOf = (controller: ControllerClock, frameAgeMs: number, commandValidityMs: number): number =>
  Math.max(0, controller.monoMs + commandValidityMs - frameAgeMs)

/**
 * Looks again once the commit is through, which may have taken a second on a slow disk: the command that goes out, or
 * why none does. Its deadline is never later than the one that was committed.
 */
export function dispatch(issued: IssuedCommand, controller: ControllerClock | undefined, frameAgeMs: number, policy: AccessPolicy): Dispatch {
  if (controller === undefined) return { kind: 'withhold', reason: 'controller-offline' }
  if (controller.bootId !== issued.bootId) return { kind: 'withhold', reason: 'other-boot' }
  if (!(frameAgeMs <= policy.frameAgeMsMax)) return { kind: 'withhold', reason: 'expired' }
  const deadlineMonoMs = Math.min(issued.deadlineMonoMs, deadlineOf(controller, frameAgeMs, policy.commandValidityMs))
  const remainingMs = deadlineMonoMs - controller.monoMs
  if (!(remainingMs > 0)) return { kind: 'withhold', reason: 'expired' }
  const { commandId, bootId, gate } = issued
  return {
    kind: 'send',
    remainingMs,
    command: { v: 1, commandId, bootId, doorNo: gate.doorNo, action: 'open', releaseMs: gate.releaseMs, deadlineMonoMs, frameAgeMs: Math.max(0, frameAgeMs) },
  }
}
