import { bulkWrite } from '../db/bulk.js'
import { inChunks, keysInChunks } from '../db/chunks.js'
import type { Tx } from '../db/transaction.js'

export interface ContactRecord {
  readonly personRef: string
  /** 11 digits. */
  readonly phone: string | null
}

const CONTACTS = { table: 'PersonContact', key: ['personRef'], onConflict: { update: ['phone'] }, columns: ['personRef', 'phone'] } as const

export async function saveContacts(tx: Tx, contacts: readonly ContactRecord[]): Promise<void> {
  for (const some of inChunks(contacts)) await bulkWrite(tx, CONTACTS, some.map((each) => ({ ...each })), ['personRef'])
}

/** Phone numbers of these persons, as far as there are any. */
export async function phones(tx: Tx, personRefs: readonly string[]): Promise<Map<string, string>> {
  const found = new Map<string, string>()
  for (const some of keysInChunks(personRefs)) {
    const rows = await tx.personContact.findMany({ where: { personRef: { in: [...some] }, phone: { not: null } } })
    for (const { personRef, phone } of rows) if (phone !== null) found.set(personRef, phone)
  }
  return found
}

/** Persons with this number. */
export const personsWithPhone = async (tx: Tx, phone: string): Promise<string[]> =>
  (await tx.personContact.findMany({ where: { phone }, select: { personRef: true }, orderBy: { personRef: 'asc' } })).map((row) => row.personRef)

/** Ids of these persons at the city's WeChat account, as far as they bound any. */
export async function openIds(read: Tx, personRefs: readonly string[]): Promise<Map<string, string>> {
  const found = new Map<string, string>()
  for (const some of keysInChunks(personRefs)) {
    for (const { personRef, openId } of await read.wechatAddress.findMany({ where: { personRef: { in: [...some] } } })) found.set(personRef, openId)
  }
  return found
}

export const saveOpenId = async (tx: Tx, personRef: string, openId: string, atMs: number): Promise<void> => void (await tx.wechatAddress.upsert({
  where: { personRef }, create: { personRef, openId, boundAtMs: BigInt(atMs) }, update: { openId, boundAtMs: BigInt(atMs) },
}))

export const eraseOpenId = async (tx: Tx, personRef: string): Promise<void> => void (await tx.wechatAddress.deleteMany({ where: { personRef } }))

export async function eraseContact(tx: Tx, personRef: string): Promise<void> {
  await tx.personContact.deleteMany({ where: { personRef } })
  await eraseOpenId(tx, personRef)
}
