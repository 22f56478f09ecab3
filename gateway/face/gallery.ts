import type { MatchResult } from './match.js'

/** The persons that one worker can recognise, and the sets in which it may look for them. */
export interface Gallery {
  /** Replaces the person's templates and all pairs with persons who look alike; no templates removes the person. */
  setPerson(personRef: string, embeddings: readonly Float32Array[], lookAlikes?: readonly string[]): void
  /** Forgets the person and overwrites the templates in memory. */
  removePerson(personRef: string): void
  /** Replaces the set under `galleryKey`. It may name persons without templates; they join when templates come. */
  permit(galleryKey: string, personRefs: readonly string[]): void
  /**
   * Nearest person of the set; of nobody where the key is unknown. The margin of a person who has look-alikes counts them too, whether the set
   * names them or not.
   */
  match(galleryKey: string, embedding: Float32Array): MatchResult
  /** Everybody whose templates reach the cosine, whoever is permitted. */
  resembling(embedding: Float32Array, atLeast: number): Array<{ readonly personRef: string; readonly score: number }>
  /** Persons with at least one template. */
  size(): number
}
