import { createHash } from 'node:crypto'
import type { VisitV1 } from '#contract/sync-roster.js'
import type { Clock } from '#kernel/clock.js'
import type { IdSource } from '#kernel/ids.js'
import type { RandomSource } from '#kernel/random.js'
import type { Stamper } from '#kernel/record-stamp.js'
import { gatewayError } from '../errors.js'
import type { ActionRecorder, Operator } from './action-record.js'
import type { DeskRoster, DeskVisit, DeskWork } from './ports.js'

/** A visit agreed at the desk is today's or this weekend's; recurring passes are the estate office's. */
export const VISIT_MS_MAX = 72 * 3_600_000
/** How far ahead it may begin. */
export const VISIT_AHEAD_MS_MAX = 7 * 86_400_000
/** Visits of one household that stand at a time, and of the whole estate. */
export const VISITS_PER_HOST_MAX = 10
export const VISITS_MAX = 500
/** 128 bits: nobody guesses one, and its QR code stays small enough for any reader. */
const CODE_BYTES = 16

export interface NewVisit {
  readonly displayName: string
  readonly hostPersonRef: string | null
  readonly gateIds: readonly string[]
  readonly validFromMs: number
  readonly validUntilMs: number
  /** Passages inwards in all; null for any number. */
  readonly passagesMax: number | null
}

export interface VisitLine extends DeskVisit {
  readonly hostName: string | null
}

export interface VisitService {
  /** Visits that are on or still to come, the next to end first. */
  list(): readonly VisitLine[]
  /**
   * @returns `code`: the text of the QR code. It is told this once; the gateway keeps its digest
   * @throws GW_DESK_INVALID, GW_DESK_NOT_FOUND, GW_DESK_QUOTA
   */
  create(by: Operator, visit: NewVisit): Promise<{ readonly visitId: string; readonly code: string }>
  /** Its codes are void at once. @throws GW_DESK_NOT_FOUND */
  end(by: Operator, visitId: string): Promise<void>
}

export interface VisitDeps {
  readonly roster: DeskRoster
  readonly recorder: ActionRecorder
  readonly runtime: { readonly clock: Clock; readonly ids: IdSource; readonly random: RandomSource; readonly stamp: Stamper }
}

/** Visitors with a code of their own. It opens at this gateway's gates at once, whether or not a server can be asked. */
export function createVisitService({ roster, recorder, runtime }: VisitDeps): VisitService {
  const { clock, ids, random, stamp } = runtime
  const current = (): readonly DeskVisit[] => roster.visits().filter((visit) => clock.wallMs() < visit.validUntilMs)

  const record = (tx: DeskWork, by: Operator, visit: DeskVisit, ended: boolean) => {
    const { visitId, hostPersonRef, gateIds, validFromMs, validUntilMs, passagesMax } = visit
    return tx.append({
      kind: 'desk-visit.v1', ...stamp(), visitId, hostPersonRef, gateIds: [...gateIds], validFromMs, validUntilMs, passagesMax, ended, operatorRef: by.operatorRef,
    })
  }
  const check = (visit: NewVisit): void => {
    const nowMs = clock.wallMs()
    const invalid = (field: string, problem: string) => gatewayError('GW_DESK_INVALID', { field, problem })
    if (visit.validUntilMs <= nowMs) throw invalid('validUntilMs', 'is over')
    if (visit.validUntilMs <= visit.validFromMs) throw invalid('validUntilMs', 'is not after the beginning')
    if (visit.validUntilMs - Math.max(nowMs, visit.validFromMs) > VISIT_MS_MAX) throw invalid('validUntilMs', `lasts longer than ${VISIT_MS_MAX / 3_600_000} hours`)
    if (visit.validFromMs > nowMs + VISIT_AHEAD_MS_MAX) throw invalid('validFromMs', `is more than ${VISIT_AHEAD_MS_MAX / 86_400_000} days ahead`)
    if (!visit.gateIds.every((gateId) => roster.gates().some((gate) => gate.gateId === gateId))) throw gatewayError('GW_DESK_NOT_FOUND', { field: 'gateIds' })
    if (visit.hostPersonRef !== null && !roster.persons().some((person) => person.personRef === visit.hostPersonRef)) {
      throw gatewayError('GW_DESK_NOT_FOUND', { field: 'hostPersonRef' })
    }
    const standing = current()
    const ofHost = visit.hostPersonRef === null ? 0 : standing.filter(({ hostPersonRef }) => hostPersonRef === visit.hostPersonRef).length
    if (standing.length >= VISITS_MAX) throw gatewayError('GW_DESK_QUOTA', { most: VISITS_MAX })
    if (ofHost >= VISITS_PER_HOST_MAX) throw gatewayError('GW_DESK_QUOTA', { field: 'hostPersonRef', most: VISITS_PER_HOST_MAX })
  }

  return {
    list() {
      const names = new Map(roster.persons().map(({ personRef, displayName }) => [personRef, displayName]))
      return [...current()].sort((one, other) => one.validUntilMs - other.validUntilMs)
        .map((visit) => ({ ...visit, hostName: visit.hostPersonRef === null ? null : names.get(visit.hostPersonRef) ?? null }))
    },
    async create(by, visit) {
      check(visit)
      const visitId = ids.uuid()
      const code = Buffer.from(random.bytes(CODE_BYTES)).toString('base64url')
      const { validFromMs, validUntilMs } = visit
      const item: VisitV1 = { kind: 'visit.v1', visitId, scheduleId: null, ...visit, gateIds: [...new Set(visit.gateIds)] }
      const sha256 = createHash('sha256').update(code).digest('hex')
      const credentialId = ids.uuid()
      await roster.agree([item, {
        kind: 'credential.v1', credentialId, personRef: null, visitId, secret: { kind: 'token', sha256 }, validFromMs, validUntilMs,
      }], async (tx) => {
        await tx.putDeskHold({ kind: 'visit', itemId: visitId, untilMs: validUntilMs })
        await tx.putDeskHold({ kind: 'credential', itemId: credentialId, untilMs: validUntilMs })
        await record(tx, by, item, false)
        await tx.append(recorder(by, 'visit-create', { subject: visitId }))
      })
      return { visitId, code }
    },
    async end(by, visitId) {
      const visit = roster.visits().find((each) => each.visitId === visitId)
      if (visit === undefined) throw gatewayError('GW_DESK_NOT_FOUND', { field: 'visitId' })
      const codes = roster.credentials().filter((each) => each.visitId === visitId)
      await roster.agree([...codes.map(({ credentialId }) => ({ kind: 'credential-deleted.v1', credentialId }) as const), { kind: 'visit-deleted.v1', visitId }], async (tx) => {
        await tx.dropDeskHold('visit', visitId)
        for (const { credentialId } of codes) await tx.dropDeskHold('credential', credentialId)
        await record(tx, by, visit, true)
        await tx.append(recorder(by, 'visit-end', { subject: visitId }))
      })
    },
  }
}
