import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import type { AppError } from '#kernel/app-error.js'
import type { StoreTx } from '../../../gateway/store/types.js'
import { person, statusRecord, uuid } from '../../support/factories.js'
import { openStore } from '../../support/open-store.js'

const names = async (store: Awaited<ReturnType<typeof openStore>>): Promise<string[]> => (await store.roster()).persons.map((row) => row.displayName)

/** Commits in the write-ahead log: a frame whose header names the size of the database ends one (sqlite.org/fileformat.html §4.1). */
function commits(path: string): number {
  const wal = readFileSync(`${path}-wal`)
  const salt = wal.subarray(16, 24)
  let count = 0
  for (let at = 32; at + 24 <= wal.length && wal.subarray(at + 8, at + 16).equals(salt); at += 24 + wal.readUInt32BE(8)) if (wal.readUInt32BE(at + 4) > 0) count++
  return count
}

describe('transactions', () => {
  it('commit all of a work or none of it, and undo one that throws without touching its neighbours', async () => {
    const store = await openStore()
    const boom = new Error('boom')
    const settled = await Promise.allSettled([
      store.transact(async (tx) => {
        await tx.putPerson(person(1))
        return tx.append(statusRecord(1))
      }),
      store.transact(async (tx) => {
        await tx.putPerson(person(2))
        await tx.append(statusRecord(2))
        throw boom
      }),
      store.transact(async (tx) => {
        await tx.putPerson(person(3))
        return tx.append(statusRecord(3))
      }),
    ])
    expect(settled).toEqual([
      { status: 'fulfilled', value: { epoch: 1, seq: 1, hash: expect.any(String) } },
      { status: 'rejected', reason: boom },
      { status: 'fulfilled', value: { epoch: 1, seq: 2, hash: store.head()?.hash } },
    ])
    expect(await names(store)).toEqual([person(1).displayName, person(3).displayName])
    expect((await store.recordsAfter(1, 0, 10)).map((record) => record.payload)).toEqual([1, 3].map((number) => JSON.stringify(statusRecord(number))))
    expect(store.head()?.seq).toBe(2)
  })

  it('share commits: a thousand works at once need few of them', async () => {
    const store = await openStore()
    await store.transact((tx) => tx.append(statusRecord(0)))
    const before = commits(store.path)
    await Promise.all(Array.from({ length: 1_000 }, (_, number) => store.transact((tx) => tx.append(statusRecord(number + 1)))))
    const took = commits(store.path) - before
    expect(took).toBeGreaterThan(0)
    expect(took).toBeLessThan(20)
    const records = await store.recordsAfter(1, 0, 2_000)
    expect(new Set(records.map((record) => (JSON.parse(record.payload) as { recordId: string }).recordId)).size).toBe(1_001)
  })

  it('show nothing outside before the commit', async () => {
    const store = await openStore()
    const seen: unknown[] = []
    await store.transact(async (tx) => {
      await tx.append(statusRecord(1))
      await tx.putPerson(person(1))
      seen.push(store.head()?.seq, (await store.recordsAfter(1, 0, 10)).length, (await names(store)).length)
    })
    expect(seen).toEqual([0, 0, 0])
    expect([store.head()?.seq, (await store.recordsAfter(1, 0, 10)).length, (await names(store)).length]).toEqual([1, 1, 1])
  })

  it('run what a work did not await in order, and fail the work where that failed', async () => {
    const store = await openStore()
    await store.transact(async (tx) => {
      void tx.append(statusRecord(1))
      void tx.append(statusRecord(2))
    })
    expect(store.head()?.seq).toBe(2)
    await expect(store.transact(async (tx) => {
      void tx.append(statusRecord(3))
      void tx.append(statusRecord(4, { deviceId: 'NOT' }))
    })).rejects.toMatchObject({ code: 'GW_STORE_INVALID' })
    expect(store.head()?.seq).toBe(2)
  })

  it('cannot be used once their work has ended', async () => {
    const store = await openStore()
    let kept: StoreTx | undefined
    await store.transact(async (tx) => {
      kept = tx
    })
    await expect(kept?.append(statusRecord(1))).rejects.toMatchObject({ code: 'GW_STORE_TX_OVER' })
    expect(store.head()?.seq).toBe(0)
  })

  it('claim a device event once, whoever asks', async () => {
    const store = await openStore()
    const claim = (deviceId: string, number: number): Promise<boolean> => store.transact((tx) => tx.claimDeviceEvent(deviceId, uuid(number)))
    expect(await Promise.all([claim('ctl-1', 1), claim('ctl-1', 1), claim('ctl-2', 1), claim('ctl-1', 2)])).toEqual([true, false, true, true])
    await expect(store.transact(async (tx) => {
      await tx.claimDeviceEvent('ctl-1', uuid(3))
      throw new Error('after the claim')
    })).rejects.toThrow('after the claim')
    expect(await claim('ctl-1', 3)).toBe(true)
  })

  it('move a command by compare-and-set', async () => {
    const store = await openStore()
    const command = { commandId: uuid(1), passageId: uuid(2), gateId: 'gate-1', deviceId: 'ctl-1', issuedAtMs: 5, stage: 'issued' } as const
    await store.transact((tx) => tx.putCommand(command))
    expect(await store.openCommands()).toEqual([command])
    const move = (to: 'executed' | 'no-answer'): Promise<boolean> => store.transact((tx) => tx.moveCommand(uuid(1), 'issued', to))
    expect(await Promise.all([move('executed'), move('no-answer')])).toEqual([true, false])
    expect(await store.transact((tx) => tx.findCommand(uuid(1)))).toEqual({ ...command, stage: 'executed' })
    expect(await store.transact((tx) => tx.findCommand(uuid(9)))).toBeUndefined()
    expect(await store.openCommands()).toEqual([])
  })

  it('closing waits for those accepted and refuses the rest', async () => {
    const store = await openStore()
    const accepted = Array.from({ length: 50 }, (_, number) => store.transact((tx) => tx.append(statusRecord(number))))
    const closing = store.close()
    await expect(store.transact((tx) => tx.append(statusRecord(99)))).rejects.toMatchObject({ code: 'GW_STORE_CLOSED' })
    expect((await Promise.all(accepted)).length).toBe(50)
    await closing
    await expect(store.backlog()).rejects.toMatchObject({ code: 'GW_STORE_CLOSED' })
    const again = await openStore({ path: store.path })
    expect(again.head()?.seq).toBe(50)
    expect(again.wasCleanShutdown()).toBe(true)
  })
})

