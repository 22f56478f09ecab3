import type { Board } from './board.js'
import { type DeskRoutes, operatorOf } from './desk-access.js'
import type { DutyService } from './duty-service.js'
import type { GateService } from './gate-service.js'
import { type PassageLog, placeOf } from './passage-log.js'
import { AlarmParams, CredentialParams, GateParams, ModeBody, NoteBody, OpenBody, PassagesQuery, ZoneParams } from './schemas.js'

/** Gates, alarms, the log, and what belongs to a shift. */
export const gateRoutes = (deps: {
  gates: GateService; duty: DutyService; passages: PassageLog; board: () => Promise<Board>; operatorNames: () => Promise<ReadonlyMap<string, string>>
}): DeskRoutes => (app) => {
  const { gates, duty, passages } = deps
  const guard = { deskAccess: 'guard' } as const
  const manager = { deskAccess: 'manager' } as const

  app.get('/api/desk/board', { config: guard }, () => deps.board())
  app.get('/api/desk/passages', { config: guard, schema: { querystring: PassagesQuery } },
    (request) => passages.page(request.query.before === undefined ? undefined : placeOf(request.query.before)))
  app.post('/api/desk/gates/:gateId/open', { config: guard, schema: { params: GateParams, body: OpenBody } },
    (request) => gates.open(operatorOf(request), request.params.gateId, request.body))
  app.post('/api/desk/gates/:gateId/mode', { config: manager, schema: { params: GateParams, body: ModeBody } },
    (request) => gates.setMode(operatorOf(request), request.params.gateId, request.body))
  app.post('/api/desk/zones/:zoneId/fire-reset', { config: manager, schema: { params: ZoneParams } },
    (request) => gates.resetZone(operatorOf(request), request.params.zoneId))

  app.post('/api/desk/alarms/:alarmId/acknowledge', { config: guard, schema: { params: AlarmParams } },
    (request) => duty.moveAlarm(operatorOf(request), request.params.alarmId, 'acknowledged'))
  app.post('/api/desk/alarms/:alarmId/clear', { config: manager, schema: { params: AlarmParams } },
    (request) => duty.moveAlarm(operatorOf(request), request.params.alarmId, 'cleared'))
  app.post('/api/desk/credentials/:credentialId/block', { config: guard, schema: { params: CredentialParams } }, async (request, reply) => {
    await duty.blockCredential(operatorOf(request), request.params.credentialId)
    return reply.code(204).send()
  })

  app.get('/api/desk/notes', { config: guard }, async () => {
    const names = await deps.operatorNames()
    const notes = await duty.notes()
    return { notes: notes.map(({ noteId, operatorRef, writtenAtMs, text }) => ({ noteId, writtenAtMs, text, operatorName: names.get(operatorRef) ?? '' })) }
  })
  app.post('/api/desk/notes', { config: guard, schema: { body: NoteBody } },
    async (request, reply) => reply.code(201).send(await duty.handOver(operatorOf(request), request.body.text)))
}
