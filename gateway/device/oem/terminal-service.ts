import type { Clock } from '#kernel/clock.js'
import type { IdSource } from '#kernel/ids.js'
import type { Logger } from '#kernel/log.js'
import type { RandomSource } from '#kernel/random.js'
import type { Stamper } from '#kernel/record-stamp.js'
import type { OneTimeFiles } from '../one-time-files.js'
import type { TerminalPublisher, TerminalSide } from '../ports.js'
import { onlineAck } from './command-messages.js'
import { type CommandAck, type TerminalStatus, createOemReader } from './oem-reader.js'
import { createPhotoLinks } from './photo-links.js'
import type { TerminalStore } from './ports.js'
import { type TerminalCrossing, createRecordHandler } from './record-handler.js'
import { createTerminalAdmission } from './terminal-admission.js'
import { type TerminalCommander, createTerminalCommander } from './terminal-commander.js'
import { createTerminalMessages } from './terminal-messages.js'
import type { TerminalObserver } from './terminal-observer.js'
import type { TerminalPeople } from './terminal-people.js'
import { type TerminalView, createTerminalPlanning } from './terminal-planning.js'
import type { TerminalRegister } from './terminal-register.js'
import { type TerminalPresence, createTerminalStatusLog } from './terminal-status.js'

export interface TerminalServiceDeps {
  readonly store: TerminalStore
  readonly register: TerminalRegister
  readonly people: TerminalPeople
  readonly view: TerminalView
  readonly wire: {
    readonly publisher: TerminalPublisher
    /** Where terminals fetch photos from. */
    readonly files: Pick<OneTimeFiles, 'offer' | 'withdraw'>
    /** Local time of the terminals. */
    readonly utcOffsetMinutes: number
    /** Told of those whom terminals let through. */
    readonly onCrossed: (crossing: TerminalCrossing) => void
  }
  readonly runtime: {
    readonly clock: Clock; readonly random: RandomSource; readonly ids: IdSource; readonly stamp: Stamper; readonly log: Logger
    readonly observer: TerminalObserver
  }
}

/** Terminals that match faces by themselves: their messages in, their persons out. */
export interface TerminalService {
  /** What the broker needs of it. */
  readonly side: TerminalSide
  /** Begins to keep terminals up to date; from then on it follows the hour by itself. */
  start(): Promise<void>
  /** After the roster, the register or a photo changed: plans anew for every terminal. */
  refresh(): Promise<void>
  presence(terminalId: string): TerminalPresence
  stop(): void
}

export function createTerminalService(deps: TerminalServiceDeps): TerminalService {
  const { store, register, people, view, wire, runtime } = deps
  const { clock, log, observer, ids } = runtime
  const { publisher, utcOffsetMinutes, onCrossed } = wire
  const links = createPhotoLinks({ files: wire.files, store })
  const status = createTerminalStatusLog({ store, ...runtime })
  const commanders = new Map<string, TerminalCommander>()
  const commanderOf = (terminalId: string): TerminalCommander => {
    let commander = commanders.get(terminalId)
    if (commander === undefined) {
      commander = createTerminalCommander({ terminalId, people, publisher, links, utcOffsetMinutes, runtime })
      commanders.set(terminalId, commander)
    }
    return commander
  }
  const planning = createTerminalPlanning({ register, people, view, changed: (terminalId) => commanderOf(terminalId).kick(), clock, log })

  /** Somebody was let in who should not be there: planned anew, and the deletion asked for whatever pause it is in. */
  const onUnpermitted = (terminalId: string): void => {
    planning.refresh().then(() => commanderOf(terminalId).hurry()).catch((error: unknown) => {
      log.error({ terminalId, err: error }, 'a deletion could not be hurried')
    })
  }
  const onStatus = (terminalId: string, { kind, deviceWallMs }: TerminalStatus): void => {
    // A last will of another life; the end of this connection is seen by itself.
    if (kind === 'offline') return
    status.heard(terminalId, deviceWallMs)
    if (kind === 'online') publisher.publish(terminalId, onlineAck(ids.uuid(), terminalId))
    commanderOf(terminalId).kick()
  }
  const onAck = async (terminalId: string, ack: CommandAck): Promise<void> => {
    await commanderOf(terminalId).onAck(ack)
    // A deletion that is through may have been in the way of somebody who is wanted again.
    await (ack.kind === 'edit-ack' ? planning.releasePhotos() : planning.refresh())
  }
  const records = createRecordHandler({ store, register, view, publisher, onUnpermitted, onCrossed, runtime })

  return {
    side: {
      admission: createTerminalAdmission({ find: register.find, clock }),
      connected: (terminalId) => commanderOf(terminalId).connected(),
      disconnected(terminalId) {
        commanderOf(terminalId).disconnected()
        status.gone(terminalId)
      },
      message: createTerminalMessages({ reader: createOemReader({ utcOffsetMinutes }), records, onStatus, onAck, observer, log }),
    },
    start: planning.start,
    refresh: planning.refresh,
    presence: status.presence,
    stop() {
      planning.stop()
      status.stop()
      for (const commander of commanders.values()) commander.disconnected()
    },
  }
}
