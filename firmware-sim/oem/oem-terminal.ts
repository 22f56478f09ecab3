import type { CancelTimer, Clock } from '#kernel/clock.js'
import type { Logger } from '#kernel/log.js'
import type { RandomSource } from '#kernel/random.js'
import { backoffMs } from '../device/backoff.js'
import { recurring } from '../faults.js'
import { createListCommands, type Command } from './list-commands.js'
import type { OemProfile } from './oem-faults.js'
import { createOnlineTalk } from './online-talk.js'
import { createRecognition, type Seen } from './recognition.js'
import { createRecordPush } from './record-push.js'
import { type TerminalAccess, type TerminalSession, openTerminalSession } from './terminal-session.js'
import type { KeptRecord, TerminalFlash } from './terminal-flash.js'

export interface OemTerminalDeps {
  readonly terminalId: string
  readonly access: TerminalAccess
  readonly profile: OemProfile
  readonly flash: TerminalFlash
  readonly world: { readonly clock: Clock; readonly random: RandomSource; readonly log: Logger }
}

/** Counts of one terminal over its whole run. */
export interface OemReport {
  readonly kind: 'terminal'
  readonly deviceId: string
  readonly connects: number
  readonly reboots: number
  readonly persons: number
  readonly photosFetched: number
  /** What its commands came to, as `operator code`; `lost` for an answer that was not given. */
  readonly commands: Readonly<Record<string, number>>
  readonly recognised: number
  readonly strangers: number
  readonly doorsOpened: number
  readonly recordsPending: number
}

/** A face terminal of another maker: it holds its own list, matches by itself, and opens its own door. */
export interface SimulatedTerminal {
  start(): void
  stop(): Promise<void>
  /** Somebody stands before it. */
  show(picture: Uint8Array): Promise<Seen>
  /** Power off and on: the connection and what it was doing are gone, its flash is not. */
  reboot(): void
  /** Whom it holds now. */
  customIds(): readonly string[]
  /** Forgets everybody and everything and counts anew. */
  factoryReset(): void
  report(): OemReport
}

const UTC_OFFSET_MS = 480 * 60_000
/** A terminal's own clock as it writes it: local time of China, no zone. */
const localTime = (wallMs: number): string => new Date(wallMs + UTC_OFFSET_MS).toISOString().slice(0, 19).replace('T', ' ')

/** Numbers as this firmware writes them. */
const written = (value: unknown, isText: boolean): unknown => (isText && typeof value === 'number' ? String(value) : value)
const asWritten = (info: Readonly<Record<string, unknown>>, isText: boolean): Record<string, unknown> =>
  Object.fromEntries(Object.entries(info).map(([name, value]) => [name, written(value, isText)]))

/** The pushed form of a record. */
function pushedRecord({ type, id, info }: KeptRecord, isInTime: boolean, profile: OemProfile): object {
  const numbers = type === 'rec' ? { RecordID: id, Sendintime: isInTime ? 1 : 0 } : { SnapID: id }
  const { personName, ...rest } = info
  const named = personName === undefined ? {} : { [profile.oldNames ? 'persionName' : 'personName']: personName }
  return { operator: type === 'rec' ? 'RecPush' : 'StrSnapPush', info: asWritten({ ...rest, ...named, ...numbers }, profile.textNumbers) }
}

const parse = (bytes: Buffer): Command | undefined => {
  try {
    return JSON.parse(bytes.toString('utf8')) as Command
  } catch {
    return undefined
  }
}

/** Starts nothing yet. */
export function createOemTerminal(deps: OemTerminalDeps): SimulatedTerminal {
  const { terminalId, access, profile, flash } = deps
  const { clock, random, log } = deps.world
  const counts = { connects: 0, reboots: 0, photosFetched: 0, attempts: 0, commands: {} as Record<string, number> }
  let session: TerminalSession | undefined
  let power = new AbortController()
  let isStopped = true
  let cancelRetry: CancelTimer = () => undefined

  const publish = (topic: string, body: object): void => session?.publish(topic, body)
  const now = (): number => clock.wallMs() + profile.skewMs
  const push = createRecordPush({
    flash, profile, clock, random,
    send: (record, isInTime) => publish(`mqtt/face/${terminalId}/${record.type === 'rec' ? 'Rec' : 'Snap'}`, pushedRecord(record, isInTime, profile)),
  })
  const recognition = createRecognition({ terminalId, flash, now, wallMs: clock.wallMs, localTime, offer: push.offer })
  const talk = createOnlineTalk({ terminalId, clock, publish, time: () => localTime(now()) })
  const list = createListCommands({ flash, profile, clock, random, fetched: () => (counts.photosFetched += 1) })

  const answer = async (command: Command): Promise<void> => {
    const signal = power.signal
    const given = await list.carryOut(command, signal)
    const isLost = given === undefined || signal.aborted || random.float() < profile.mute
    const name = `${command.operator} ${isLost ? 'lost' : given.code}`
    counts.commands[name] = (counts.commands[name] ?? 0) + 1
    if (isLost) return
    const { code, info } = given
    publish(`mqtt/face/${terminalId}/Ack`, {
      messageId: command.messageId, operator: `${command.operator}-Ack`, code: written(code, profile.textNumbers), info: { facesluiceId: terminalId, ...info },
    })
  }
  const take = (bytes: Buffer): void => {
    const command = parse(bytes)
    const info = command?.info as { PushAckType?: unknown; SnapOrRecordID?: unknown } | undefined
    if (command === undefined) return
    if (command.operator === 'Online-Ack') return talk.acknowledged()
    if (command.operator !== 'PushAck') return void answer(command).catch((error: unknown) => log.error({ err: error }, 'a command failed'))
    push.acknowledged(Number(info?.PushAckType) === 1 ? 'snap' : 'rec', Number(info?.SnapOrRecordID))
  }
  const lost = (): void => {
    session = undefined
    talk.disconnected()
    push.disconnected()
    if (!isStopped) cancelRetry = clock.after(backoffMs(counts.attempts++, random), open)
  }
  const open = (): void => {
    if (isStopped) return
    const opened = openTerminalSession(terminalId, access, {
      ready() {
        counts.attempts = 0
        counts.connects += 1
        talk.connected()
        push.connected()
      },
      message: (bytes) => session === opened && take(bytes),
      troubled: (reason) => log.warn({ reason }, 'connection trouble'),
      closed: () => session === opened && lost(),
    })
    session = opened
  }
  const reboot = (): void => {
    counts.reboots += 1
    power.abort()
    power = new AbortController()
    const dropped = session
    log.info({}, 'rebooted')
    if (dropped === undefined) return
    lost()
    dropped.destroy()
  }
  const cuts = recurring(profile.rebootSeconds, random, clock, reboot)

  return {
    start() {
      isStopped = false
      power = new AbortController()
      open()
      cuts.start()
    },
    async stop() {
      isStopped = true
      power.abort()
      cuts.stop()
      cancelRetry()
      talk.disconnected()
      push.disconnected()
      await session?.end()
    },
    show: recognition.show,
    reboot,
    customIds: () => flash.people().map((person) => person.customId),
    factoryReset: flash.factoryReset,
    report: () => ({
      kind: 'terminal', deviceId: terminalId, connects: counts.connects, reboots: counts.reboots, persons: flash.people().length,
      photosFetched: counts.photosFetched, commands: { ...counts.commands }, ...recognition.counts(), recordsPending: flash.records().length,
    }),
  }
}
