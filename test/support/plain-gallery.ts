import type { Gallery } from '../../gateway/face/gallery.js'
import { type Candidate, nearest } from '../../gateway/face/match.js'

/** A plain scan of every template: what the gallery of the workers must agree with. */
export function createPlainGallery(): Gallery {
  const persons = new Map<string, Candidate>()
  const permits = new Map<string, ReadonlySet<string>>()
  /** Sets resolved to their templates, dropped whenever a person or the set changes. */
  const resolved = new Map<string, readonly Candidate[]>()

  const candidatesOf = (galleryKey: string): readonly Candidate[] => {
    let candidates = resolved.get(galleryKey)
    if (candidates === undefined) {
      candidates = [...(permits.get(galleryKey) ?? [])].flatMap((personRef) => persons.get(personRef) ?? [])
      resolved.set(galleryKey, candidates)
    }
    return candidates
  }
  const forget = (personRef: string): void => {
    for (const template of persons.get(personRef)?.templates ?? []) template.fill(0)
    persons.delete(personRef)
    resolved.clear()
  }
  return {
    setPerson(personRef, embeddings) {
      // Copied first: the caller's arrays may be the very ones that are overwritten.
      const templates = embeddings.map((embedding) => Float32Array.from(embedding))
      forget(personRef)
      if (templates.length > 0) persons.set(personRef, { personRef, templates })
    },
    removePerson: forget,
    permit(galleryKey, personRefs) {
      permits.set(galleryKey, new Set(personRefs))
      resolved.delete(galleryKey)
    },
    match: (galleryKey, embedding) => nearest(embedding, permits.has(galleryKey) ? candidatesOf(galleryKey) : []),
    size: () => persons.size,
  }
}
