import { type EstateFinder, atEstate, callerOf, requestedScope, scopeOfRequest, scoped } from '../../http/access.js'
import type { App, Routes } from '../../http/app-types.js'
import type { EstateScope } from '../../auth/roles.js'
import { decodeCursor, pageOf } from '../../db/page.js'
import { fail } from '../../errors.js'
import { RECON_READERS } from '../batch/batch-routes.js'
import * as schemas from '../schemas.js'
import type { AttachmentService } from './attachment-service.js'
import { tierOf } from './case-actions.js'
import type { CaseRecord, CaseSums } from './case-repository.js'
import type { CaseService } from './case-service.js'

const tags = ['reconciliation']
const PAGE_ITEMS = 100
const BINARY = 'application/octet-stream'
const ATTACHMENT_BYTES_MAX = 10 * 1_048_576

export interface CaseRoutesDeps {
  readonly cases: CaseService
  readonly attachments: AttachmentService
}

const estatesOf = (scope: EstateScope): readonly string[] | null => (scope === 'all' ? null : scope)
const itemOf = (one: CaseRecord) => {
  const { checkers, head } = tierOf(one.riskFen)
  return { ...one, suggestion: one.suggestion === null ? null : [...one.suggestion], proposal: one.proposal === null ? null : { ...one.proposal,
    approvals: [...one.proposal.approvals] },
    checkers, head }
}
const isToDo = ({ state }: CaseSums): boolean => state === 'open' || state === 'proposed'
const sum = (items: readonly CaseSums[], of: (one: CaseSums) => number): number => items.reduce((total, one) => total + of(one), 0)

const attachRoute = ({ attachments }: CaseRoutesDeps, ofCase: EstateFinder) => async (plain: object): Promise<void> => {
  const app = plain as App
  app.addContentTypeParser(BINARY, { parseAs: 'buffer', bodyLimit: ATTACHMENT_BYTES_MAX }, (_request, body, done) => done(null, body))
  app.post('/api/reconciliation/cases/:caseId/attachments', {
    bodyLimit: ATTACHMENT_BYTES_MAX, config: { access: atEstate(ofCase, 'cashier', 'finance-maker', 'finance-checker', 'treasury-officer') },
    schema: { summary: `Put a file to a case (${BINARY})`, tags, params: schemas.CaseParams, querystring: schemas.AttachmentQuery, response: { 201: schemas.AttachmentItem } },
  }, async (request, reply) => {
    const { name, mediaType } = request.query
    const bytes = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0)
    return reply.code(201).send(await attachments.attach(callerOf(request).userId, request.params.caseId, { name, mediaType, bytes }))
  })
}

const detailOf = async (cases: CaseService, caseId: string) => {
  const one = await cases.find(caseId)
  if (one === null) throw fail('SV_HTTP_NOT_FOUND')
  const { events, attachments } = await cases.history(caseId)
  return { item: itemOf(one), events: [...events], attachments: [...attachments] }
}

function readingRoutes(app: App, { cases }: CaseRoutesDeps, ofCase: EstateFinder): void {
  app.get('/api/reconciliation/cases', {
    config: { access: scoped(...RECON_READERS) },
    schema: { summary: 'Differences, the latest day first', tags, querystring: schemas.CaseQuery, response: { 200: schemas.CasePage } },
  }, async (request) => {
    const { estateId, after, limit = PAGE_ITEMS, ...filter } = request.query
    const place = after === undefined ? null : decodeCursor(schemas.CasePlace, after, 'after')
    const found = await cases.list({ ...filter, estateIds: estatesOf(requestedScope(request, estateId)) }, place, limit + 1)
    const { rows, next } = pageOf(found, limit, ({ bizDate, caseId }) => ({ bizDate, caseId }))
    return { items: rows.map(itemOf), next }
  })

  app.get('/api/reconciliation/cases/sums', {
    config: { access: scoped(...RECON_READERS) },
    schema: { summary: 'Differences by class and state, and the counters', tags, querystring: schemas.SumsQuery, response: { 200: schemas.CaseSums } },
  }, async (request) => {
    const { estateId, ...filter } = request.query
    const items = await cases.sums({ ...filter, estateIds: estatesOf(requestedScope(request, estateId)) })
    const toDo = items.filter(isToDo)
    return {
      items, settled: sum(items.filter((one) => !isToDo(one)), (one) => one.count), toDo: sum(toDo, (one) => one.count), atRiskFen: sum(toDo, (one) => one.riskFen),
      leftFen: sum(toDo, (one) => one.differenceFen),
    }
  })

  app.get('/api/reconciliation/cases/:caseId', {
    config: { access: atEstate(ofCase, ...RECON_READERS) },
    schema: { summary: 'One difference with both sides, its history and its files', tags, params: schemas.CaseParams, response: { 200: schemas.CaseDetail } },
  }, (request) => detailOf(cases, request.params.caseId))
}

