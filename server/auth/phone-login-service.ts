import type { IdSource } from '#kernel/ids.js'
import type { Logger } from '#kernel/log.js'
import type { RandomSource } from '#kernel/random.js'
import type { RunChange } from '../audit/change.js'
import type { Tx } from '../db/transaction.js'
import { fail } from '../errors.js'
import type { MessageChannel } from '../message/message-port.js'
import { messageText } from '../message/message-rules.js'
import { phoneOf } from '../resident/contact-rules.js'
import { type RegisteredPerson, personsOfPhone } from '../resident/person-register.js'
import { type PasswordHash, madeUpPassword } from './password-hash.js'
import { ADDRESS_LIMIT, CODE_MS, CODE_TRIES_MAX, DAY_MS, newCode, phoneHashOf, waitSeconds } from './phone-code-rules.js'
import * as codes from './phone-code-repository.js'
import { findUserOfPerson, insertAccount } from './resident-account-repository.js'
import type { SessionService } from './session-service.js'
import * as users from './user-repository.js'

export interface PhoneLoginDeps {
  readonly read: Tx
  readonly change: RunChange
  readonly sessions: SessionService
  readonly passwords: PasswordHash
  readonly channel: MessageChannel
  readonly runtime: { readonly ids: IdSource; readonly random: RandomSource; readonly log: Logger }
}

export type PhoneLogin =
  | { readonly kind: 'in'; readonly token: string; readonly expiresAtMs: number }
  /** The number is that of several persons: the same code goes on with one of them. */
  | { readonly kind: 'choose'; readonly persons: readonly RegisteredPerson[] }

export interface PhoneLoginService {
  /**
   * Has a code sent to a phone of the register. For a number that nobody has the answer is the same, and takes as long.
   * @throws AppError SV_PERSON_PHONE, SV_AUTH_SLOW_DOWN with `retryAfterSeconds`
   */
  requestCode(phone: string, address: string): Promise<{ expiresInSeconds: number }>
  /** @throws AppError SV_AUTH_CODE, the same for a wrong code, one that is too old or used, and a number that nobody has */
  login(entry: { phone: string; code: string; personRef?: string | undefined }, address: string): Promise<PhoneLogin>
  /** Sends the codes that were asked for; to be run often. A code is nowhere but in memory until then. @returns how many the channel took */
  sendCodes(): Promise<number>
  /** Forgets what no limit counts any more. */
  prune(): Promise<void>
}

interface WaitingCode {
  readonly challengeId: string
  readonly phone: string
  readonly code: string
}

/** More waiting codes than a channel sends in its slowest minute; those beyond are asked for again by their owners. */
const WAITING_MAX = 500

async function openAccount(deps: PhoneLoginDeps, { personRef, estateId }: RegisteredPerson): Promise<string> {
  // Nobody knows the password: the only way in is the phone.
  const passwordHash = await deps.passwords.make(madeUpPassword(deps.runtime.random))
  return deps.change(null, async (change) => {
    const known = await findUserOfPerson(change.tx, personRef)
    if (known !== null) return known
    const userId = deps.runtime.ids.uuid()
    const grants = [{ role: 'resident', estateId }] as const
    // The name stays where names are; a login name without letters of any alphabet of names.
    await users.insert(change.tx, { userId, loginName: `resident:${personRef}`, displayName: 'resident', passwordHash, grants, disabledAtMs: null }, change.atMs)
    await insertAccount(change.tx, { userId, personRef }, change.atMs)
    await change.audit({ action: 'user.create', subject: `user:${userId}`, estateId, after: { personRef, grants: [`resident@${estateId}`] } })
    return userId
  })
}

export function createPhoneLoginService(deps: PhoneLoginDeps): PhoneLoginService {
  const { read, change, sessions, passwords, channel, runtime: { ids, random, log } } = deps
  const waiting: WaitingCode[] = []

  const refuse = (): Error => fail('SV_AUTH_CODE')

  async function send({ challengeId, phone, code }: WaitingCode): Promise<boolean> {
    const fields = { code }
    const { version, text } = messageText('login-code', fields)
    const result = await channel.send({ messageId: challengeId, phone, openId: null, template: 'login-code', templateVersion: version, fields, text })
    if (result.outcome === 'sent') return true
    log.warn({ challengeId, problem: result.problem }, 'a login code was not sent')
    return false
  }

  return {
    async requestCode(given, address) {
      const phone = phoneOf(given)
      if (phone === undefined) throw fail('SV_PERSON_PHONE', { field: 'phone' })
      const phoneHash = phoneHashOf(phone)
      const code = newCode(random)
      const codeHash = await passwords.make(code)
      const challengeId = ids.uuid()
      await change(null, async ({ tx, atMs }) => {
        const [ofPhone, ofAddress] = [await codes.codeTimes(tx, { phoneHash }, atMs - DAY_MS), await codes.codeTimes(tx, { address }, atMs - ADDRESS_LIMIT.spanMs)]
        const retryAfterSeconds = waitSeconds(ofPhone, ofAddress, atMs)
        if (retryAfterSeconds > 0) throw fail('SV_AUTH_SLOW_DOWN', { retryAfterSeconds })
        await codes.insertCode(tx, { challengeId, phoneHash, codeHash, address, createdAtMs: atMs, expiresAtMs: atMs + CODE_MS })
      })
      const isKnown = (await personsOfPhone(read, phone)).length > 0
      if (isKnown && waiting.length < WAITING_MAX) waiting.push({ challengeId, phone, code })
      return { expiresInSeconds: CODE_MS / 1_000 }
    },
    async login({ phone: given, code, personRef }, address) {
      const phone = phoneOf(given)
      const tried = phone === undefined ? null : await change(null, ({ tx, atMs }) => codes.takeTry(tx, phoneHashOf(phone), atMs, CODE_TRIES_MAX))
      const matches = await passwords.matches(tried?.codeHash ?? null, code)
      if (phone === undefined || tried === null || !matches) throw refuse()
      const persons = await personsOfPhone(read, phone)
      const person = personRef === undefined && persons.length === 1 ? persons[0] : persons.find((each) => each.personRef === personRef)
      if (person === undefined && personRef === undefined && persons.length > 1) return { kind: 'choose', persons }
      if (person === undefined) throw refuse()
      const userId = await findUserOfPerson(read, person.personRef) ?? await openAccount(deps, person)
      const user = await users.findById(read, userId)
      if (user === null || user.disabledAtMs !== null) throw refuse()
      const session = await change(userId, async (one) => {
        if (!await codes.useCode(one.tx, tried.challengeId, one.atMs)) throw refuse()
        await one.audit({ action: 'session.open', subject: `user:${userId}`, estateId: person.estateId, after: { by: 'phone-code' } })
        return sessions.openResident(one.tx, userId, address)
      })
      return { kind: 'in', ...session }
    },
    async sendCodes() {
      let sent = 0
      for (let one = waiting.shift(); one !== undefined; one = waiting.shift()) {
        const failed = (error: unknown): boolean => {
          log.error({ err: error }, 'a login code could not be sent')
          return false
        }
        if (await send(one).catch(failed)) sent += 1
      }
      return sent
    },
    prune: () => change(null, async ({ tx, atMs }) => void await codes.deleteCodesBefore(tx, atMs - DAY_MS)),
  }
}
