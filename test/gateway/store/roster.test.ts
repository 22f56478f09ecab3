import { readFileSync, readdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import sqlite3 from 'sqlite3'
import { NO_ROSTER, consent, gate, permit, person, personRef, statusRecord, uuid } from '../../support/factories.js'
import { openStore, storedTemplates } from '../../support/open-store.js'

const embedding = (seed: number): Float32Array => Float32Array.from({ length: 128 }, (_, i) => Math.sin(seed * 1_000 + i) / 8)
const bytesOf = (floats: Float32Array): Buffer => Buffer.from(floats.buffer)

const STRICT_GATE = gate(2, {
  devices: [{ deviceId: 'cam-a', direction: 'in' }, { deviceId: 'cam-b', direction: 'out' }], zoneId: 'tower-a', faceFreeWays: ['guard'],
  rules: { antiPassback: 'hard', areaId: 'yard', occupancyMax: 40, interlockGroup: 'lock', lockedScheduleId: 'night' },
})

/** Every byte of the database as it lies on the disk. */
const onDisk = (path: string): Buffer => Buffer.concat(readdirSync(dirname(path)).map((name) => readFileSync(join(dirname(path), name))))

describe('roster', () => {
  it('gives back what was put, replaces by id, and forgets what was deleted', async () => {
    const store = await openStore()
    expect(await store.roster()).toEqual(NO_ROSTER)
    await store.transact(async (tx) => {
      for (const number of [1, 2]) {
        await tx.putPerson(person(number))
        await tx.putConsent(consent(number))
        await tx.putPermit(permit(number))
        await tx.putGate(gate(number))
      }
      await tx.setRosterCursor(3_000_000_000)
    })
    await store.transact(async (tx) => {
      await tx.putPerson(person(2, { displayName: '陈' }))
      await tx.putConsent(consent(2, { guardianRef: personRef(9) }))
      await tx.putPermit(permit(2, { gateIds: ['gate-1', 'gate-2'], role: 'staff', scheduleId: 'day' }))
      await tx.putGate(STRICT_GATE)
      await tx.deletePerson(personRef(1))
      await tx.deleteConsent(consent(1).consentId)
      await tx.deletePermit(permit(1).permitId)
      await tx.deleteGate('gate-1')
      await tx.deleteGate('gate-7')
    })
    expect(await store.roster()).toEqual({
      ...NO_ROSTER,
      persons: [person(2, { displayName: '陈' })],
      consents: [consent(2, { guardianRef: personRef(9) })],
      permits: [permit(2, { gateIds: ['gate-1', 'gate-2'], role: 'staff', scheduleId: 'day' })],
      gates: [STRICT_GATE],
      cursor: 3_000_000_000,
    })
  })

  it('refuses a gate without a face-free way in, and names the field', async () => {
    const store = await openStore()
    await expect(store.transact((tx) => tx.putGate(gate(1, { faceFreeWays: [] }))))
      .rejects.toMatchObject({ code: 'GW_STORE_INVALID', details: { kind: 'gate.v2', error: expect.stringMatching(/^\/faceFreeWays/) } })
    await expect(store.transact((tx) => tx.setRosterCursor(-1))).rejects.toMatchObject({ code: 'GW_STORE_INVALID' })
    expect((await store.roster()).gates).toEqual([])
  })

  it('gives one person with the consents of that person, and nobody where there is none', async () => {
    const store = await openStore()
    const later = consent(1, { consentId: uuid(99, 0xc) })
    await store.transact(async (tx) => {
      await tx.putPerson(person(1))
      await tx.putPerson(person(2))
      for (const given of [consent(1), later, consent(2)]) await tx.putConsent(given)
    })
    expect(await store.rosterPerson(personRef(1))).toEqual({ person: person(1), consents: [consent(1), later] })
    expect(await store.rosterPerson(personRef(3))).toBeUndefined()
  })

  it('a consent never changes its person', async () => {
    const store = await openStore()
    await store.transact((tx) => tx.putConsent(consent(1)))
    await expect(store.transact((tx) => tx.putConsent(consent(1, { personRef: personRef(2) })))).rejects.toMatchObject({ code: 'GW_STORE_INVALID' })
    expect((await store.roster()).consents).toEqual([consent(1)])
  })
})

describe('templates', () => {
  const enrolled = async (): Promise<Awaited<ReturnType<typeof openStore>>> => {
    const store = await openStore()
    await store.transact(async (tx) => {
      await tx.putPerson(person(1))
      await tx.putConsent(consent(1))
      await tx.putTemplates(personRef(1), consent(1).consentId, 'model-1', [embedding(1), embedding(2)])
    })
    return store
  }

  it('come back bit for bit after a restart, and are replaced as a whole', async () => {
    const store = await enrolled()
    await store.close()
    const again = await openStore({ path: store.path })
    const held = { personRef: personRef(1), consentId: consent(1).consentId, modelId: 'model-1' }
    expect(await storedTemplates(again)).toEqual([{ ...held, embeddings: [embedding(1), embedding(2)] }])
    await again.transact((tx) => tx.putTemplates(personRef(1), consent(1).consentId, 'model-2', [embedding(3)]))
    expect(await storedTemplates(again)).toEqual([{ ...held, modelId: 'model-2', embeddings: [embedding(3)] }])
  })

  it('need a consent of the same person', async () => {
    const store = await enrolled()
    const put = (number: number, consentNumber: number): Promise<void> =>
      store.transact((tx) => tx.putTemplates(personRef(number), consent(consentNumber).consentId, 'model-1', [embedding(1)]))
    await expect(put(2, 2)).rejects.toMatchObject({ code: 'GW_STORE_NO_CONSENT' })
    await expect(put(2, 1)).rejects.toMatchObject({ code: 'GW_STORE_NO_CONSENT' })
    await expect(store.transact((tx) => tx.putTemplates(personRef(1), consent(1).consentId, 'model-1', []))).rejects.toMatchObject({ code: 'GW_STORE_INVALID' })
    expect((await storedTemplates(store)).map((row) => row.personRef)).toEqual([personRef(1)])
  })

  it('hold their consent until they are deleted', async () => {
    const store = await enrolled()
    await expect(store.transact((tx) => tx.deleteConsent(consent(1).consentId))).rejects.toMatchObject({ code: 'GW_STORE_CONSENT_IN_USE', details: { templates: 2 } })
    expect(await store.transact(async (tx) => {
      const removed = await tx.deleteTemplates(personRef(1))
      await tx.deleteConsent(consent(1).consentId)
      return removed
    })).toBe(2)
    expect(await storedTemplates(store)).toEqual([])
    expect((await store.roster()).consents).toEqual([])
    expect(await store.transact((tx) => tx.deleteTemplates(personRef(1)))).toBe(0)
  })

  it('come in pages of whole persons, and a page is not disturbed by what is written between two', async () => {
    const store = await openStore()
    await store.transact(async (tx) => {
      for (let n = 1; n <= 230; n++) {
        await tx.putPerson(person(n))
        await tx.putConsent(consent(n))
        if (n !== 150) await tx.putTemplates(personRef(n), consent(n).consentId, 'model-1', [embedding(n), embedding(n + 1_000)])
      }
    })
    const pages: string[][] = []
    for await (const page of store.templatePages()) {
      pages.push(page.map((row) => row.personRef))
      for (const [index, row] of page.entries()) {
        const n = Number.parseInt(row.personRef.slice(-12), 16)
        if (index === 0 || n === 230) expect(row).toEqual({ personRef: personRef(n), consentId: consent(n).consentId, modelId: 'model-1', embeddings: [embedding(n), embedding(n + 1_000)] })
      }
      if (pages.length > 1) continue
      await store.transact(async (tx) => {
        await tx.deleteTemplates(personRef(101))
        await tx.putTemplates(personRef(150), consent(150).consentId, 'model-1', [embedding(150)])
      })
    }
    const all = Array.from({ length: 230 }, (_, index) => personRef(index + 1))
    expect(pages.map((page) => page.length)).toEqual([100, 100, 29])
    expect(pages.flat()).toEqual(all.filter((ref) => ref !== personRef(101)))
  })

  it('never lie open on the disk, and after deletion not even sealed', async () => {
    const store = await enrolled()
    const sealed = await new Promise<Buffer[]>((resolve, reject) => {
      const database = new sqlite3.Database(store.path, sqlite3.OPEN_READONLY)
      database.all<{ sealed: Buffer }>('SELECT sealed FROM template', (error, rows) => database.close(() => (error ? reject(error) : resolve(rows.map((row) => row.sealed)))))
    })
    expect(sealed.map((blob) => blob.length)).toEqual([12 + 512 + 16, 12 + 512 + 16])
    const before = onDisk(store.path)
    expect(sealed.map((blob) => before.includes(blob))).toEqual([true, true])
    expect([1, 2].map((seed) => before.includes(bytesOf(embedding(seed)).subarray(0, 16)))).toEqual([false, false])
    await store.transact(async (tx) => {
      await tx.deleteTemplates(personRef(1))
      await tx.append(statusRecord(1))
    })
    const after = onDisk(store.path)
    expect(sealed.map((blob) => after.includes(blob.subarray(12, 44)))).toEqual([false, false])
  })

  it('do not open where a row was given to another person', async () => {
    const store = await enrolled()
    await store.close()
    await new Promise<void>((resolve, reject) => {
      const database = new sqlite3.Database(store.path)
      database.run('UPDATE template SET person_ref = ?', [personRef(2)], (error) => database.close(() => (error ? reject(error) : resolve())))
    })
    await expect(storedTemplates(await openStore({ path: store.path }))).rejects.toMatchObject({ code: 'GW_STORE_KEY' })
  })
})
