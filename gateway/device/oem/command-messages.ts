import { formatLocalTime } from './local-time.js'
import type { TerminalPersonRow } from './ports.js'

/** Shown on the terminal's screen to whoever stands before it: the same for everybody, for a name is nobody else's business. */
const SHOWN_NAME = '住户'
const WHITELIST = 0
/** A list entry for a time from-until, after which the terminal refuses and forgets it by itself. */
const TIMED = 1

/** Ends of a batch, by which the terminal sees that it has all of it. */
const batch = <Info>(messageId: string, operator: string, count: number, info: Info) =>
  ({ messageId, DataBegin: 'BeginFlag', operator, PersonNum: count, info, DataEnd: 'EndFlag' })

/**
 * `EditPersonsNew`: adds or changes, by `customId`.
 * @param links address of the photo by person; without one the terminal keeps the photo that it has
 */
export function editPersons(messageId: string, rows: readonly TerminalPersonRow[], links: ReadonlyMap<string, string>, utcOffsetMinutes: number): object {
  const time = (wallMs: number): string => formatLocalTime(wallMs, utcOffsetMinutes)
  return batch(messageId, 'EditPersonsNew', rows.length, rows.map(({ personRef, validFromMs, validUntilMs }) => {
    const picURI = links.get(personRef)
    return {
      customId: personRef, name: SHOWN_NAME, personType: WHITELIST,
      tempCardType: TIMED, cardValidBegin: time(validFromMs), cardValidEnd: time(validUntilMs),
      // The gateway compares faces at enrolment itself; a terminal's own measure would refuse twins.
      isCheckSimilarity: 0,
      ...(picURI === undefined ? {} : { picURI }),
    }
  }))
}

export const deletePersons = (messageId: string, personRefs: readonly string[]): object =>
  batch(messageId, 'DeletePersons', personRefs.length, { customId: personRefs })

/** Asks for the ids of everybody on the terminal. */
export const queryPersons = (messageId: string): object => ({ messageId, operator: 'QueryPerson', info: {} })

export const onlineAck = (messageId: string, terminalId: string): object =>
  ({ messageId, operator: 'Online-Ack', info: { facesluiceId: terminalId, result: 'ok' } })

/** What a `PushAck` speaks of. */
export const PUSH_ACK = { stranger: 1, recognition: 2 } as const

/** Sent after the commit: from then on the terminal may forget the record, and goes on to the next that it kept. */
export const pushAck = (messageId: string, terminalId: string, type: (typeof PUSH_ACK)[keyof typeof PUSH_ACK], id: number): object =>
  ({ messageId, operator: 'PushAck', info: { facesluiceId: terminalId, PushAckType: type, SnapOrRecordID: id } })
