import type { CancelTimer, Clock } from '#kernel/clock.js'
import type { TerminalPublisher } from '../ports.js'
import type { InFlight } from './command-settling.js'
import type { PhotoLinks } from './photo-links.js'

/** The one command that a terminal works on. */
export interface CommandLink {
  inFlight(): InFlight | undefined
  /** Sends it and waits for the answer. False where the terminal did not get it. */
  launch(flight: InFlight, payload: object, answerMs: number): boolean
  /** Its answer came: no silence counts any more, and what it offered can be fetched no more. The next waits for `land`. */
  answered(): void
  /** It is over, answered or not. */
  land(): void
}

/** @param deps.onSilence called where no answer came in time; the command has landed then */
export function createCommandLink(deps: {
  terminalId: string; publisher: TerminalPublisher; links: PhotoLinks; clock: Clock; onSilence: (flight: InFlight) => void
}): CommandLink {
  const { terminalId, publisher, links, clock, onSilence } = deps
  let inFlight: InFlight | undefined
  let cancel: CancelTimer = () => undefined

  const answered = (): void => {
    cancel()
    if (inFlight === undefined) return
    links.withdraw(inFlight.urls)
    inFlight = { ...inFlight, urls: [] }
  }
  const land = (): void => {
    answered()
    inFlight = undefined
  }
  return {
    inFlight: () => inFlight,
    launch(flight, payload, answerMs) {
      if (!publisher.publish(terminalId, payload)) {
        links.withdraw(flight.urls)
        return false
      }
      inFlight = flight
      cancel = clock.after(answerMs, () => {
        land()
        onSilence(flight)
      })
      return true
    },
    answered,
    land,
  }
}
