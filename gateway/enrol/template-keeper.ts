import type { ErasureV1 } from '#contract/sync-records.js'
import type { Static } from 'typebox'
import type { Logger } from '#kernel/log.js'
import type { Stamper } from '#kernel/record-stamp.js'
import type { FaceGallery, FaceModelInfo } from '../face/types.js'
import type { GatewayStore, LookAlikePair, StoreTx } from '../store/types.js'

/** A consent whose end reached this gateway: its templates, if any, must go, and the record of it must be written. */
export interface Erasure {
  readonly personRef: string
  readonly consentId: string
  readonly cause: Static<typeof ErasureV1>['cause']
}

/** What else is known of templates that are stored. */
export interface Likeness {
  /** Those whom the person is hard to tell from. */
  readonly pairs: readonly LookAlikePair[]
  /** Who decided that the person is enrolled although the face counts as somebody else's; null where it does not. */
  readonly allowedBy: string | null
}

const UNLIKE: Likeness = { pairs: [], allowedBy: null }

/** Keeps the templates on disk and those in the workers' memory the same. */
export interface TemplateKeeper {
  /** Puts the stored templates of this model into the gallery. Those of another model wait for a new enrolment. */
  load(): Promise<void>
  /** Consent under which each person's templates stand. */
  held(): ReadonlyMap<string, string>
  /** Replaces the person's templates and pairs: durable with their records first, matchable after. */
  put(personRef: string, consentId: string, embeddings: readonly Float32Array[], likeness?: Likeness): Promise<void>
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
      const lookAlikes = othersByPerson(await store.lookAlikes())
      let persons = 0
      for await (const page of store.templatePages()) {
        for (const { personRef, consentId } of page) held.set(personRef, consentId)
        const current = page.filter((templates) => templates.modelId === model.modelId)
        // The workers have taken a page over before the next is opened: templates never pile up on the way.
        await Promise.all(current.map(({ personRef, embeddings }) => gallery.setPerson(personRef, embeddings, lookAlikes.get(personRef))))
        persons += current.length
      }
      log.info({ persons, otherModel: held.size - persons }, 'templates loaded')
    },
    async put(personRef, consentId, embeddings, { pairs, allowedBy } = UNLIKE) {
      await store.transact(async (tx) => {
        await tx.putTemplates(personRef, consentId, model.modelId, embeddings)
        await tx.putLookAlikes(pairs)
        await tx.append({
          kind: 'enrolment.v1', ...stamp(), personRef, consentId, templates: embeddings.length, modelId: model.modelId,
        })
        if (allowedBy === null) return
        await tx.append({
          kind: 'operator-action.v1', ...stamp(), operatorRef: allowedBy, role: 'manager', action: 'force-duplicate', subject: personRef, reason: null,
          outcome: 'done',
        })
      })
      held.set(personRef, consentId)
      await gallery.setPerson(personRef, embeddings, pairs.map((pair) => otherOf(pair, personRef)))
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

const otherOf = ({ personRef, otherRef }: LookAlikePair, own: string): string => (personRef === own ? otherRef : personRef)

function othersByPerson(pairs: readonly LookAlikePair[]): ReadonlyMap<string, readonly string[]> {
  const others = new Map<string, string[]>()
  for (const { personRef, otherRef } of pairs) {
    others.set(personRef, [...(others.get(personRef) ?? []), otherRef])
    others.set(otherRef, [...(others.get(otherRef) ?? []), personRef])
  }
  return others
}
