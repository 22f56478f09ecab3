import { describe, expect, it } from 'vitest'
import type { DeskSessionRow, OperatorRow } from '../../../gateway/desk/ports.js'
import { statusRecord, uuid } from '../../support/factories.js'
import { openStore } from '../../support/open-store.js'

const operator = (number: number, change: Partial<OperatorRow> = {}): OperatorRow => ({
  operatorRef: uuid(number, 0x9), loginName: `guard-${number}`, displayName: `保安 ${number}`, role: 'guard', passwordHash: 'scrypt$x', createdAtMs: 1, disabledAtMs: null, ...change,
})
const session = (token: string, operatorRef: string, change: Partial<DeskSessionRow> = {}): DeskSessionRow =>
  ({ tokenHash: token, operatorRef, createdAtMs: 10, lastSeenAtMs: 10, expiresAtMs: 1_000, ...change })

describe('operators', () => {
  it('are found by login name, changed in place, and keep their reference once erased', async () => {
    const store = await openStore()
    await store.transact(async (tx) => {
      await tx.putOperator(operator(2))
      await tx.putOperator(operator(1))
    })
    expect(await store.operatorByLogin('guard-1')).toEqual(operator(1))
    expect(await store.operatorByLogin('guard-3')).toBeUndefined()
    const erased = operator(1, { loginName: null, displayName: '', passwordHash: null, disabledAtMs: 5 })
    await store.transact((tx) => tx.putOperator(erased))
    expect(await store.operators()).toEqual([operator(2), erased])
  })

  it('share no login name', async () => {
    const store = await openStore()
    await store.transact((tx) => tx.putOperator(operator(1)))
    await expect(store.transact((tx) => tx.putOperator(operator(2, { loginName: 'guard-1' })))).rejects.toMatchObject({ code: 'GW_DESK_LOGIN_NAME_TAKEN' })
    expect(await store.operators()).toEqual([operator(1)])
  })
})

describe('logins, notes and holds', () => {
  it('a login is found with its operator until it is ended, alone or with all of that operator', async () => {
    const store = await openStore()
    const [one, other] = [operator(1), operator(2)]
    await store.transact(async (tx) => {
      for (const who of [one, other]) await tx.putOperator(who)
      for (const [token, who] of [['a', one], ['b', one], ['c', one], ['d', other]] as const) await tx.putDeskSession(session(token, who.operatorRef))
      await tx.touchDeskSession('a', 77)
    })
    expect(await store.deskSession('a')).toEqual({ session: session('a', one.operatorRef, { lastSeenAtMs: 77 }), operator: one })
    await store.transact((tx) => tx.endDeskSessions({ tokenHash: 'a' }))
    expect(await store.deskSession('a')).toBeUndefined()
    await store.transact((tx) => tx.endDeskSessions({ operatorRef: one.operatorRef }))
    expect(await Promise.all(['b', 'c', 'd'].map(async (token) => (await store.deskSession(token)) !== undefined))).toEqual([false, false, true])
  })

  it('notes of hand-over come newest first; remarks on passages are not among them; old ones and old logins go', async () => {
    const store = await openStore()
    const note = (number: number, passageId: string | null = null) =>
      ({ noteId: uuid(number), operatorRef: operator(1).operatorRef, writtenAtMs: number * 100, passageId, text: `note ${number}` })
    await store.transact(async (tx) => {
      await tx.putOperator(operator(1))
      for (const row of [note(1), note(2), note(3, uuid(9)), note(4)]) await tx.putDeskNote(row)
      await tx.putDeskSession(session('old', operator(1).operatorRef, { expiresAtMs: 199 }))
      await tx.putDeskSession(session('new', operator(1).operatorRef, { expiresAtMs: 200 }))
    })
    expect([await store.deskNotes(2), await store.deskRemarks(2)]).toEqual([[note(4), note(2)], [note(3, uuid(9))]])
    await store.transact((tx) => tx.pruneDesk(200))
    expect(await store.deskNotes(10)).toEqual([note(4), note(2)])
    expect([await store.deskSession('old'), (await store.deskSession('new'))?.session.tokenHash]).toEqual([undefined, 'new'])
  })

  it('a hold is one row an item', async () => {
    const store = await openStore()
    const hold = { kind: 'visit', itemId: uuid(1), untilMs: 5 } as const
    await store.transact(async (tx) => {
      await tx.putDeskHold(hold)
      await tx.putDeskHold({ ...hold, untilMs: 9 })
      await tx.putDeskHold({ ...hold, kind: 'credential' })
    })
    await store.transact((tx) => tx.dropDeskHold('credential', hold.itemId))
    expect(await store.deskHolds()).toEqual([{ ...hold, untilMs: 9 }])
  })
})

it('the log is read backwards from a place, the newest first', async () => {
  const store = await openStore()
  for (let number = 1; number <= 5; number++) await store.transact((tx) => tx.append(statusRecord(number)))
  const seqs = async (seq: number, limit: number) => (await store.recordsBefore({ epoch: 1, seq }, limit)).map((record) => record.seq)
  expect(await seqs(6, 3)).toEqual([5, 4, 3])
  expect(await seqs(3, 9)).toEqual([2, 1])
  expect(await seqs(1, 9)).toEqual([])
  expect((await store.recordsBefore({ epoch: 2, seq: 0 }, 1)).map((record) => record.seq)).toEqual([5])
})
