import type { AccessRow } from './access-table.js'

const read = (url: string): AccessRow => ({ who: ['auditor', 'admin'], everywhere: true, status: 200, prepare: async () => ({ url }) })

/** Who may read what was done. */
export const AUDIT_ACCESS: Readonly<Record<string, AccessRow>> = {
  'GET /api/audit': read('/api/audit'),
  'GET /api/audit/chain': read('/api/audit/chain'),
}
