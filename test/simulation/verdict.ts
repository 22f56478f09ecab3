import type { RosterItem } from '#contract/sync-roster.js'
import { IDENTITY } from '../support/identity.js'
import type { VirtualDisk } from './disk/virtual-disk.js'
import type { Fleet } from './device/fleet.js'
import type { GatewayHost } from './gateway/gateway-host.js'
import type { Plan } from './plan.js'
import type { ServerLife } from './server/server-life.js'
import { ESTATE_ID, type Template } from './template.js'
import type { LedgerEntry, Witness } from './witness.js'

export interface Home {
  readonly disk: VirtualDisk
  readonly fleet: Fleet
  readonly template: Template
  readonly gateway: GatewayHost
}

interface EpochRow {
  readonly epoch: number
  readonly contiguousSeq: number
  readonly headSeq: number
  readonly ahead: string
  readonly brokenAtSeq: number | null
}

interface RecordRow {
  readonly epoch: number
  readonly seq: number
  readonly payload: string
  readonly hash: string
}

const epochsAtServer = ({ server }: Template): EpochRow[] => server.all<EpochRow>(
  'SELECT epoch, contiguousSeq, headSeq, ahead, brokenAtSeq FROM GatewayEpoch WHERE gatewayId = ? ORDER BY epoch', [IDENTITY.gatewayId])

/** What the estate's gateways are told of, by kind and id. */
function toldByServer({ server }: Template): string[] {
  const rows = server.all<{ item: string }>('SELECT item FROM RosterChange WHERE estateId = ? ORDER BY cursor', [ESTATE_ID])
  return rows.map(({ item }) => JSON.parse(item) as RosterItem).flatMap((item) => {
    switch (item.kind) {
      case 'person.v1': return [`person ${item.personRef}`]
      case 'permit.v2': return [`permit ${item.permitId}`]
      case 'consent.v1': return [`consent ${item.consentId}`]
      case 'credential.v1': return [`credential ${item.credentialId}`]
      case 'gate.v2': return [`gate ${item.gateId}`]
      default: return []
    }
  }).sort()
}

function heldByGateway({ disk }: Home): string[] {
  const ids = (kind: string, column: string): string[] => disk.committed<{ id: string }>(`SELECT ${column} AS id FROM ${kind}`).map(({ id }) => `${kind} ${id}`)
  return [...ids('person', 'person_ref'), ...ids('permit', 'permit_id'), ...ids('consent', 'consent_id'), ...ids('credential', 'credential_id'), ...ids('gate', 'gate_id')].sort()
}

/** What is not yet where it belongs: the log at the server, the events at the gateway, the roster at the estate. Undefined where all is. */
export function onItsWay(home: Home, isRestored: boolean): string | undefined {
  const { disk, fleet, gateway, template } = home
  if (gateway.open() === undefined) return 'the gateway is not open'
  const kept = fleet.controllers.reduce((sum, { queue }) => sum + queue.size(), 0)
  if (kept > 0) return `${kept} messages are kept by controllers`
  const epochs = disk.committed<{ epoch: number; acked: number; last: number }>(
    'SELECT epoch, acked_seq AS acked, coalesce((SELECT max(seq) FROM log_record r WHERE r.epoch = e.epoch), 0) AS last FROM log_epoch e ORDER BY epoch DESC')
  if (epochs.length === 0) return 'the gateway has no epoch'
  // Questions that overtake each other may begin a new epoch while the one before is still on its way; of a restored log it may never arrive.
  const behind = (isRestored ? epochs.slice(0, 1) : epochs).find(({ acked, last }) => acked < last)
  if (behind !== undefined) return `epoch ${behind.epoch} is at the server up to ${behind.acked} of ${behind.last}`
  const [held, told] = [heldByGateway(home), toldByServer(template)]
  const astray = [...told.filter((one) => !held.includes(one)).map((one) => `+ ${one}`), ...held.filter((one) => !told.includes(one)).map((one) => `- ${one}`)]
  return astray.length === 0 ? undefined : `the roster is another one: ${astray.slice(0, 5).join(', ')}`
}

export interface End extends Home {
  readonly witness: Witness
  readonly server: ServerLife | undefined
  readonly plan: Plan
}

