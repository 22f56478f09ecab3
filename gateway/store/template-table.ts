import { LIMITS } from '#kernel/limits.js'
import { gatewayError } from '../errors.js'
import type { Sealer } from './seal.js'
import type { SqlConnection } from './sqlite.js'
import type { StoreTx, StoredTemplates } from './types.js'

interface TemplateRow {
  readonly personRef: string
  readonly ordinal: number
  readonly consentId: string
  readonly modelId: string
}

/** Binds a sealed template to its row: copied to another person, consent or model it does not open. */
const placeOf = (row: TemplateRow): string => `template.v1\n${row.personRef}\n${row.consentId}\n${row.modelId}\n${row.ordinal}`

const bytesOf = (embedding: Float32Array): Uint8Array => new Uint8Array(embedding.buffer, embedding.byteOffset, embedding.byteLength)

/** Copies, since a Buffer's place in its pool need not be aligned to floats. */
const floatsOf = (bytes: Buffer): Float32Array => new Float32Array(new Uint8Array(bytes).buffer)

/** Templates at rest: little-endian floats, sealed. `erased` is told when rows went, so that their pages can be cleaned. */
export function createTemplateWrites(deps: { connection: SqlConnection; sealer: Sealer; erased: () => void }): Pick<StoreTx, 'putTemplates' | 'deleteTemplates'> {
  const { connection, sealer, erased } = deps
  const deleteTemplates = async (personRef: string): Promise<number> => {
    await connection.run('DELETE FROM look_alike WHERE person_ref = ?1 OR other_ref = ?1', [personRef])
    const removed = await connection.run('DELETE FROM template WHERE person_ref = ?', [personRef])
    if (removed > 0) erased()
    return removed
  }
  return {
    deleteTemplates,
    async putTemplates(personRef, consentId, modelId, embeddings) {
      if (embeddings.length < 1 || embeddings.length > LIMITS.enrolPhotosMax || embeddings.some((embedding) => embedding.length === 0)) {
        throw gatewayError('GW_STORE_INVALID', { kind: 'template', error: `/embeddings: 1 to ${LIMITS.enrolPhotosMax}, none empty` })
      }
      const consents = await connection.all('SELECT 1 FROM consent WHERE consent_id = ? AND person_ref = ?', [consentId, personRef])
      if (consents.length === 0) throw gatewayError('GW_STORE_NO_CONSENT', { personRef, consentId })
      await deleteTemplates(personRef)
      for (const [ordinal, embedding] of embeddings.entries()) {
        const sealed = sealer.seal(placeOf({ personRef, ordinal, consentId, modelId }), bytesOf(embedding))
        await connection.run('INSERT INTO template (person_ref, ordinal, consent_id, model_id, sealed) VALUES (?, ?, ?, ?, ?)',
          [personRef, ordinal, consentId, modelId, sealed])
      }
    },
  }
}

/** Persons in one page: half a megabyte of templates, sealed and open together about one. */
const PAGE_PERSONS = 100

/** Templates of the next persons after `afterRef`, opened; none after the last. @throws GW_STORE_KEY where a row was changed or moved */
export async function readTemplatePage(connection: SqlConnection, sealer: Sealer, afterRef: string): Promise<readonly StoredTemplates[]> {
  const rows = await connection.all<TemplateRow & { sealed: Buffer }>(
    `SELECT person_ref AS personRef, ordinal, consent_id AS consentId, model_id AS modelId, sealed FROM template
      WHERE person_ref IN (SELECT DISTINCT person_ref FROM template WHERE person_ref > ? ORDER BY person_ref LIMIT ${PAGE_PERSONS})
      ORDER BY person_ref, ordinal`, [afterRef])
  const persons = new Map<string, StoredTemplates & { embeddings: Float32Array[] }>()
  for (const { sealed, ...row } of rows) {
    const { personRef, consentId, modelId } = row
    let person = persons.get(personRef)
    if (person === undefined) persons.set(personRef, (person = { personRef, consentId, modelId, embeddings: [] }))
    person.embeddings.push(floatsOf(sealer.open(placeOf(row), sealed)))
  }
  return [...persons.values()]
}

/** Pages until there is none, each read when it is asked for. */
export async function* templatePages(read: (afterRef: string) => Promise<readonly StoredTemplates[]>): AsyncGenerator<readonly StoredTemplates[]> {
  for (let page = await read(''); page.length > 0; page = await read(page.at(-1)?.personRef ?? '')) yield page
}
