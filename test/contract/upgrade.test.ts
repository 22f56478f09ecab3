import { describe, expect, it } from 'vitest'
import { parseJson } from '../../gateway/contract/codec.js'
import { RECORD_SCHEMAS, type RecordBody } from '../../gateway/contract/sync-records.js'
import { ROSTER_SCHEMAS, type RosterItem } from '../../gateway/contract/sync-roster.js'
import { currentRecord, currentRosterItem } from '../../gateway/contract/upgrade.js'
import { readVectors, textOf } from './vector-files.js'

const valuesOf = <T>(name: string): T[] => {
  const file = readVectors(name)
  return file.valid.map((vector) => JSON.parse(textOf(file, vector)) as T)
}

describe('what the first contract said, read as the newest', () => {
  it.each(['passage.v1', 'device-status.v1'] as const)('%s: every golden value becomes a valid record that says the same', (kind) => {
    for (const old of valuesOf<RecordBody>(kind)) {
      const now = currentRecord(old)
      expect(now.kind).toBe(kind.replace('v1', 'v2'))
      expect(parseJson(RECORD_SCHEMAS[now.kind], JSON.stringify(now))).toEqual({ ok: true, value: now })
      const { kind: _, frameId, frameAgeMs, ...same } = old as RecordBody & { frameId?: unknown; frameAgeMs?: unknown }
      expect(now).toMatchObject(same)
      if (kind === 'passage.v1') expect(now).toMatchObject({ seenId: frameId, ageMs: frameAgeMs, direction: 'in', remarks: [], waitMs: null })
    }
  })

  it.each(['gate.v1', 'permit.v1'] as const)('%s: every golden value becomes a valid item without a restriction', (kind) => {
    for (const old of valuesOf<RosterItem>(kind)) {
      const now = currentRosterItem(old)
      expect(parseJson(ROSTER_SCHEMAS[now.kind], JSON.stringify(now))).toEqual({ ok: true, value: now })
      if (now.kind === 'permit.v2') expect(now).toMatchObject({ scheduleId: null, role: 'resident' })
      if (now.kind === 'gate.v2' && old.kind === 'gate.v1') {
        expect(now.devices).toEqual(old.cameraIds.map((deviceId) => ({ deviceId, direction: 'in' })))
        expect(now.rules).toMatchObject({ antiPassback: 'off', occupancyMax: null, interlockGroup: null, openScheduleId: null, lockedScheduleId: null, firstPersonIn: false })
      }
    }
  })

  it('the newest stays what it is', () => {
    for (const kind of ['passage.v2', 'alarm.v1'] as const) for (const record of valuesOf<RecordBody>(kind)) expect(currentRecord(record)).toBe(record)
    for (const kind of ['gate.v2', 'visit.v1'] as const) for (const item of valuesOf<RosterItem>(kind)) expect(currentRosterItem(item)).toBe(item)
  })
})
