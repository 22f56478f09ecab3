import { LIMITS } from '#kernel/limits.js'
import { gatewayError } from '../errors.js'
import { type DeskRoutes, operatorOf } from './desk-access.js'
import type { PeopleService } from './people-service.js'
import { ConsentBody, FaceQuery, PeopleQuery, PersonParams, VisitBody, VisitParams } from './schemas.js'
import type { VisitService } from './visit-service.js'

/** Media type of photos: as they are, nothing to decode on the thread that opens doors. */
const PHOTO_TYPE = 'application/octet-stream'
/** A picture of the browser's camera, for the quality gate alone. */
const LOOK_BYTES_MAX = 2_097_152

/** Copies: the engine takes each photo's memory over. */
function splitPhotos(body: unknown, lengths: readonly number[]): Uint8Array[] {
  const whole = Buffer.isBuffer(body) ? body : Buffer.alloc(0)
  const sum = lengths.reduce((before, length) => before + length, 0)
  if (sum !== whole.length) throw gatewayError('GW_DESK_INVALID', { field: 'bytes', problem: `${sum} announced, ${whole.length} received` })
  let from = 0
  return lengths.map((length) => Uint8Array.prototype.slice.call(whole, from, (from += length)))
}

/** Residents, their faces, and visitors. */
export const peopleRoutes = (deps: { people: PeopleService; visits: VisitService }): DeskRoutes => (app) => {
  const { people, visits } = deps
  const config = { deskAccess: 'guard' } as const
  app.addContentTypeParser(PHOTO_TYPE, { parseAs: 'buffer' }, (_request, body, done) => done(null, body))

  app.get('/api/desk/people', { config, schema: { querystring: PeopleQuery } }, async (request) => people.find(request.query.q))
  app.get('/api/desk/people/:personRef', { config, schema: { params: PersonParams } }, (request) => people.view(operatorOf(request), request.params.personRef))
  app.post('/api/desk/people/:personRef/consents', { config, schema: { params: PersonParams, body: ConsentBody } },
    async (request, reply) => reply.code(201).send(await people.consent(operatorOf(request), request.params.personRef, request.body)))
  app.post('/api/desk/people/:personRef/withdrawal', { config, schema: { params: PersonParams } },
    (request) => people.withdraw(operatorOf(request), request.params.personRef))
  app.post('/api/desk/people/:personRef/face', {
    config, bodyLimit: LIMITS.enrolPhotosMax * LIMITS.enrolPhotoBytesMax, schema: { params: PersonParams, querystring: FaceQuery },
  }, (request) => {
    const { bytes, allowDuplicate } = request.query
    return people.enrol(operatorOf(request), request.params.personRef, splitPhotos(request.body, bytes.split(',').map(Number)), allowDuplicate ?? null)
  })
  app.post('/api/desk/looks', { config, bodyLimit: LOOK_BYTES_MAX }, async (request) => {
    if (!Buffer.isBuffer(request.body) || request.body.length === 0) throw gatewayError('GW_DESK_INVALID', { problem: 'a picture is needed' })
    const outcome = await people.look(Uint8Array.prototype.slice.call(request.body))
    // What the face is like stays here: the page needs to know only whether it will do, and why not.
    return outcome.kind === 'template'
      ? { kind: 'good', liveness: outcome.liveness, box: outcome.box }
      : { kind: 'refused', reason: outcome.reason, detail: outcome.detail }
  })

  app.get('/api/desk/visits', { config }, async () => ({ visits: visits.list() }))
  app.post('/api/desk/visits', { config, schema: { body: VisitBody } },
    async (request, reply) => reply.code(201).send(await visits.create(operatorOf(request), request.body)))
  app.post('/api/desk/visits/:visitId/end', { config, schema: { params: VisitParams } }, async (request, reply) => {
    await visits.end(operatorOf(request), request.params.visitId)
    return reply.code(204).send()
  })
}
