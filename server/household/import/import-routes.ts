import { Type } from 'typebox'
import { Closed, Sha256Hex } from '#contract/wire-types.js'
import { scopeOf } from '../../auth/roles.js'
import { fail } from '../../errors.js'
import { callerOf, scopeOfRequest, scoped } from '../../http/access.js'
import type { Routes } from '../../http/app-types.js'
import type { FastifyRequest } from 'fastify'
import type { ImportService, Importer } from './import-service.js'

const tags = ['household import']
const XLSX = 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet'
/** A workbook of 30 000 rows is below 3 MB. */
const FILE_BYTES_MAX = 8 * 1_048_576

const Counts = Type.Array(Closed({ sheet: Type.String(), added: Type.Integer(), changed: Type.Integer(), unchanged: Type.Integer() }))
const Preview = Closed({
  digest: Sha256Hex, counts: Counts, errorCount: Type.Integer(), rowCount: Type.Integer(),
  errors: Type.Array(Closed({
    sheet: Type.String(), row: Type.Integer(), column: Type.String(), value: Type.String(), problem: Type.String(), expected: Type.String(),
  })),
  rows: Type.Array(Closed({
    sheet: Type.String(), row: Type.Integer(), what: Type.Unsafe<'new' | 'changed'>(Type.String()), label: Type.String(),
    changes: Type.Array(Closed({ column: Type.String(), before: Type.String(), after: Type.String() })),
  })),
})
const Result = Closed({ counts: Counts, permits: Type.Integer(), repeated: Type.Boolean() })
const ConfirmQuery = Closed({ digest: Sha256Hex })

const importerOf = (request: FastifyRequest): Importer => ({
  userId: callerOf(request).userId, scope: scopeOfRequest(request), mayAddEstates: scopeOf(callerOf(request), ['admin']) === 'all',
})

/** @throws AppError SV_HTTP_UNSUPPORTED_TYPE where the body is no workbook */
function fileOf(request: FastifyRequest): Buffer {
  if (!Buffer.isBuffer(request.body)) throw fail('SV_HTTP_UNSUPPORTED_TYPE', { expected: XLSX })
  return request.body
}

/** Taking estates in from a workbook: template, preview, confirmation. */
export const importRoutes = (deps: { imports: ImportService; template: () => Promise<Buffer> }): Routes => (app) => {
  const config = { access: scoped('estate-manager', 'admin') }

  app.get('/api/household-import/template', {
    config,
    schema: { summary: 'The empty workbook', tags },
  }, async (_request, reply) => reply.type(XLSX).header('content-disposition', 'attachment; filename="households.xlsx"').send(await deps.template()))

  // In a scope of their own: elsewhere a workbook is no body.
  void app.register(async (scope) => {
    scope.addContentTypeParser(XLSX, { parseAs: 'buffer', bodyLimit: FILE_BYTES_MAX }, (_request, body, done) => done(null, body))

    scope.post('/api/household-import/preview', {
      config, bodyLimit: FILE_BYTES_MAX,
      schema: { summary: 'What a workbook would add and change, and every cell that is wrong', tags, consumes: [XLSX], response: { 200: Preview } },
    }, async (request) => {
      const preview = await deps.imports.preview(importerOf(request), fileOf(request))
      return { ...preview, counts: [...preview.counts], errors: [...preview.errors], rows: preview.rows.map((row) => ({ ...row, changes: [...row.changes] })) }
    })

    scope.post<{ Querystring: { digest: string } }>('/api/household-import', {
      config, bodyLimit: FILE_BYTES_MAX,
      schema: {
        summary: 'Take in what the preview showed, all or nothing; a second time does nothing', tags, consumes: [XLSX],
        querystring: ConfirmQuery, response: { 200: Result },
      },
    }, async (request) => {
      const result = await deps.imports.confirm(importerOf(request), fileOf(request), request.query.digest)
      return { ...result, counts: [...result.counts] }
    })
  })
}
