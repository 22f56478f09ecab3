import type { TableFace } from './face-table.js'

/** Corners in pixels of the picture; right and bottom are exclusive. */
export interface Rect {
  readonly left: number
  readonly top: number
  readonly right: number
  readonly bottom: number
}

/** Free room around a face, in face heights: detectors and liveness nets want the context. */
export const FIGURE_MARGIN_HEIGHTS = 1.2
/** As on a photo that someone brings to an enrolment. */
export const PORTRAIT_MARGIN_HEIGHTS = 0.6
/** Distance kept from another face, in its heights, so that a cut-out shows one person. */
const NEIGHBOUR_GAP_HEIGHTS = 0.12

const overlaps = (a: Rect, b: Rect): boolean =>
  a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom

/** The four ways to shrink `rect` until it misses `other`, the ones that would cut into `keep` left out. */
function shrunk(rect: Rect, other: Rect, keep: Rect): Rect[] {
  return [
    { ...rect, left: other.right },
    { ...rect, top: other.bottom },
    { ...rect, right: other.left },
    { ...rect, bottom: other.top },
  ].filter((cut) => cut.left <= keep.left && cut.top <= keep.top && cut.right >= keep.right && cut.bottom >= keep.bottom)
}

const area = (rect: Rect): number => (rect.right - rect.left) * (rect.bottom - rect.top)

/**
 * What to cut out of the picture around `face`: up to `marginHeights` of margin, inside the picture, and without any
 * face of `others`. Whole pixels.
 */
export function cutOutRect(
  face: TableFace, others: readonly TableFace[], size: { width: number; height: number }, marginHeights: number,
): Rect {
  const margin = (face.bottom - face.top) * marginHeights
  let rect: Rect = {
    left: Math.max(0, Math.round(face.left - margin)),
    top: Math.max(0, Math.round(face.top - margin)),
    right: Math.min(size.width, Math.round(face.right + margin)),
    bottom: Math.min(size.height, Math.round(face.bottom + margin)),
  }
  for (const other of others) {
    const gap = Math.round((other.bottom - other.top) * NEIGHBOUR_GAP_HEIGHTS)
    const keepOut = { left: other.left - gap, top: other.top - gap, right: other.right + gap, bottom: other.bottom + gap }
    if (!overlaps(rect, keepOut)) continue
    const best = shrunk(rect, keepOut, face).sort((a, b) => area(b) - area(a))[0]
    if (best !== undefined) rect = best
  }
  return rect
}
