import { everywhere } from '../http/access.js'
import type { Routes } from '../http/app-types.js'
import type { Tx } from '../db/transaction.js'
import { verifyAuditChain } from './audit-log.js'
import { auditPage } from './audit-view.js'
import * as schemas from './schemas.js'

const tags = ['audit']
const PAGE_ITEMS = 50

/** Who did what, for those who watch over it. Nobody changes it. */
export const auditRoutes = ({ read }: { read: Tx }): Routes => (app) => {
  const config = { access: everywhere('auditor', 'admin') }

  app.get('/api/audit', {
    config, schema: { summary: 'The audit log, newest first', tags, querystring: schemas.AuditQuery, response: { 200: schemas.AuditPage } },
  }, ({ query: { limit = PAGE_ITEMS, ...filter } }) => auditPage(read, filter, limit))

  app.get('/api/audit/chain', {
    config, schema: { summary: 'Whether every entry follows the one before it; reads the whole log', tags, response: { 200: schemas.AuditChain } },
  }, () => verifyAuditChain(read))
}