describe('a full disk', () => {
  it('refuses writes whole, keeps answering reads, keeps the chain, and goes on once there is room', async () => {
    const fileBytesMax = 800 * 1_024
    const store = await openStore({ space: { fileBytesMax } })
    const stored: number[] = []
    let failure: AppError | undefined
    for (let number = 0; failure === undefined && number < 10_000; number++) {
      await store.transact((tx) => tx.append(statusRecord(number))).then(({ seq }) => stored.push(seq), (error: AppError) => (failure = error))
    }
    expect(failure?.code).toBe('GW_STORE_FULL')
    expect(stored.length).toBeGreaterThan(100)
    expect(store.head()?.seq).toBe(stored.length)
    expect(await store.backlog()).toBe(stored.length)
    const group = await Promise.allSettled([1, 2, 3].map((number) => store.transact(async (tx) => {
      await tx.claimDeviceEvent('ctl-1', uuid(number))
      for (let copy = 0; copy < 20; copy++) await tx.append(statusRecord(number))
    })))
    expect(group.map((result) => result.status === 'rejected' && (result.reason as AppError).code)).toEqual(Array(3).fill('GW_STORE_FULL'))
    expect(store.head()?.seq).toBe(stored.length)

    await store.markUploaded(1, stored.length)
    expect(await store.prune({ recordsBeforeMs: Number.MAX_SAFE_INTEGER, claimsBeforeMs: 0 })).toBe(stored.length - 1)
    expect(await store.transact((tx) => tx.append(statusRecord(1)))).toMatchObject({ epoch: 1, seq: stored.length + 1 })
    expect(await store.transact((tx) => tx.claimDeviceEvent('ctl-1', uuid(1)))).toBe(true)
    await store.close()
    await openStore({ path: store.path })
  })
})
