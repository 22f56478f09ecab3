import type { Picture } from './picture.js'

/** For each EXIF orientation: are width and height exchanged, and is the stored x or y axis read backwards. */
const TURNS: Readonly<Record<number, { readonly swap: boolean; readonly flipX: boolean; readonly flipY: boolean }>> = {
  2: { swap: false, flipX: true, flipY: false },
  3: { swap: false, flipX: true, flipY: true },
  4: { swap: false, flipX: false, flipY: true },
  5: { swap: true, flipX: false, flipY: false },
  6: { swap: true, flipX: false, flipY: true },
  7: { swap: true, flipX: true, flipY: true },
  8: { swap: true, flipX: true, flipY: false },
}

/** The picture as it is meant to be seen; pixels move and are not changed. */
export function upright(picture: Picture, orientation: number): Picture {
  const turn = TURNS[orientation]
  if (turn === undefined) return picture
  const { data, width: storedWidth, height: storedHeight } = picture
  const width = turn.swap ? storedHeight : storedWidth
  const height = turn.swap ? storedWidth : storedHeight
  const out = new Uint8Array(data.length)
  for (let y = 0, to = 0; y < height; y++) {
    for (let x = 0; x < width; x++, to += 3) {
      const alongX = turn.swap ? y : x
      const alongY = turn.swap ? x : y
      const storedX = turn.flipX ? storedWidth - 1 - alongX : alongX
      const storedY = turn.flipY ? storedHeight - 1 - alongY : alongY
      const from = (storedY * storedWidth + storedX) * 3
      out[to] = data[from] as number
      out[to + 1] = data[from + 1] as number
      out[to + 2] = data[from + 2] as number
    }
  }
  return { data: out, width, height }
}
