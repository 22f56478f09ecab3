import type { IdSource } from '#kernel/ids.js'
import type { RunChange } from '../../audit/change.js'
import type { Tx } from '../../db/transaction.js'
import { fail } from '../../errors.js'
import { type BillFiles, plainName } from '../batch/bill-files.js'
import * as rows from './case-repository.js'

export const ATTACHMENT_TYPES = ['application/pdf', 'image/png', 'image/jpeg', 'text/csv', 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet'] as const
export type AttachmentType = (typeof ATTACHMENT_TYPES)[number]
const ATTACHMENTS_MAX = 20
/** How a file of that kind begins; text has no mark. */
const MARKS: Readonly<Record<AttachmentType, string>> = {
  'application/pdf': '25504446', 'image/png': '89504e47', 'image/jpeg': 'ffd8ff', 'text/csv': '', 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet': '504b0304',
}

export interface AttachmentService {
  /** @throws AppError SV_HTTP_NOT_FOUND, SV_RECON_ATTACHMENT */
  attach(by: string, caseId: string, file: { name: string; mediaType: AttachmentType; bytes: Buffer }): Promise<rows.AttachmentRecord>
  find(attachmentId: string): Promise<rows.AttachmentRecord | null>
  open(attachment: rows.AttachmentRecord): NodeJS.ReadableStream
  estateOf(attachmentId: string): Promise<string | undefined>
}

async function* once(bytes: Buffer): AsyncGenerator<Uint8Array> {
  yield bytes
}

/** Files that prove an explanation: kept under their own hash beside the bills. */
export function createAttachmentService(deps: { readonly read: Tx; readonly change: RunChange; readonly files: BillFiles; readonly ids: IdSource }): AttachmentService {
  const { read, change, files, ids } = deps
  return {
    find: (attachmentId) => rows.findAttachment(read, attachmentId),
    open: ({ sha256 }) => files.open({ sha256, name: '.txt' }),
    async estateOf(attachmentId) {
      const attachment = await rows.findAttachment(read, attachmentId)
      return attachment === null ? undefined : (await rows.findCase(read, attachment.caseId))?.estateId
    },
    async attach(by, caseId, { name, mediaType, bytes }) {
      if (bytes.length === 0 || !bytes.subarray(0, 8).toString('hex').startsWith(MARKS[mediaType])) throw fail('SV_RECON_ATTACHMENT', { field: 'body', expected: mediaType })
      const kept = await files.keep(once(bytes), '.txt')
      return change(by, async (one) => {
        const found = await rows.findCase(one.tx, caseId)
        if (found === null) throw fail('SV_HTTP_NOT_FOUND')
        if ((await rows.attachmentsOf(one.tx, caseId)).length >= ATTACHMENTS_MAX) throw fail('SV_RECON_ATTACHMENT', { attachmentsMax: ATTACHMENTS_MAX })
        const attachment = { attachmentId: ids.uuid(), caseId, name: plainName(name), mediaType, bytes: kept.bytes, sha256: kept.sha256, addedBy: by, addedAtMs: one.atMs }
        await rows.insertAttachment(one.tx, attachment)
        await rows.addEvent(one.tx, caseId, { atMs: one.atMs, by, what: 'attached', text: attachment.name })
        await one.audit({ action: 'reconciliation.case-attach', subject: `case:${caseId}`, estateId: found.estateId, after: { sha256: kept.sha256, bytes: kept.bytes } })
        return attachment
      })
    },
  }
}
