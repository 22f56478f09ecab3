import { Type, type Static } from 'typebox'
import { schemaError } from '#contract/codec.js'
import type { Clock } from '#kernel/clock.js'
import { sleep } from '#kernel/clock.js'
import type { RandomSource } from '#kernel/random.js'
import { SAME_FACE_MIN, featureOf, similarity } from './face-feature.js'
import type { OemProfile } from './oem-faults.js'
import { downloadPhoto } from './photo-download.js'
import type { ListedPerson, TerminalFlash } from './terminal-flash.js'

/** What of a command's person the firmware reads; it ignores what it does not know. */
const Person = Type.Object({
  customId: Type.Optional(Type.String()),
  name: Type.Optional(Type.String()),
  personType: Type.Optional(Type.Union([Type.Integer(), Type.String()])),
  tempCardType: Type.Optional(Type.Union([Type.Integer(), Type.String()])),
  cardValidBegin: Type.Optional(Type.String()),
  cardValidEnd: Type.Optional(Type.String()),
  isCheckSimilarity: Type.Optional(Type.Union([Type.Integer(), Type.String()])),
  picURI: Type.Optional(Type.String()),
})
type Person = Static<typeof Person>

/** A command as it arrived. */
export interface Command {
  readonly messageId: string
  readonly operator: string
  readonly DataBegin?: unknown
  readonly DataEnd?: unknown
  readonly PersonNum?: unknown
  readonly info?: unknown
}

/** Code and `info` of an answer; undefined where the terminal says nothing. */
export type Answer = { readonly code: number; readonly info: Readonly<Record<string, unknown>> } | undefined

const OK = 200
const BUSY = 410
const NO_BEGIN = 412
const NO_END = 413
const NO_INFO = 414
const OUT_OF_RANGE = 416
const COUNT_DIFFERS = 417
const NO_CUSTOM_ID = 461
const BAD_PARAMETER = 462
const NO_FEATURE = 468
const NO_PICTURE = 472
const FULL = 474
const TOO_SIMILAR = 478
const EDIT_MAX = 1_000
const DELETE_MAX = 200

const fail = (code: number, detail: string): Answer => ({ code, info: { result: 'fail', detail } })

/** What is wrong with a batch as a whole, or undefined. */
function batchFault(command: Command, count: number, countMax: number): Answer {
  if (command.DataBegin !== 'BeginFlag') return fail(NO_BEGIN, 'can not find DataBegin')
  if (command.DataEnd !== 'EndFlag') return fail(NO_END, 'can not find DataEnd')
  if (count > countMax) return fail(OUT_OF_RANGE, 'PersonNum out of range')
  return Number(command.PersonNum) === count ? undefined : fail(COUNT_DIFFERS, "json of person's data is not equal PersonNum")
}

export interface ListCommandsDeps {
  readonly flash: TerminalFlash
  readonly profile: OemProfile
  readonly clock: Clock
  readonly random: RandomSource
  /** Counts photos that were fetched. */
  readonly fetched: () => void
}

/** Adds or changes one person; the code says what came of it. */
function createPersonEntry({ flash, profile, fetched }: ListCommandsDeps) {
  return async (person: Person): Promise<number> => {
    const { customId, picURI } = person
    if (customId === undefined || customId === '') return NO_CUSTOM_ID
    const held = flash.people().find((one) => one.customId === customId)
    if (held === undefined && flash.people().length >= profile.capacity) return FULL
    if (held === undefined && picURI === undefined) return NO_PICTURE
    let feature = held?.feature
    if (picURI !== undefined) {
      const photo = await downloadPhoto(picURI)
      if (!photo.ok) return photo.error
      fetched()
      const made = await featureOf(photo.value)
      if (made === undefined) return NO_FEATURE
      const isTaken = Number(person.isCheckSimilarity) === 1 && flash.people().some((one) =>
        one.customId !== customId && similarity(Buffer.from(one.feature, 'base64'), made) >= SAME_FACE_MIN)
      if (isTaken) return TOO_SIMILAR
      feature = Buffer.from(made).toString('base64')
    }
    const isTimed = Number(person.tempCardType ?? 0) === 1
    const entry: ListedPerson = {
      customId, name: person.name ?? held?.name ?? '', personType: Number(person.personType ?? 0), feature: feature ?? '',
      validBegin: isTimed ? (person.cardValidBegin ?? null) : null, validEnd: isTimed ? (person.cardValidEnd ?? null) : null,
    }
    flash.put(entry)
    return OK
  }
}

/** The list of persons as its commands change it, one batch at a time. */
export interface ListCommands {
  /** @param power aborts when the terminal loses power: what is not done then is never done */
  carryOut(command: Command, power: AbortSignal): Promise<Answer>
}

export function createListCommands(deps: ListCommandsDeps): ListCommands {
  const { flash, profile, clock, random } = deps
  let isBusy = false

  const codeOf = createPersonEntry(deps)

  const edit = async (command: Command, power: AbortSignal): Promise<Answer> => {
    const list = command.info
    if (!Array.isArray(list)) return fail(NO_INFO, 'Parameter error')
    const fault = batchFault(command, random.float() < profile.cut ? list.length - 1 : list.length, EDIT_MAX)
    if (fault !== undefined) return fault
    const failed: Array<{ customId: string; errcode: string }> = []
    const added: Array<{ customId: string }> = []
    for (const person of list as unknown[]) {
      await sleep(clock, profile.personMs, power)
      if (power.aborted) return undefined
      const error = schemaError(Person, person)
      const { customId = '' } = person as Person
      const code = error === undefined ? await codeOf(person as Person) : BAD_PARAMETER
      if (code === OK) added.push({ customId })
      else failed.push({ customId, errcode: String(code) })
    }
    return { code: OK, info: { AddErrNum: String(failed.length), AddSucNum: String(added.length), AddErrInfo: failed, AddSucInfo: added, result: 'ok' } }
  }

  const remove = (command: Command): Answer => {
    const ids = (command.info as { customId?: unknown } | undefined)?.customId
    if (!Array.isArray(ids)) return fail(NO_INFO, 'Parameter error')
    const fault = batchFault(command, ids.length, DELETE_MAX)
    if (fault !== undefined) return fault
    const done = (ids as string[]).map((customId) => ({ customId, isGone: flash.remove(customId) }))
    const named = (isGone: boolean) => done.filter((one) => one.isGone === isGone).map(({ customId }) => ({ customId }))
    return {
      code: OK,
      info: {
        DelErrNum: String(named(false).length), DelSucNum: String(named(true).length), DelErrInfo: named(false), DelSucInfo: named(true), result: 'ok',
      },
    }
  }

  const query = (): Answer => {
    const ids = flash.people().map((person) => person.customId)
    return { code: OK, info: { TotalPersonNum: String(ids.length), QueryPersonNum: String(ids.length), customId: ids.join(','), result: 'ok' } }
  }

  return {
    async carryOut(command, power) {
      const isBatch = command.operator === 'EditPersonsNew' || command.operator === 'DeletePersons'
      if (isBatch && (isBusy || random.float() < profile.busy)) return fail(BUSY, 'AddPersons / EditPersonsNew is busy')
      if (command.operator === 'QueryPerson') return profile.canQuery ? query() : undefined
      if (!isBatch) return undefined
      isBusy = true
      try {
        return command.operator === 'EditPersonsNew' ? await edit(command, power) : remove(command)
      } finally {
        isBusy = false
      }
    },
  }
}
