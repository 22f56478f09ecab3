import type { Logger } from '#kernel/log.js'
import type { EnrolService } from '../../enrol/enrol-service.js'
import type { TerminalPeople } from './terminal-people.js'

export interface TerminalEnrolmentDeps {
  readonly enrolment: EnrolService
  readonly people: Pick<TerminalPeople, 'holdPhoto'>
  /** Whether any terminal that matches by itself shall hold this person now. */
  readonly isWanted: (personRef: string) => boolean
  /** The photo as a terminal takes it; undefined where it cannot be made into one. */
  readonly portraitOf: (photo: Uint8Array) => Promise<Uint8Array | undefined>
  /** A photo waits. */
  readonly onHeld: () => Promise<void>
  readonly log: Logger
}

/**
 * The same enrolment; the first photo is kept, sealed, for the terminals that shall hold the person, and for none else:
 * where no terminal shall, no photo is ever kept. A photo that cannot be kept spoils no enrolment.
 */
export function createTerminalEnrolment(deps: TerminalEnrolmentDeps): EnrolService {
  const { enrolment, people, isWanted, portraitOf, onHeld, log } = deps
  return {
    ...enrolment,
    async enrol(personRef, photos, options) {
      // Before the engine takes the memory of the photos over.
      const portrait = photos[0] !== undefined && isWanted(personRef) ? await portraitOf(photos[0]) : undefined
      const result = await enrolment.enrol(personRef, photos, options)
      if (result.kind !== 'enrolled' || portrait === undefined) return result
      await people.holdPhoto(personRef, result.consentId, portrait).then(onHeld).catch((error: unknown) => {
        log.warn({ personRef, err: error }, 'the photo of an enrolment could not be kept for the terminals')
      })
      return result
    },
  }
}
