import { createExclusive } from '#kernel/exclusive.js'
import type { CancelTimer, Clock } from '#kernel/clock.js'
import type { Logger } from '#kernel/log.js'
import { type WantedPerson, planPersons } from './person-plan-rules.js'
import type { TerminalRoster } from './record-handler.js'
import type { TerminalPeople } from './terminal-people.js'
import type { TerminalRegister } from './terminal-register.js'

/** As the roster says it now. */
export interface TerminalView extends TerminalRoster {
  wantedAt(gateId: string, nowMs: number): ReadonlyMap<string, WantedPerson>
}

/** Keeps what terminals shall hold as the roster and the hour say. */
export interface TerminalPlanning {
  start(): Promise<void>
  /** After the roster, the register or a photo changed. */
  refresh(): Promise<void>
  /** Photos that every terminal of their person has, that nobody took for a day, or whose consent is over, go. */
  releasePhotos(): Promise<void>
  stop(): void
}

/** Permits begin and end by themselves, and the wall clock may be set: planned anew at least this often. */
const REFRESH_MS = 60_000
/** A photo that no terminal has taken by then is given up. */
export const PHOTO_MS_MAX = 86_400_000

/** @param deps.changed called for each terminal whose plan was looked at */
export function createTerminalPlanning(deps: {
  register: TerminalRegister; people: TerminalPeople; view: TerminalView; changed: (terminalId: string) => void; clock: Clock; log: Logger
}): TerminalPlanning {
  const { register, people, view, changed, clock, log } = deps
  const inTurn = createExclusive()
  let cancel: CancelTimer = () => undefined
  let isRunning = false

  /** Whom this terminal shall hold; nobody where it was revoked or stands at no gate: then all leave. */
  const wantedOn = (terminalId: string, nowMs: number): ReadonlyMap<string, WantedPerson> => {
    const gate = register.find(terminalId)?.revokedAtMs === null ? view.gateOf(terminalId) : undefined
    return gate === undefined ? new Map() : view.wantedAt(gate.gateId, nowMs)
  }
  const plan = async (terminalId: string): Promise<void> => {
    const wanted = wantedOn(terminalId, clock.wallMs())
    await people.change(() => {
      const { put, drop, leaving } = planPersons({ terminalId, wanted, photos: people.photos(), rows: people.rows(terminalId) })
      return { put, drop, told: leaving.map((row) => ({ row, state: 'pending' as const })) }
    })
    changed(terminalId)
  }
  const releasePhotos = async (): Promise<void> => {
    const nowMs = clock.wallMs()
    const wanted = register.all().map(({ terminalId }) => ({ terminalId, persons: wantedOn(terminalId, nowMs) }))
    await people.change(() => ({
      photosGone: [...people.photos().values()].filter(({ personRef, consentId, photoAtMs }) => {
        const places = wanted.filter(({ persons }) => persons.get(personRef)?.consents.has(consentId) === true)
        const isTaken = places.every(({ terminalId }) => {
          const row = people.rows(terminalId).get(personRef)
          return row?.state === 'held' && row.confirmed && row.photoAtMs === photoAtMs
        })
        return isTaken || nowMs - photoAtMs >= PHOTO_MS_MAX
      }).map((photo) => photo.personRef),
    }))
  }
  const refresh = (): Promise<void> => inTurn(async () => {
    cancel()
    try {
      for (const { terminalId } of register.all()) await plan(terminalId)
      await releasePhotos()
    } finally {
      if (isRunning) cancel = clock.after(REFRESH_MS, () => void refresh().catch((error: unknown) => {
        log.error({ err: error }, 'persons of terminals could not be planned')
      }))
    }
  })

  return {
    async start() {
      isRunning = true
      await refresh()
    },
    refresh,
    releasePhotos,
    stop() {
      isRunning = false
      cancel()
    },
  }
}
