/** Decoded picture: rows of RGB bytes without padding. */
export interface Picture {
  readonly data: Uint8Array
  readonly width: number
  readonly height: number
}

/** A rectangle in picture coordinates: pixel (0, 0) covers 0 to 1. May lie partly or wholly outside. */
export interface Rect {
  readonly left: number
  readonly top: number
  readonly width: number
  readonly height: number
}

/** A point of the picture, in pixels. */
export interface Point {
  readonly x: number
  readonly y: number
}
