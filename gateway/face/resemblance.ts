import type { Gallery } from './gallery.js'
import type { FaceSettings } from './manifest-schema.js'
import { thresholdFor } from './threshold.js'
import type { Resemblance } from './types.js'

type ResemblanceSettings = Pick<FaceSettings, 'duplicateRate' | 'duplicateMin' | 'lookAlikeMin' | 'strangerTail'>

/** The cosine from which on a new face counts as that of somebody among so many enrolled. */
export const duplicateFrom = (gallerySize: number, { duplicateRate, duplicateMin, strangerTail }: ResemblanceSettings): number =>
  thresholdFor(gallerySize, { tail: strangerTail, falseAcceptRate: duplicateRate, floor: duplicateMin })

/**
 * Everybody in the gallery whom these templates resemble, permitted anywhere or not; the nearest first.
 * @param personRef whose templates they are: never compared with the earlier ones
 */
export function resemblancesOf(gallery: Gallery, personRef: string, templates: readonly Float32Array[], settings: ResemblanceSettings): Resemblance[] {
  const sameFrom = duplicateFrom(gallery.size(), settings)
  const highest = new Map<string, number>()
  for (const template of templates) {
    for (const { personRef: other, score } of gallery.resembling(template, Math.min(settings.lookAlikeMin, sameFrom))) {
      if (other !== personRef) highest.set(other, Math.max(score, highest.get(other) ?? -1))
    }
  }
  return [...highest].sort(([, a], [, b]) => b - a).map(([other, score]) => ({ personRef: other, score, kind: score >= sameFrom ? 'same' : 'alike' }))
}
