import sharp from 'sharp'
import { LIMITS } from '#kernel/limits.js'

/** Terminals take 1 MB and want a face of some hundred pixels; this is about 100 KB. */
const SIDE_PX_MAX = 720
const QUALITY = 85

/**
 * A photo as a self-matching terminal takes it: an upright JPEG of moderate size without what the camera wrote beside it.
 * @param photo JPEG, PNG or WebP; not changed
 * @returns undefined where it cannot be decoded
 */
export async function portraitOf(photo: Uint8Array): Promise<Uint8Array | undefined> {
  try {
    return await sharp(photo, { limitInputPixels: LIMITS.imagePixelsMax, failOn: 'error' })
      .rotate().resize({ width: SIDE_PX_MAX, height: SIDE_PX_MAX, fit: 'inside', withoutEnlargement: true })
      .jpeg({ quality: QUALITY }).toBuffer()
  } catch {
    return undefined
  }
}
