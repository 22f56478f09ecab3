import sharp from 'sharp'

const SIDE = 16
/** Bits of 240 in which two pictures of one photo may differ after scaling and re-encoding. */
const DIFFERENT_BITS_MAX = 28

/** What a terminal keeps of a photo: which of two neighbouring spots is lighter. Undefined where it is no picture. */
export async function featureOf(picture: Uint8Array): Promise<Uint8Array | undefined> {
  try {
    return new Uint8Array(await sharp(picture).rotate().greyscale().resize(SIDE, SIDE, { fit: 'fill' }).raw().toBuffer())
  } catch {
    return undefined
  }
}

const lighter = (pixels: Uint8Array, row: number, column: number): boolean =>
  (pixels[row * SIDE + column] as number) > (pixels[row * SIDE + column + 1] as number)

/** How alike two features are, 0 to 1. */
export function similarity(one: Uint8Array, other: Uint8Array): number {
  let differing = 0
  for (let row = 0; row < SIDE; row++) {
    for (let column = 0; column < SIDE - 1; column++) if (lighter(one, row, column) !== lighter(other, row, column)) differing++
  }
  return 1 - differing / (SIDE * (SIDE - 1))
}

/** From here on it is the same face to the terminal. */
export const SAME_FACE_MIN = 1 - DIFFERENT_BITS_MAX / (SIDE * (SIDE - 1))
