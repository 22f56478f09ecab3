import { readdir } from 'node:fs/promises'
import { basename, extname, join } from 'node:path'
import { modelError } from '../errors.js'

/** One picture of a labelled set. */
export interface FaceImage {
  readonly person: string
  /** `<person>/<file>`. */
  readonly name: string
  readonly path: string
}

export interface FaceSet {
  /** Name of the folder. */
  readonly name: string
  /** By person, then by file name, both in plain character order. */
  readonly images: readonly FaceImage[]
  /** Files that are no pictures by their names; told, never looked at. */
  readonly ignored: readonly string[]
}

const PICTURE = new Set(['.jpg', '.jpeg', '.png', '.webp'])
const byText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

/**
 * Lists a folder of `<person>/<picture>`.
 * @throws MD_SET where the folder cannot be read or holds no such picture
 */
export async function readFaceSet(root: string): Promise<FaceSet> {
  const images: FaceImage[] = []
  const ignored: string[] = []
  for (const person of await entries(root, 'folders')) {
    for (const file of await entries(join(root, person), 'files')) {
      const image = { person, name: `${person}/${file}`, path: join(root, person, file) }
      if (PICTURE.has(extname(file).toLowerCase())) images.push(image)
      else ignored.push(image.name)
    }
  }
  if (images.length === 0) throw modelError('MD_SET', { folder: root, reason: 'holds no <person>/<picture> (jpg, png or webp)' })
  return { name: basename(root), images, ignored }
}

async function entries(folder: string, kind: 'folders' | 'files'): Promise<string[]> {
  try {
    const found = await readdir(folder, { withFileTypes: true })
    return found.filter((entry) => (kind === 'files' ? entry.isFile() : entry.isDirectory())).map((entry) => entry.name).sort(byText)
  } catch (cause) {
    throw modelError('MD_SET', { folder, reason: 'cannot be read' }, cause)
  }
}

/** Indices of each person's pictures, persons and pictures in the set's order. */
export function indicesByPerson(persons: readonly string[]): Map<string, number[]> {
  const out = new Map<string, number[]>()
  persons.forEach((person, index) => {
    const mine = out.get(person)
    if (mine === undefined) out.set(person, [index])
    else mine.push(index)
  })
  return out
}
