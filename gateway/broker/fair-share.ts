import type { Clock } from '#kernel/clock.js'
import { BROKER_LIMITS } from './limits.js'
import { createPace } from './pace.js'
import type { DeviceSession } from './session-table.js'

export interface FairShare {
  /**
   * A message of this device is being handled. One that `isKept` has to be made durable, which all devices do in turns.
   * The connection is read no further while the device has more under way than its share.
   */
  follow(session: DeviceSession, handled: Promise<void>, isKept: boolean): void
}

/** Reading stops where any bound is reached, and goes on where none is. */
function hold(session: DeviceSession): void {
  const { handling, keeping, isResting, link } = session
  if (isResting || handling >= BROKER_LIMITS.handlersInFlightMax || keeping >= BROKER_LIMITS.keptInFlightMax) link.hold()
  else link.release()
}

/**
 * A device that sends faster than its messages can be handled waits; no other device does. What must be kept shares one disk and one commit: each device
 * has a few places in it, and so many messages a second after a burst, reconnected or not. What is beyond that is neither dropped nor
 * acknowledged: it waits unread in the device's own TCP window, which is back-pressure that MQTT clients have always had to bear.
 */
export function createFairShare({ clock }: { clock: Clock }): FairShare {
  const pace = createPace({ clock, everyMs: BROKER_LIMITS.keptPaceMs, burst: BROKER_LIMITS.keptBurst })

  const rest = (session: DeviceSession): void => {
    const { deviceId } = session.access.address
    pace.take(deviceId)
    const restMs = pace.restMs(deviceId)
    if (restMs <= 0 || session.isResting) return
    session.isResting = true
    clock.after(restMs, () => {
      session.isResting = false
      hold(session)
    })
  }

  return {
    follow(session, handled, isKept) {
      const kept = isKept ? 1 : 0
      session.handling++
      session.keeping += kept
      if (isKept) rest(session)
      hold(session)
      void handled.then(() => {
        session.handling--
        session.keeping -= kept
        hold(session)
      })
    },
  }
}
