import type { CancelTimer, Clock } from '#kernel/clock.js'
import type { IdSource } from '#kernel/ids.js'
import type { Logger } from '#kernel/log.js'
import type { RandomSource } from '#kernel/random.js'
import type { TerminalPublisher } from '../ports.js'
import { createCommandLink } from './command-link.js'
import { nextStep, retryMs } from './command-rules.js'
import { createCommandSender } from './command-sender.js'
import { createCommandSession } from './command-session.js'
import { type InFlight, type Settling, currentRows, settleDelete, settleEditAck, settleQuery, settleSilence } from './command-settling.js'
import type { CommandAck } from './oem-reader.js'
import type { PhotoLinks } from './photo-links.js'
import type { TerminalObserver } from './terminal-observer.js'
import type { TerminalPeople } from './terminal-people.js'

export interface CommanderDeps {
  readonly terminalId: string
  readonly people: TerminalPeople
  readonly publisher: TerminalPublisher
  readonly links: PhotoLinks
  readonly utcOffsetMinutes: number
  readonly runtime: { readonly clock: Clock; readonly random: RandomSource; readonly ids: IdSource; readonly log: Logger; readonly observer: TerminalObserver }
}

/** Keeps one terminal's persons as they shall be: one command at a time, again until it is answered. */
export interface TerminalCommander {
  /** The terminal is there, perhaps after a restart: it is asked whom it holds before anything else. */
  connected(): void
  disconnected(): void
  /** Something may be due: its persons changed, or it was heard. */
  kick(): void
  /** Deletions that wait for their next attempt are due now. */
  hurry(): Promise<void>
  onAck(ack: CommandAck): Promise<void>
}

type Session = ReturnType<typeof createCommandSession>

/** Runs `work` after each call, never two at a time; calls while it runs make one more run. */
function createKicker(work: () => Promise<void>): () => void {
  let isBusy = false
  let mustRun = false
  const run = async (): Promise<void> => {
    isBusy = true
    while (mustRun) {
      mustRun = false
      await work()
    }
    isBusy = false
  }
  return () => {
    mustRun = true
    if (!isBusy) void run()
  }
}

/** What an answer means for the persons of its command, and for what is to be asked next. */
async function settle(input: Settling, ack: CommandAck, session: Session): Promise<void> {
  if (!session.isSettledBy(ack, input.flight)) return
  if (ack.kind === 'edit-ack') return settleEditAck(input, ack)
  if (ack.kind === 'delete-ack') {
    if (await settleDelete(input, ack)) session.doubt()
    return
  }
  const strays = await settleQuery(input, ack)
  if (strays === undefined) session.unanswered()
  else session.answered(strays)
}

export function createTerminalCommander(deps: CommanderDeps): TerminalCommander {
  const { terminalId, people } = deps
  const { clock, random, log, observer } = deps.runtime
  let session: Session = createCommandSession(deps.runtime)
  let isThere = false
  let cancelWake: CancelTimer = () => undefined

  const wake = (atMs: number): void => {
    cancelWake()
    cancelWake = clock.after(Math.max(0, atMs - clock.wallMs()), () => kick())
  }
  const failed = (error: unknown): void => {
    log.error({ terminalId, err: error }, 'persons of a terminal could not be brought up to date')
    wake(clock.wallMs() + retryMs(0, random))
  }
  const onSilence = (flight: InFlight): void => {
    observer.anomaly('command-unanswered', 1)
    log.warn({ terminalId, command: flight.kind, persons: flight.personRefs.length }, 'a terminal did not answer a command')
    if (flight.kind === 'query') session.unanswered()
    settleSilence(about(flight)).then(kick, failed)
  }
  const link = createCommandLink({ ...deps, clock, onSilence })
  const send = createCommandSender({ ...deps, link, ids: deps.runtime.ids })

  /** What is not delivered now is sent when the terminal is heard next: it speaks up once it has subscribed. */
  const pump = async (): Promise<void> => {
    if (!isThere || link.inFlight() !== undefined) return
    const nowMs = clock.wallMs()
    if (session.notBeforeMs() > nowMs) return wake(session.notBeforeMs())
    const step = nextStep({ rows: people.rows(terminalId).values(), nowMs, ...session.plan() })
    if (step.kind === 'query') return void send.query()
    const strays = session.takeStrays()
    if (strays.length > 0) send.remove(strays)
    else if (step.kind === 'delete') send.remove(step.rows.map((row) => row.personRef))
    else if (step.kind === 'edit') await send.edit(step.rows)
    else if (step.untilMs !== null) wake(step.untilMs)
  }
  const kick = createKicker(() => pump().catch(failed))
  const about = (flight: InFlight): Settling => ({ terminalId, flight, people, nowMs: clock.wallMs(), random, observer })

  return {
    connected() {
      session = createCommandSession(deps.runtime)
      isThere = true
      kick()
    },
    disconnected() {
      isThere = false
      link.land()
      cancelWake()
    },
    kick,
    async hurry() {
      await people.change(() => {
        const leaving = currentRows(people, terminalId, [...people.rows(terminalId).keys()], ['deleting'])
        return { put: leaving.filter((row) => row.nextTryAtMs !== 0).map((row) => ({ ...row, nextTryAtMs: 0 })) }
      })
      kick()
    },
    async onAck(ack) {
      const flight = link.inFlight()
      // Some firmwares add the operator's name to the id that they give back.
      if (flight === undefined || !ack.messageId.startsWith(flight.messageId) || ack.kind !== `${flight.kind}-ack`) return observer.message('unasked')
      link.answered()
      observer.message('answer')
      await settle(about(flight), ack, session).finally(() => link.land())
      kick()
    },
  }
}
