import { type DeviceDeps, type Talker, createTalker } from './talker.js'

export interface Reader {
  readonly talker: Talker
  present(card: string): void
}

/** @param deps.captured told the true time of each presentation by its id */
export function createReader(deps: DeviceDeps & { captured: (presentationId: string) => void }): Reader {
  const talker = createTalker(deps, {
    events: { connected: () => undefined, disconnected: () => undefined, received: () => undefined }, doors: () => [], pendingEvents: () => 0, rebooted: () => undefined,
  })
  return {
    talker,
    present(card) {
      const presentationId = talker.ids.uuid()
      deps.captured(presentationId)
      deps.broker.send(talker.plug, 'credential', { v: 1, presentationId, ...talker.life.stamp(), way: 'card', value: card })
    },
  }
}
