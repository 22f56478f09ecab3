import type { FaceImage } from './face-set.js'

/** Pictures that followed one another: those of one person whose names differ in their last number only. */
export interface Burst<T> {
  readonly person: string
  readonly items: readonly T[]
}

/**
 * Cuts each recording of a person into bursts of `length`, in the order of the last number in the file names. What is left at the end of a
 * recording is no burst, but a recording that is shorter is one of its own.
 * @param itemOf undefined leaves a picture out
 */
export function burstsOf<T>(images: readonly FaceImage[], length: number, itemOf: (index: number) => T | undefined): Burst<T>[] {
  const recordings = new Map<string, Array<{ person: string; order: number; item: T }>>()
  images.forEach(({ person, name }, index) => {
    const item = itemOf(index)
    if (item === undefined) return
    const [, recording = name, order = '0'] = /^(.*?)(\d+)\.[^.]+$/.exec(name) ?? []
    const pictures = recordings.get(recording) ?? []
    recordings.set(recording, [...pictures, { person, order: Number(order), item }])
  })
  return [...recordings.values()].flatMap((pictures) => {
    const sorted = pictures.toSorted((a, b) => a.order - b.order)
    const count = Math.max(1, Math.floor(sorted.length / length))
    return Array.from({ length: count }, (_, i) => ({ person: sorted[0]?.person ?? '', items: sorted.slice(i * length, (i + 1) * length).map(({ item }) => item) }))
  })
}
