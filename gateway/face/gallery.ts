import type { MatchResult } from './match.js'

/** The persons that one worker can recognise, and the sets in which it may look for them. */
export interface Gallery {
  /** Replaces the person's templates; none removes the person. */
  setPerson(personRef: string, embeddings: readonly Float32Array[]): void
  /** Forgets the person and overwrites the templates in memory. */
  removePerson(personRef: string): void
  /** Replaces the set under `galleryKey`. It may name persons without templates; they join when templates come. */
  permit(galleryKey: string, personRefs: readonly string[]): void
  /** Nearest person of the set; of nobody where the key is unknown. */
  match(galleryKey: string, embedding: Float32Array): MatchResult
  /** Persons with at least one template. */
  size(): number
}
