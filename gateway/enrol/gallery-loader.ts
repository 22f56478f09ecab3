import type { CancelTimer, Clock } from '#kernel/clock.js'
import type { Exclusive } from '#kernel/exclusive.js'
import type { Logger } from '#kernel/log.js'
import type { FaceGallery } from '../face/types.js'
import type { RosterSnapshot } from '../store/types.js'
import { gateSets, lapsed, nextBoundaryMs } from './consent-rules.js'
import type { TemplateKeeper } from './template-keeper.js'

/** Keeps who can be matched, and where, true to the roster and to the time. */
export interface GalleryLoader {
  /**
   * Takes a new state of the roster: erases templates without a valid consent, sets the persons of each gate, and
   * does so again whenever a consent begins or ends. The caller holds the `exclusive`.
   */
  follow(roster: RosterSnapshot): Promise<void>
  stop(): void
}

/** The wall clock may be set while a timer runs, and Node's timers end at 2^31 ms: nothing waits longer than this. */
const CHECK_MS_MAX = 60_000
const RETRY_MS = 5_000

export function createGalleryLoader(deps: {
  gallery: FaceGallery; keeper: TemplateKeeper; exclusive: Exclusive; clock: Clock; log: Logger
}): GalleryLoader {
  const { gallery, keeper, clock, log } = deps
  const current = new Map<string, string>()
  let roster: RosterSnapshot | undefined
  let cancel: CancelTimer = () => {}
  let stopped = false

  const setGates = async (now: RosterSnapshot): Promise<void> => {
    const wanted = gateSets(now, clock.wallMs())
    for (const gateId of current.keys()) if (!wanted.has(gateId)) wanted.set(gateId, [])
    for (const [gateId, persons] of wanted) {
      const key = persons.join()
      if (current.get(gateId) === key) continue
      await gallery.permit(gateId, persons)
      current.set(gateId, key)
    }
  }

  const arm = (now: RosterSnapshot, delayMsMax: number): void => {
    cancel()
    const boundaryMs = nextBoundaryMs(now.consents, clock.wallMs())
    if (stopped || boundaryMs === undefined) return
    cancel = clock.after(Math.min(boundaryMs - clock.wallMs(), delayMsMax), () => void deps.exclusive(check).catch((error: unknown) => {
      log.error({ err: error }, 'templates without consent could not be erased, trying again')
      arm(now, RETRY_MS)
    }))
  }

  /** Looks at the newest roster, not at the one that armed the timer: another may have come while it waited. */
  const check = async (): Promise<void> => {
    if (roster === undefined || stopped) return
    const erasures = lapsed(keeper.held(), roster.consents, clock.wallMs())
    if (erasures.length > 0) {
      await keeper.erase(erasures)
      log.info({ persons: erasures.length }, 'templates erased: their consent ended')
    }
    await setGates(roster)
    arm(roster, CHECK_MS_MAX)
  }

  return {
    async follow(next) {
      roster = next
      await check()
    },
    stop() {
      stopped = true
      cancel()
    },
  }
}
