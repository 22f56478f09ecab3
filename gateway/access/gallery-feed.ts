import type { CancelTimer, Clock } from '#kernel/clock.js'
import { createExclusive } from '#kernel/exclusive.js'
import type { Logger } from '#kernel/log.js'
import type { FaceGallery } from '../face/types.js'
import type { RosterView } from './roster-view.js'

/** The wall clock may jump: who is permitted is looked at again at least this often. */
const REFRESH_MS_MAX = 60_000
/** A burst of permits that begin together is one refresh. */
const REFRESH_MS_MIN = 100

/** Keeps the sets of persons compared with, one a gate (the gallery key is the gate id), as the roster and the hour say. */
export interface GalleryFeed {
  /** Resolves once the gallery holds everybody who is permitted now; then follows the clock. */
  start(): Promise<void>
  /** After the roster changed. Resolves once the gallery holds the change, or rejects with the gallery's failure. */
  refresh(): Promise<void>
  stop(): void
}

export function createGalleryFeed(deps: { roster: RosterView; gallery: Pick<FaceGallery, 'permit'>; clock: Clock; log: Logger }): GalleryFeed {
  const { roster, gallery, clock, log } = deps
  const inTurn = createExclusive()
  const held = new Map<string, string>()
  let cancel: CancelTimer = () => undefined
  let running = false

  const refreshNow = async (): Promise<void> => {
    const nowMs = clock.wallMs()
    const wanted = new Map(roster.gates().map((gate) => [gate.gateId, roster.permitted(gate.gateId, nowMs)]))
    for (const gateId of held.keys()) if (!wanted.has(gateId)) wanted.set(gateId, [])
    for (const [gateId, personRefs] of wanted) {
      const text = personRefs.join(' ')
      if (held.get(gateId) === text) continue
      await gallery.permit(gateId, personRefs)
      if (roster.gates().some((gate) => gate.gateId === gateId)) held.set(gateId, text)
      else held.delete(gateId)
    }
  }
  const schedule = (): void => {
    cancel()
    if (!running) return
    const nowMs = clock.wallMs()
    const untilChangeMs = (roster.nextChangeMs(nowMs) ?? Infinity) - nowMs
    cancel = clock.after(Math.min(REFRESH_MS_MAX, Math.max(REFRESH_MS_MIN, untilChangeMs)), () => {
      refresh().catch((error: unknown) => log.error({ err: error }, 'the gallery could not take over who is permitted'))
    })
  }
  const refresh = (): Promise<void> => inTurn(refreshNow).finally(schedule)

  return {
    async start() {
      running = true
      await refresh()
    },
    refresh,
    stop() {
      running = false
      cancel()
    },
  }
}
