/** One face in a demo picture of `@vladmandic/face-api` (1920 px wide): where it is, not what it looks like. */
export interface TableFace {
  readonly faceId: string
  /** `demo/sample{picture}.jpg` of the package. */
  readonly picture: number
  readonly left: number
  readonly top: number
  readonly right: number
  readonly bottom: number
  /** Faces of one number are of one person. */
  readonly person: number
  /** False where the face is in profile, looks down or is badly lit: it passes the camera, but no one enrols it. */
  readonly enrollable: boolean
}

const face = (
  faceId: string, picture: number, person: number, box: readonly [number, number, number, number], enrollable = true,
): TableFace => ({ faceId, picture, person, left: box[0], top: box[1], right: box[2], bottom: box[3], enrollable })

/** All 22 faces, found once with a detector; rectangles in pixels of the picture. */
export const FACE_TABLE: readonly TableFace[] = [
  face('s1-a', 1, 1, [409, 357, 598, 593]),
  face('s1-b', 1, 2, [833, 436, 1018, 648]),
  face('s1-c', 1, 3, [1446, 253, 1680, 444]),
  face('s2-a', 2, 4, [368, 111, 530, 424], false),
  face('s2-b', 2, 5, [892, 258, 1049, 449], false),
  face('s2-c', 2, 6, [1438, 162, 1643, 374]),
  face('s3-a', 3, 7, [593, 332, 788, 596]),
  face('s3-b', 3, 3, [1072, 207, 1304, 516], false),
  face('s3-c', 3, 8, [1506, 298, 1695, 575]),
  face('s4-a', 4, 9, [276, 245, 417, 431]),
  face('s4-b', 4, 10, [662, 65, 871, 303]),
  face('s4-c', 4, 11, [971, 248, 1166, 429]),
  face('s4-d', 4, 12, [1271, 132, 1414, 415], false),
  face('s5-a', 5, 13, [380, 857, 573, 1173]),
  face('s5-b', 5, 14, [605, 416, 763, 675], false),
  face('s5-c', 5, 15, [791, 112, 948, 326]),
  face('s5-d', 5, 16, [1117, 191, 1262, 436]),
  face('s5-e', 5, 17, [1417, 380, 1595, 674]),
  face('s6-a', 6, 18, [258, 505, 474, 752]),
  face('s6-b', 6, 19, [677, 318, 852, 625], false),
  face('s6-c', 6, 20, [1170, 307, 1377, 586]),
  face('s6-d', 6, 21, [1484, 260, 1699, 557]),
]
