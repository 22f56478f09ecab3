import type { Picture } from '../../gateway/face/picture.js'
import { modelError } from '../errors.js'

/**
 * Black border around a picture before it is looked at. Evaluation sets are often cut so tightly around the face that no
 * detector finds it; cameras send no such pictures.
 */
export type Padding =
  /** A third of the shorter side where that is below `CROP_SIDE_PX`, else none: a 150×150 crop of LFW becomes its 250×250. */
  | { readonly kind: 'auto' }
  | { readonly kind: 'pixels'; readonly pixels: number }
  /** Part of the shorter side. */
  | { readonly kind: 'part'; readonly part: number }

/** A picture with a shorter side is taken for a crop of a face. */
const CROP_SIDE_PX = 300
const PIXELS_MAX = 2_000

/** Reads `auto`, `50` (pixels) or `25%`. @throws MD_USAGE */
export function parsePadding(text: string): Padding {
  if (text === 'auto') return { kind: 'auto' }
  const [, digits, percent] = /^(\d{1,4})(%?)$/.exec(text) ?? []
  const value = Number(digits)
  if (digits === undefined || value > (percent === '%' ? 200 : PIXELS_MAX)) {
    throw modelError('MD_USAGE', { option: '--pad', reason: `"${text}" is neither auto nor pixels (at most ${PIXELS_MAX}) nor a percentage (at most 200%)` })
  }
  return percent === '%' ? { kind: 'part', part: value / 100 } : { kind: 'pixels', pixels: value }
}

/** Pixels on each side of a picture of this size. */
export function paddingOf(padding: Padding, { width, height }: { width: number; height: number }): number {
  const side = Math.min(width, height)
  switch (padding.kind) {
    case 'pixels':
      return padding.pixels
    case 'part':
      return Math.round(side * padding.part)
    case 'auto':
      return side < CROP_SIDE_PX ? Math.round(side / 3) : 0
  }
}

/** The picture in the middle of a larger black one; the picture itself where `border` is 0. */
export function withBorder(picture: Picture, border: number): Picture {
  if (border === 0) return picture
  const width = picture.width + 2 * border
  const height = picture.height + 2 * border
  const data = new Uint8Array(width * height * 3)
  for (let y = 0; y < picture.height; y++) {
    const row = picture.data.subarray(y * picture.width * 3, (y + 1) * picture.width * 3)
    data.set(row, ((y + border) * width + border) * 3)
  }
  return { data, width, height }
}
