import type { CurrentRosterItem } from '#contract/upgrade.js'
import type { DeskHold } from '../desk/ports.js'
import type { RosterSnapshot, StoreTx } from '../store/types.js'

/** Kinds that are put and deleted by their id, and nothing more: persons and consents have erasures behind them. */
export const SIMPLE_KINDS = ['permit', 'gate', 'schedule', 'holiday', 'credential', 'visit', 'device-settings'] as const
export type SimpleKind = (typeof SIMPLE_KINDS)[number]

type ItemOf<Kind extends CurrentRosterItem['kind']> = Extract<CurrentRosterItem, { kind: Kind }>
export type SimplePut = ItemOf<'permit.v2' | 'gate.v2' | 'schedule.v1' | 'holiday.v1' | 'credential.v1' | 'visit.v1' | 'device-settings.v1'>
export type SimpleDeletion = ItemOf<
  'permit-deleted.v1' | 'gate-deleted.v1' | 'schedule-deleted.v1' | 'holiday-deleted.v1' | 'credential-deleted.v1' | 'visit-deleted.v1' | 'device-settings-deleted.v1'
>

export const isDeletion = (item: SimplePut | SimpleDeletion | ItemOf<'person.v1' | 'consent.v1'>): item is SimpleDeletion => item.kind.endsWith('-deleted.v1')

/** The kind without version or tombstone. */
export const kindOf = (item: SimplePut | SimpleDeletion): SimpleKind => item.kind.replace(/(-deleted)?\.v\d+$/, '') as SimpleKind

/** The id that an item is put and deleted by. */
export function idOf(item: SimplePut | SimpleDeletion): string {
  switch (item.kind) {
    case 'permit.v2': case 'permit-deleted.v1': return item.permitId
    case 'gate.v2': case 'gate-deleted.v1': return item.gateId
    case 'schedule.v1': case 'schedule-deleted.v1': return item.scheduleId
    case 'holiday.v1': case 'holiday-deleted.v1': return item.date
    case 'credential.v1': case 'credential-deleted.v1': return item.credentialId
    case 'visit.v1': case 'visit-deleted.v1': return item.visitId
    case 'device-settings.v1': case 'device-settings-deleted.v1': return item.deviceId
  }
}

export function deletionOf(kind: SimpleKind, id: string): SimpleDeletion {
  switch (kind) {
    case 'permit': return { kind: 'permit-deleted.v1', permitId: id }
    case 'gate': return { kind: 'gate-deleted.v1', gateId: id }
    case 'schedule': return { kind: 'schedule-deleted.v1', scheduleId: id }
    case 'holiday': return { kind: 'holiday-deleted.v1', date: id }
    case 'credential': return { kind: 'credential-deleted.v1', credentialId: id }
    case 'visit': return { kind: 'visit-deleted.v1', visitId: id }
    case 'device-settings': return { kind: 'device-settings-deleted.v1', deviceId: id }
  }
}

export function itemsOf(kind: SimpleKind, roster: RosterSnapshot): readonly SimplePut[] {
  switch (kind) {
    case 'permit': return roster.permits
    case 'gate': return roster.gates
    case 'schedule': return roster.schedules
    case 'holiday': return roster.holidays
    case 'credential': return roster.credentials
    case 'visit': return roster.visits
    case 'device-settings': return roster.deviceSettings
  }
}

/** Everything that can be written of a roster. */
export type RosterWrite = SimplePut | SimpleDeletion | ItemOf<'person.v1' | 'person-deleted.v1' | 'consent.v1' | 'consent-deleted.v1'>

/** Carries out one item inside a transaction. @throws GW_STORE_INVALID, GW_STORE_CONSENT_IN_USE */
export async function writeItem(tx: StoreTx, item: RosterWrite): Promise<void> {
  switch (item.kind) {
    case 'person.v1': return tx.putPerson(item)
    case 'person-deleted.v1': return tx.deletePerson(item.personRef)
    case 'consent.v1': return tx.putConsent(item)
    case 'consent-deleted.v1': return tx.deleteConsent(item.consentId)
    case 'permit.v2': return tx.putPermit(item)
    case 'permit-deleted.v1': return tx.deletePermit(item.permitId)
    case 'gate.v2': return tx.putGate(item)
    case 'gate-deleted.v1': return tx.deleteGate(item.gateId)
    case 'schedule.v1': return tx.putSchedule(item)
    case 'schedule-deleted.v1': return tx.deleteSchedule(item.scheduleId)
    case 'holiday.v1': return tx.putHoliday(item)
    case 'holiday-deleted.v1': return tx.deleteHoliday(item.date)
    case 'credential.v1': return tx.putCredential(item)
    case 'credential-deleted.v1': return tx.deleteCredential(item.credentialId)
    case 'visit.v1': return tx.putVisit(item)
    case 'visit-deleted.v1': return tx.deleteVisit(item.visitId)
    case 'device-settings.v1': return tx.putDeviceSettings(item)
    case 'device-settings-deleted.v1': return tx.deleteDeviceSettings(item.deviceId)
  }
}

/** Where the server speaks of something that may have been agreed at the desk: from then on its word alone counts. */
export function holdOf(item: RosterWrite): Pick<DeskHold, 'kind' | 'itemId'> | undefined {
  switch (item.kind) {
    case 'consent.v1': case 'consent-deleted.v1': return { kind: 'consent', itemId: item.consentId }
    case 'visit.v1': case 'visit-deleted.v1': return { kind: 'visit', itemId: item.visitId }
    case 'credential.v1': case 'credential-deleted.v1': return { kind: 'credential', itemId: item.credentialId }
    default: return undefined
  }
}
