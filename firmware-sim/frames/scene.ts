import sharp from 'sharp'
import type { RandomSource } from '#kernel/random.js'

export const FRAME_WIDTH = 1280
export const FRAME_HEIGHT = 720

const between = (random: RandomSource, low: number, high: number): number => Math.round(low + random.float() * (high - low))

/** An estate's entrance as plain shapes: wall, ceiling, paving, a glass door, a notice board, a bush outside. */
function entranceSvg(random: RandomSource): string {
  const tone = between(random, 96, 190)
  const warm = between(random, -14, 18)
  const doorX = between(random, 380, 620)
  const doorW = between(random, 260, 420)
  const floorY = between(random, 560, 640)
  const colour = (light: number): string => `rgb(${light + warm},${light},${light - warm})`
  const tiles = Array.from({ length: 14 }, (_, i) => {
    const x = i * 100 - 20
    return `<line x1="${x}" y1="${floorY}" x2="${x * 2 - 600}" y2="${FRAME_HEIGHT}" stroke="${colour(tone - 60)}" stroke-width="2"/>`
  })
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${FRAME_WIDTH}" height="${FRAME_HEIGHT}">
    <defs><linearGradient id="w" x1="0" y1="0" x2="1" y2="1">
      <stop offset="0" stop-color="${colour(tone + 40)}"/><stop offset="1" stop-color="${colour(tone - 40)}"/>
    </linearGradient></defs>
    <rect width="${FRAME_WIDTH}" height="${FRAME_HEIGHT}" fill="url(#w)"/>
    <rect y="${floorY}" width="${FRAME_WIDTH}" height="${FRAME_HEIGHT - floorY}" fill="${colour(tone - 48)}"/>${tiles.join('')}
    <rect x="${doorX}" y="60" width="${doorW}" height="${floorY - 60}" fill="${colour(tone + 56)}"
      stroke="${colour(60)}" stroke-width="14"/>
    <line x1="${doorX + doorW / 2}" y1="60" x2="${doorX + doorW / 2}" y2="${floorY}" stroke="${colour(70)}" stroke-width="10"/>
    <ellipse cx="${doorX + doorW * 0.8}" cy="${floorY - 40}" rx="${doorW * 0.3}" ry="60" fill="rgb(72,${between(random, 90, 130)},64)"/>
    <rect x="${between(random, 40, 160)}" y="${between(random, 180, 260)}" width="170" height="120"
      fill="${colour(228)}" stroke="${colour(90)}" stroke-width="4"/>
  </svg>`
}

/** The empty picture that one camera looks at: raw RGB, 1280×720, the same for the same random sequence. */
export async function renderScene(random: RandomSource): Promise<Buffer> {
  const { data } = await sharp(Buffer.from(entranceSvg(random))).removeAlpha().blur(1.2).raw().toBuffer({ resolveWithObject: true })
  return data
}