function decidingRoutes(app: App, { cases }: CaseRoutesDeps, ofCase: EstateFinder): void {
  app.post('/api/reconciliation/cases/propose', {
    config: { access: scoped('finance-maker') },
    schema: { summary: 'Propose the same for one or several differences', tags, body: schemas.ProposeBody, response: { 200: schemas.DecidedList } },
  }, async (request) => {
    const { caseIds, ...proposal } = request.body
    return { items: await cases.propose(callerOf(request).userId, caseIds, proposal, estatesOf(scopeOfRequest(request))) }
  })

  app.post('/api/reconciliation/cases/approve', {
    config: { access: scoped('finance-checker') },
    schema: { summary: 'Agree to what somebody else proposed; the last needed carries it out', tags, body: schemas.ApproveBody, response: { 200: schemas.DecidedList } },
  }, async (request) => ({ items: await cases.approve(callerOf(request).userId, request.body.caseIds, estatesOf(scopeOfRequest(request))) }))

  app.post('/api/reconciliation/cases/reject', {
    config: { access: scoped('finance-checker') },
    schema: { summary: 'Refuse what somebody else proposed', tags, body: schemas.RejectBody, response: { 200: schemas.DecidedList } },
  }, async (request) => ({ items: await cases.reject(callerOf(request).userId, request.body.caseIds, request.body.reason, estatesOf(scopeOfRequest(request))) }))

  app.post('/api/reconciliation/cases/:caseId/reopen', {
    config: { access: atEstate(ofCase, 'finance-checker') },
    schema: { summary: 'Open an explained difference again', tags, params: schemas.CaseParams, body: schemas.ReasonBody, response: { 200: schemas.CaseItem } },
  }, async (request) => itemOf(await cases.reopen(callerOf(request).userId, request.params.caseId, request.body.reason)))

  app.post('/api/reconciliation/cases/:caseId/notes', {
    config: { access: atEstate(ofCase, 'cashier', 'finance-maker', 'finance-checker', 'treasury-officer') },
    schema: { summary: 'Write a note to a case', tags, params: schemas.CaseParams, body: schemas.NoteBody, response: { 200: schemas.CaseDetail } },
  }, async (request) => {
    await cases.note(callerOf(request).userId, request.params.caseId, request.body.text)
    return detailOf(cases, request.params.caseId)
  })
}

/** Differences, from found to explained. Cases of no known estate are for those who work for all estates. */
export const caseRoutes = (deps: CaseRoutesDeps): Routes => (app) => {
  const { cases, attachments } = deps
  const ofCase: EstateFinder = async (request) => (await cases.find((request.params as { caseId: string }).caseId))?.estateId
  const ofAttachment: EstateFinder = (request) => attachments.estateOf((request.params as { attachmentId: string }).attachmentId)
  void app.register(attachRoute(deps, ofCase))
  readingRoutes(app, deps, ofCase)
  decidingRoutes(app, deps, ofCase)

  app.get('/api/reconciliation/attachments/:attachmentId', {
    config: { access: atEstate(ofAttachment, ...RECON_READERS) },
    schema: { summary: 'A file of a case', tags, params: schemas.AttachmentParams },
  }, async (request, reply) => {
    const file = await attachments.find(request.params.attachmentId)
    if (file === null) throw fail('SV_HTTP_NOT_FOUND')
    // Never shown inside a page of ours, whatever it is.
    return reply.type(BINARY).header('content-disposition', `attachment; filename*=UTF-8''${encodeURIComponent(file.name)}`).send(attachments.open(file))
  })
}
