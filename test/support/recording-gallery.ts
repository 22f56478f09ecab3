import type { FaceGallery } from '../../gateway/face/types.js'

export interface RecordingGallery extends FaceGallery {
  /** Persons that can be matched now, with how many templates. */
  readonly persons: Map<string, number>
  /** Look-alikes that came with a person's templates, where there were any. */
  readonly lookAlikes: Map<string, readonly string[]>
  /** Persons compared with, by gallery key. */
  readonly permitted: Map<string, readonly string[]>
  /** Every call in order: `set REF`, `remove REF`, `permit KEY`. */
  readonly calls: string[]
  /** Set to make every change fail, as with no worker alive. */
  broken: boolean
}

/** The gallery's port in memory, for what stands above the engine. */
export function createRecordingGallery(): RecordingGallery {
  const persons = new Map<string, number>()
  const lookAlikes = new Map<string, readonly string[]>()
  const permitted = new Map<string, readonly string[]>()
  const calls: string[] = []
  const gallery: RecordingGallery = {
    persons,
    lookAlikes,
    permitted,
    calls,
    broken: false,
    async setPerson(personRef, embeddings, others = []) {
      note(`set ${personRef}`)
      if (others.length > 0) lookAlikes.set(personRef, others)
      if (embeddings.length === 0) persons.delete(personRef)
      else persons.set(personRef, embeddings.length)
    },
    async removePerson(personRef) {
      note(`remove ${personRef}`)
      lookAlikes.delete(personRef)
      persons.delete(personRef)
    },
    async permit(galleryKey, personRefs) {
      note(`permit ${galleryKey}`)
      permitted.set(galleryKey, personRefs)
    },
    size: () => persons.size,
  }
  const note = (call: string): void => {
    if (gallery.broken) throw new Error('no worker answers')
    calls.push(call)
  }
  return gallery
}
