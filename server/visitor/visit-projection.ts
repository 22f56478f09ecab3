import type { Clock } from '#kernel/clock.js'
import { changeIn } from '../audit/change.js'
import type { Tx } from '../db/transaction.js'
import type { Projector } from '../sync/projector.js'
import { type Origin, type PlacedRecord, ofKind } from '../sync/record-place.js'
import { endVisit } from './visit-ending.js'
import * as visits from './visit-repository.js'
import { addPassages } from './visit-use-repository.js'

/** The visit as its desk agreed it. Its name stays in the gateway's own erasable tables. */
const visitOf = (estateId: string, body: PlacedRecord<'desk-visit.v1'>['body']): visits.VisitRecord => ({
  visitId: body.visitId, estateId, displayName: null, purpose: body.hostPersonRef === null ? 'delivery' : 'visit', hostPersonRef: body.hostPersonRef,
  gateIds: body.gateIds, validFromMs: body.validFromMs, validUntilMs: body.validUntilMs, scheduleId: null, passagesMax: body.passagesMax,
  origin: 'desk', createdBy: body.operatorRef, createdAtMs: body.occurredAtMs, endedAtMs: null, endCause: null,
})

/** A visit that a desk agreed or ended. Each record says all of it, so the end may come first. */
async function projectDeskVisit(tx: Tx, clock: Clock, { estateId }: Origin, { body }: PlacedRecord<'desk-visit.v1'>): Promise<void> {
  const known = await visits.find(tx, body.visitId)
  if (known !== null && known.estateId !== estateId) return
  const visit = known ?? visitOf(estateId, body)
  if (known === null) await visits.insert(tx, visit)
  if (body.ended && visit.endedAtMs === null) await endVisit(changeIn(tx, clock.wallMs(), null), visit, 'ended')
}

/** Visits of the estate's desk, and how often each visit was used. */
export const createVisitProjector = (deps: { clock: Clock }): Projector => ({
  async project(tx, origin, records) {
    const inwards = ofKind(records, 'passage.v2').flatMap(({ body: { visitId, result, direction, occurredAtMs } }) =>
      (visitId !== null && result === 'granted' && direction === 'in' ? [{ visitId, atMs: occurredAtMs }] : []))
    await addPassages(tx, origin.estateId, inwards)
    for (const record of ofKind(records, 'desk-visit.v1')) await projectDeskVisit(tx, deps.clock, origin, record)
  },
})
