import type { Gallery } from '../../gateway/face/gallery.js'
import { type Candidate, cosine, nearest, withLookAlikes } from '../../gateway/face/match.js'

/** A plain scan of every template: what the gallery of the workers must agree with. */
export function createPlainGallery(): Gallery {
  const persons = new Map<string, Candidate>()
  const pairs = new Map<string, Set<string>>()
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
    for (const others of pairs.values()) others.delete(personRef)
    pairs.delete(personRef)
  }
  const pair = (from: string, to: string): void => void pairs.set(from, (pairs.get(from) ?? new Set()).add(to))
  const scoreOf = ({ templates }: Candidate, embedding: Float32Array): number => Math.max(...templates.map((template) => cosine(embedding, template)))
  return {
    setPerson(personRef, embeddings, lookAlikes = []) {
      // Copied first: the caller's arrays may be the very ones that are overwritten.
      const templates = embeddings.map((embedding) => Float32Array.from(embedding))
      forget(personRef)
      if (templates.length === 0) return
      persons.set(personRef, { personRef, templates })
      for (const other of lookAlikes.filter((ref) => ref !== personRef)) {
        pair(personRef, other)
        pair(other, personRef)
      }
    },
    removePerson: forget,
    permit(galleryKey, personRefs) {
      permits.set(galleryKey, new Set(personRefs))
      resolved.delete(galleryKey)
    },
    match(galleryKey, embedding) {
      const found = nearest(embedding, permits.has(galleryKey) ? candidatesOf(galleryKey) : [])
      const rivals = [...(pairs.get(found.personRef ?? '') ?? [])].flatMap((ref) => persons.get(ref) ?? [])
      return withLookAlikes(found, rivals.map((rival) => scoreOf(rival, embedding)))
    },
    resembling: (embedding, atLeast) => [...persons.values()]
      .map((person) => ({ personRef: person.personRef, score: scoreOf(person, embedding) })).filter(({ score }) => score >= atLeast),
    size: () => persons.size,
  }
}
