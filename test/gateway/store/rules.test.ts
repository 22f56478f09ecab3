import { readFileSync, readdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import sqlite3 from 'sqlite3'
import type { CredentialItemV1, ScheduleV1 } from '#contract/sync-roster.js'
import { MIGRATIONS } from '../../../gateway/store/migrations.js'
import { credential, gate, permit, personRef, uuid, visit } from '../../support/factories.js'
import { openStore } from '../../support/open-store.js'
import { tempDir } from '../../support/temp-dir.js'

const onDisk = (path: string): Buffer => Buffer.concat(readdirSync(dirname(path)).map((name) => readFileSync(join(dirname(path), name))))
const sql = (path: string, text: string): Promise<void> => new Promise((resolve, reject) => {
  const database = new sqlite3.Database(path)
  database.exec(text, (error) => database.close(() => (error ? reject(error) : resolve())))
})
const schedule: ScheduleV1 = { kind: 'schedule.v1', scheduleId: 'day', name: '白天', weekly: [{ days: ['mon', 'fri'], from: '08:00', until: '24:00' }], onHolidays: [{ from: '10:00', until: '12:00' }] }
const holiday = { kind: 'holiday.v1', date: '2026-10-01', name: '国庆节', treatAs: 'holiday' } as const
const settings = { kind: 'device-settings.v1', deviceId: 'cam-1', parameterSetId: uuid(1), values: { brightness: 7 } } as const
const pin: CredentialItemV1 = credential(2, { secret: { kind: 'pin', number: '4711', verifier: 'scrypt$16384$8$1$c2FsdHNhbHQ=$aGFzaGhhc2g=', duressVerifier: null } })
const code: CredentialItemV1 = credential(3, { personRef: null, visitId: visit(1).visitId, secret: { kind: 'token', sha256: 'ab'.repeat(32) } })

describe('roster of the second contract', () => {
  it('gives back what was put after a restart, replaces by id, and forgets what was deleted', async () => {
    const store = await openStore()
    await store.transact(async (tx) => {
      await tx.putSchedule(schedule)
      await tx.putHoliday(holiday)
      await tx.putVisit(visit(1))
      for (const item of [credential(1), pin, code]) await tx.putCredential(item)
      await tx.putDeviceSettings(settings)
    })
    await store.close()
    const again = await openStore({ path: store.path })
    const held = { schedules: [schedule], holidays: [holiday], visits: [visit(1)], credentials: [credential(1), pin, code], deviceSettings: [settings] }
    expect(await again.roster()).toMatchObject(held)
    await again.transact(async (tx) => {
      await tx.putCredential(credential(1, { secret: { kind: 'card', number: 'ffff' } }))
      await tx.putVisit(visit(1, { displayName: '陈' }))
    })
    expect(await again.roster()).toMatchObject({ ...held, visits: [visit(1, { displayName: '陈' })], credentials: [credential(1, { secret: { kind: 'card', number: 'ffff' } }), pin, code] })
    await again.transact(async (tx) => {
      await tx.deleteSchedule('day')
      await tx.deleteHoliday('2026-10-01')
      await tx.deleteCredential(pin.credentialId)
      await tx.deleteVisit(visit(1).visitId)
      await tx.deleteDeviceSettings('cam-1')
    })
    expect(await again.roster()).toMatchObject({ schedules: [], holidays: [], visits: [], credentials: [credential(1, { secret: { kind: 'card', number: 'ffff' } })], deviceSettings: [] })
  })

  it('secrets never lie open on the disk, and do not open in another row', async () => {
    const store = await openStore()
    await store.transact(async (tx) => {
      await tx.putCredential(credential(1))
      await tx.putCredential(pin)
    })
    const bytes = onDisk(store.path)
    expect(['04aabb01', '4711', 'scrypt$16384'].map((secret) => bytes.includes(Buffer.from(secret)))).toEqual([false, false, false])
    await store.close()
    await sql(store.path, `UPDATE credential SET sealed = (SELECT sealed FROM credential WHERE credential_id = '${pin.credentialId}') WHERE credential_id = '${credential(1).credentialId}'`)
    await expect((await openStore({ path: store.path })).roster()).rejects.toMatchObject({ code: 'GW_STORE_KEY' })
  })

  it.each([
    ['of nobody', credential(1, { personRef: null })],
    ['of a person and a visit', credential(1, { visitId: visit(1).visitId })],
    ['of a card number that is none', credential(1, { secret: { kind: 'card', number: 'XYZ' } })],
  ])('refuses a credential %s, and nothing is written', async (_, item) => {
    const store = await openStore()
    await expect(store.transact((tx) => tx.putCredential(item))).rejects.toMatchObject({ code: 'GW_STORE_INVALID', details: { kind: 'credential.v1' } })
    expect((await store.roster()).credentials).toEqual([])
  })
})

describe('what the rules remember', () => {
  it('comes back after a restart', async () => {
    const store = await openStore()
    const state = { gateId: 'gate-1', operatorMode: 'kept-locked', operatorRef: uuid(9), fire: true, toldMode: 'kept-open', firstInAtMs: 5 } as const
    const lock = { key: credential(1).credentialId, failures: 1, locks: 2, lockedUntilMs: 99, updatedAtMs: 3 }
    await store.transact(async (tx) => {
      await tx.putPresence({ areaId: 'yard', holder: personRef(1), direction: 'in', atMs: 10 })
      await tx.putPresence({ areaId: 'yard', holder: personRef(1), direction: 'out', atMs: 20 })
      await tx.putPresence({ areaId: 'yard', holder: personRef(2), direction: 'in', atMs: 5 })
      await tx.prunePresence(10)
      await tx.putGateState({ ...state, fire: false })
      await tx.putGateState(state)
      await tx.putPinLock(lock)
      for (const change of [1, 1, -1] as const) await tx.countVisit(visit(1).visitId, change)
      await tx.countVisit(visit(2).visitId, -1)
      await tx.putCredential(credential(1))
      for (const usedAtMs of [5, 6]) await tx.useCode({ key: `old ${usedAtMs}`, usedAtMs })
      await tx.useCode({ key: 'given back', usedAtMs: 8 })
      await tx.useCode({ key: 'gate-1 code', usedAtMs: 7 })
      await tx.forgetCode('given back')
      await tx.pruneCodes(7)
      await tx.blockCredential(credential(1).credentialId)
      await tx.blockCredential(credential(1).credentialId)
    })
    await store.close()
    const again = await openStore({ path: store.path })
    expect(await again.ruleState()).toEqual({
      presence: [{ areaId: 'yard', holder: personRef(1), direction: 'out', atMs: 20 }], gates: [state], pinLocks: [lock],
      visitUses: new Map([[visit(1).visitId, 1], [visit(2).visitId, 0]]), blockedCredentials: new Set([credential(1).credentialId]), usedCodes: [{ key: 'gate-1 code', usedAtMs: 7 }],
    })
    await again.transact((tx) => tx.deleteCredential(credential(1).credentialId))
    expect(await again.ruleState()).toMatchObject({ pinLocks: [], blockedCredentials: new Set() })
  })
})

describe('a file of the first contract', () => {
  it('keeps gates, permits and devices as they were, and asks the server for everything anew', async () => {
    const path = join(tempDir(), 'gateway.db')
    await sql(path, `PRAGMA application_id = ${0x4a4d4757}; ${MIGRATIONS[0]} PRAGMA user_version = 1; INSERT INTO migration (version, applied_at_ms) VALUES (1, 1);
      INSERT INTO gate VALUES ('gate-1', '1 号门', '["cam-1","cam-2"]', 'ctl-1', 1, 3000, '["card","qr"]');
      INSERT INTO permit VALUES ('${permit(1).permitId}', '${personRef(1)}', '["gate-1"]', ${permit(1).validFromMs}, ${permit(1).validUntilMs});
      INSERT INTO device VALUES ('cam-1', 'camera', 'aa', NULL), ('ctl-1', 'controller', 'bb', 7);
      INSERT INTO meta VALUES ('roster_cursor', 41);`)
    const store = await openStore({ path })
    expect(await store.roster()).toMatchObject({ gates: [gate(1, { cameraIds: ['cam-1', 'cam-2'] })], permits: [permit(1)], cursor: 0 })
    expect(await store.devices()).toEqual([
      { deviceId: 'cam-1', deviceKind: 'camera', certificateFingerprint: 'aa', revokedAtMs: null }, { deviceId: 'ctl-1', deviceKind: 'controller', certificateFingerprint: 'bb', revokedAtMs: 7 },
    ])
    await store.saveDevice({ deviceId: 'rd-1', deviceKind: 'reader', certificateFingerprint: 'cc', revokedAtMs: null })
    expect((await store.devices()).length).toBe(3)
  })
})
