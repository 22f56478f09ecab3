import { createPairTable } from './pair-table.js'
import type { GalleryChange } from './worker-protocol.js'

/** What every worker must hold, kept so that a new one can be given it. */
export interface GalleryMirror {
  /** Takes a change over with its arrays; templates that it replaces are overwritten in memory. */
  take(change: GalleryChange): void
  /** Changes that bring an empty gallery to the present state. */
  replay(): GalleryChange[]
  /** Persons with at least one template. */
  size(): number
  /** Forgets everybody, overwriting all templates. */
  clear(): void
}

export function createGalleryMirror(): GalleryMirror {
  const persons = new Map<string, readonly Float32Array[]>()
  const permits = new Map<string, readonly string[]>()
  const lookAlikes = createPairTable()
  const forget = (personRef: string): void => {
    for (const embedding of persons.get(personRef) ?? []) embedding.fill(0)
    persons.delete(personRef)
    lookAlikes.replace(personRef, [])
  }
  return {
    take(change) {
      if (change.kind === 'permit') {
        permits.set(change.galleryKey, [...change.personRefs])
        return
      }
      forget(change.personRef)
      if (change.embeddings.length === 0) return
      persons.set(change.personRef, change.embeddings)
      lookAlikes.replace(change.personRef, change.lookAlikes)
    },
    replay: () => [
      ...[...persons].map(([personRef, embeddings]): GalleryChange => ({ kind: 'person', personRef, embeddings, lookAlikes: [...lookAlikes.of(personRef)] })),
      ...[...permits].map(([galleryKey, personRefs]): GalleryChange => ({ kind: 'permit', galleryKey, personRefs })),
    ],
    size: () => persons.size,
    clear() {
      for (const personRef of [...persons.keys()]) forget(personRef)
      permits.clear()
    },
  }
}
