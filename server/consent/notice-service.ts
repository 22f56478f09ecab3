import { createHash } from 'node:crypto'
import type { RunChange } from '../audit/change.js'
import type { Tx } from '../db/transaction.js'
import { fail } from '../errors.js'
import * as notices from './notice-repository.js'
import type { NoticeText } from './notice-texts.js'

const hashOf = (text: NoticeText): string => createHash('sha256').update(`${text.textZh}\n${text.textEn}`).digest('hex')

/**
 * Publishes the texts that are not published yet. Consents refer to a text by version and hash, so one that changed
 * since stops the server.
 * @throws AppError SV_CONSENT_NOTICE_CHANGED
 */
export const publishNotices = (deps: { change: RunChange; texts: readonly NoticeText[] }): Promise<void> => deps.change(null, async (change) => {
  const published = new Map((await notices.list(change.tx)).map((notice) => [notice.version, notice]))
  for (const text of deps.texts) {
    const sha256 = hashOf(text)
    const known = published.get(text.version)
    if (known !== undefined && known.sha256 !== sha256) throw fail('SV_CONSENT_NOTICE_CHANGED', { version: text.version })
    if (known !== undefined) continue
    await notices.insert(change.tx, { ...text, sha256, publishedAtMs: change.atMs })
    await change.audit({ action: 'notice.publish', subject: `notice:${text.version}`, estateId: null, after: { purpose: text.purpose, sha256 } })
  }
})

/** All notices, newest first. */
export const listNotices = (read: Tx): Promise<notices.NoticeRecord[]> => notices.list(read)

/** Version that is in force for a purpose, or undefined where none was published. */
export const noticeInForce = async (tx: Tx, purpose: string): Promise<string | undefined> =>
  (await notices.list(tx)).find((notice) => notice.purpose === purpose)?.version

/** True where this version was published, in force or not. */
export const noticePublished = async (tx: Tx, version: string): Promise<boolean> => (await notices.list(tx)).some((notice) => notice.version === version)
