import type { ErasureV1 } from '#contract/sync-records.js'
import type { Static } from 'typebox'
import type { Logger } from '#kernel/log.js'
import type { Stamper } from '#kernel/record-stamp.js'
import type { FaceGallery, FaceModelInfo } from '../face/types.js'
import type { GatewayStore, StoreTx } from '../store/types.js'

/** A consent whose end reached this gateway: its templates, if any, must go, and the record of it must be written. */
export interface Erasure {
  readonly personRef: string
  readonly consentId: string
  readonly cause: Static<typeof ErasureV1>['cause']
}

/** Keeps the templates on disk and those in the workers' memory the same. */
export interface TemplateKeeper {
  /** Puts the stored templates of this model into the gallery. Those of another model wait for a new enrolment. */
  load(): Promise<void>
  /** Consent under which each person's templates stand. */
  held(): ReadonlyMap<string, string>
  /** Replaces the person's templates: durable with their record first, matchable after. */
  put(personRef: string, consentId: string, embeddings: readonly Float32Array[]): Promise<void>
  /**
   * Carries out erasures: first no worker can match these persons any more, then one transaction removes the
   * templates, writes one record per erasure, and does `also`. Where it fails nobody is back in the gallery.
   */
  erase(erasures: readonly Erasure[], also?: (tx: StoreTx) => Promise<void>): Promise<void>
}

/** Calls must not overlap: the caller runs them in one `Exclusive`. */
export function createTemplateKeeper(deps: {
  store: GatewayStore; gallery: FaceGallery; model: FaceModelInfo; stamp: Stamper; log: Logger
}): TemplateKeeper {
  const { store, gallery, model, stamp, log } = deps
  const held = new Map<string, string>()

  return {
    held: () => held,
    async load() {
      const stored = await store.templates()
      const current = stored.filter((templates) => templates.modelId === model.modelId)
      for (const templates of stored) held.set(templates.personRef, templates.consentId)
      await Promise.all(current.map((templates) => gallery.setPerson(templates.personRef, templates.embeddings)))
      log.info({ persons: current.length, otherModel: stored.length - current.length }, 'templates loaded')
    },
    async put(personRef, consentId, embeddings) {
      await store.transact(async (tx) => {
        await tx.putTemplates(personRef, consentId, model.modelId, embeddings)
        await tx.append({
          kind: 'enrolment.v1', ...stamp(), personRef, consentId, templates: embeddings.length, modelId: model.modelId,
        })
      })
      held.set(personRef, consentId)
      await gallery.setPerson(personRef, embeddings)
    },
    async erase(erasures, also) {
      const losing = erasures.filter((erasure) => held.get(erasure.personRef) === erasure.consentId)
      await Promise.all(losing.map((erasure) => gallery.removePerson(erasure.personRef)))
      await store.transact(async (tx) => {
        for (const erasure of erasures) {
          const templatesRemoved = losing.includes(erasure) ? await tx.deleteTemplates(erasure.personRef) : 0
          await tx.append({ kind: 'erasure.v1', ...stamp(), ...erasure, templatesRemoved })
        }
        await also?.(tx)
      })
      for (const erasure of losing) held.delete(erasure.personRef)
    },
  }
}