function judgeLog({ template, witness }: End, isRestored: boolean): void {
  const rows = template.server.all<RecordRow>('SELECT epoch, seq, payload, hash FROM GatewayRecord WHERE gatewayId = ? ORDER BY epoch, seq', [IDENTITY.gatewayId])
  const place = ({ epoch, seq }: { epoch: number; seq: number }): string => `${epoch}/${seq}`
  const stored = new Map(rows.map((row) => [place(row), row]))
  const epochs = epochsAtServer(template)
  const newest = epochs.at(-1)?.epoch
  const known = new Map<string, LedgerEntry[]>()
  for (const entry of [...witness.lost(), ...witness.ledger()]) known.set(place(entry), [...(known.get(place(entry)) ?? []), entry])
  for (const entry of witness.ledger()) {
    const row = stored.get(place(entry))
    const same = row?.payload === entry.payload && row.hash === entry.hash
    // What a restored disk wrote on in an epoch that the server holds another history of stays there; a new epoch is whole.
    if (same || (isRestored && entry.epoch !== newest)) continue
    witness.violate('I2', `record ${place(entry)} (${entry.body.kind}) is ${row === undefined ? 'not' : 'another'} at the server`)
  }
  for (const row of rows) {
    if (known.get(place(row))?.some(({ hash }) => hash === row.hash) !== true) witness.violate('I2', `the server holds ${place(row)}, which was never committed`)
  }
  for (const { epoch, contiguousSeq, headSeq, ahead, brokenAtSeq } of epochs) {
    if (isRestored && epoch !== newest) continue
    if (contiguousSeq !== headSeq || ahead !== '[]' || brokenAtSeq !== null) {
      witness.violate('I2', `epoch ${epoch} ends at ${contiguousSeq} of ${headSeq} at the server, ahead ${ahead}, broken at ${brokenAtSeq}`)
    }
  }
}

/** Each event of a door is in the log, once. */
function judgeEvents({ witness }: End, isRestored: boolean): void {
  const times = new Map<string, number>()
  for (const { body } of witness.ledger()) if (body.kind === 'door-event.v1') times.set(body.eventId, (times.get(body.eventId) ?? 0) + 1)
  for (const [eventId, count] of times) if (count > 1 && !isRestored) witness.violate('I2', `door event ${eventId} was recorded ${count} times`)
  for (const eventId of witness.doorEventsAcknowledged()) if (!times.has(eventId)) witness.violate('I1', `door event ${eventId} was acknowledged and is in no record`)
}

/** Nobody whose consent is over can be recognised, or is held. */
function judgeFaces({ disk, gateway, template, witness }: End, isRestored: boolean): void {
  const consents = new Set(toldByServer(template).filter((one) => one.startsWith('consent ')).map((one) => one.slice('consent '.length)))
  for (const { personRef, consentId } of disk.committed<{ personRef: string; consentId: string }>('SELECT person_ref AS personRef, consent_id AS consentId FROM template')) {
    if (!consents.has(consentId)) witness.violate('I7', `templates of ${personRef} stand on consent ${consentId}, which is over`)
  }
  for (const { personRef } of template.persons) {
    const held = disk.committed('SELECT 1 FROM template WHERE person_ref = ?', [personRef]).length > 0
    if (gateway.recognises(personRef) && !held) witness.violate('I7', `${personRef} can be recognised and has no templates`)
  }
  // The record of it may stand in an epoch of which the server holds another history.
  if (isRestored) return
  const unproven = template.server.all<{ consentId: string }>(
    'SELECT consentId FROM TemplateHolding WHERE gatewayId = ? AND enrolledAtMs IS NOT NULL AND erasedAtMs IS NULL', [IDENTITY.gatewayId])
  for (const { consentId } of unproven) if (!consents.has(consentId)) witness.violate('I7', `consent ${consentId} is over and its erasure was never proven`)
}

/** Judges a world that has come home, or says that it has not. */
export async function judgeEnd(end: End): Promise<void> {
  const { witness, plan, server } = end
  const isRestored = witness.replacements() > 0
  const away = onItsWay(end, isRestored)
  if (away !== undefined) return witness.violate('drained', away)
  judgeLog(end, isRestored)
  judgeEvents(end, isRestored)
  judgeFaces(end, isRestored)
  if (isRestored || server === undefined || plan.seed % PROOF_EVERY !== 0) return
  const { verdict } = await server.proofs.prove(IDENTITY.gatewayId)
  if (verdict !== 'whole') witness.violate('I2', `the server's own proof finds the log ${verdict}`)
}

/** The server's own proof reads the log once more: of some worlds. */
const PROOF_EVERY = 4
