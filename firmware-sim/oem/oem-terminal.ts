import type { Clock } from '#kernel/clock.js'
import type { Logger } from '#kernel/log.js'
import type { RandomSource } from '#kernel/random.js'
import { recurring } from '../faults.js'
import { createListCommands, type Command } from './list-commands.js'
import type { OemProfile } from './oem-faults.js'
import { createOnlineTalk } from './online-talk.js'
import { createRecognition, type Seen } from './recognition.js'
import { createRecordPush } from './record-push.js'
import { localTime, pushedRecord, written } from './oem-words.js'
import { createPowerLine } from './power-line.js'
import type { TerminalAccess } from './terminal-session.js'
import type { TerminalFlash } from './terminal-flash.js'

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

const parse = (bytes: Buffer): Command | undefined => {
  try {
    return JSON.parse(bytes.toString('utf8')) as Command
  } catch {
    return undefined
  }
}

/** What a terminal does with its commands: each answered in its own time, unless its power goes before. */
function createAnswers({ terminalId, profile, flash, world: { clock, random, log } }: OemTerminalDeps, publish: (topic: string, body: object) => void) {
  const counts = { photosFetched: 0, commands: {} as Record<string, number> }
  const list = createListCommands({ flash, profile, clock, random, fetched: () => (counts.photosFetched += 1) })
  const answer = async (command: Command, power: AbortSignal): Promise<void> => {
    const given = await list.carryOut(command, power)
    const isLost = given === undefined || power.aborted || random.float() < profile.mute
    const name = `${command.operator} ${isLost ? 'lost' : given.code}`
    counts.commands[name] = (counts.commands[name] ?? 0) + 1
    if (isLost) return
    const { code, info } = given
    publish(`mqtt/face/${terminalId}/Ack`, {
      messageId: command.messageId, operator: `${command.operator}-Ack`, code: written(code, profile.textNumbers), info: { facesluiceId: terminalId, ...info },
    })
  }
  return {
    counts,
    take: (command: Command, power: AbortSignal): void => void answer(command, power).catch((error: unknown) => log.error({ err: error }, 'a command failed')),
  }
}

/** Starts nothing yet. */
export function createOemTerminal(deps: OemTerminalDeps): SimulatedTerminal {
  const { terminalId, profile, flash } = deps
  const { clock, random } = deps.world
  const now = (): number => clock.wallMs() + profile.skewMs
  const publish = (topic: string, body: object): void => line.publish(topic, body)
  const push = createRecordPush({
    flash, profile, clock, random,
    send: (record, isInTime) => publish(`mqtt/face/${terminalId}/${record.type === 'rec' ? 'Rec' : 'Snap'}`, pushedRecord(record, isInTime, profile)),
  })
  const recognition = createRecognition({ terminalId, flash, now, wallMs: clock.wallMs, localTime, offer: push.offer })
  const talk = createOnlineTalk({ terminalId, clock, publish, time: () => localTime(now()) })
  const answers = createAnswers(deps, publish)
  const line = createPowerLine(deps, {
    connected() {
      talk.connected()
      push.connected()
    },
    disconnected() {
      talk.disconnected()
      push.disconnected()
    },
    received(bytes, power) {
      const command = parse(bytes)
      if (command === undefined) return
      const info = command.info as { PushAckType?: unknown; SnapOrRecordID?: unknown } | undefined
      if (command.operator === 'Online-Ack') talk.acknowledged()
      else if (command.operator === 'PushAck') push.acknowledged(Number(info?.PushAckType) === 1 ? 'snap' : 'rec', Number(info?.SnapOrRecordID))
      else answers.take(command, power)
    },
  })
  const cuts = recurring(profile.rebootSeconds, random, clock, line.cut)

  return {
    start() {
      line.start()
      cuts.start()
    },
    async stop() {
      cuts.stop()
      await line.stop()
    },
    show: recognition.show,
    reboot: line.cut,
    customIds: () => flash.people().map((person) => person.customId),
    factoryReset: flash.factoryReset,
    report: () => ({
      kind: 'terminal', deviceId: terminalId, ...line.counts(), persons: flash.people().length, photosFetched: answers.counts.photosFetched,
      commands: { ...answers.counts.commands }, ...recognition.counts(), recordsPending: flash.records().length,
    }),
  }
}
