import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import sharp from 'sharp'
import { fitSimilarity, invert } from '../../gateway/face/align.js'
import { contextSquare } from '../../gateway/face/liveness.js'
import { openFaceNets } from '../../gateway/face/nets.js'
import { normalised } from '../../gateway/face/embed.js'
import type { Picture, Point, Rect } from '../../gateway/face/picture.js'
import { packageRoot } from '../../gateway/package-root.js'
import { buildModels } from '../../models/build.js'
import { plainResample, plainWarp } from './plain-resample.js'

/** What a chain made of one frame: the embedding of its face. */
export interface Chain {
  /** @throws where it finds no face */
  embed(jpeg: Uint8Array): Promise<Float32Array>
  close(): Promise<void>
}

const MANIFEST = join(packageRoot(), 'models', 'manifest.json')
/** The nets as they are published, fetched once. */
export const ORIGINALS = join(packageRoot(), '.setup', 'originals')

/** Fetches the nets as published and gives them a manifest of their own. */
export async function prepareOriginals(): Promise<string> {
  mkdirSync(ORIGINALS, { recursive: true })
  await buildModels({ manifestPath: MANIFEST, npm: ['npm'], tarballPath: undefined, originalsDir: ORIGINALS, say: (line) => console.error(line) })
  const manifest = JSON.parse(readFileSync(MANIFEST, 'utf8')) as { nets: Record<string, { sha256: string; from: { sha256: string } }> }
  for (const net of Object.values(manifest.nets)) net.sha256 = net.from.sha256
  const path = join(ORIGINALS, 'manifest.json')
  writeFileSync(path, JSON.stringify(manifest))
  return path
}

/** The chain that one writes first: sharp, the nets as published, pixels one by one. One thread, as the shipped one. */
export async function openPlainChain(manifestPath: string): Promise<Chain> {
  const { manifest, nets, close } = await openFaceNets(manifestPath)
  const { detect, landmark, liveness, embed } = manifest.nets
  sharp.cache(false)
  sharp.concurrency(1)
  const whole = ({ width, height }: { width: number; height: number }) => ({ x: 0, y: 0, width, height })
  const boxOf = async (picture: Picture) => {
    const scale = Math.min(detect.input.width / picture.width, detect.input.height / picture.height)
    const [width, height] = [Math.round(picture.width * scale), Math.round(picture.height * scale)]
    const [x, y] = [Math.floor((detect.input.width - width) / 2), Math.floor((detect.input.height - height) / 2)]
    nets.detect.input.fill((detect.border - detect.input.subtract) / detect.input.divide)
    plainResample(nets.detect.input, picture, detect.input, { left: 0, top: 0, width: picture.width, height: picture.height }, { x, y, width, height })
    await nets.detect.run()
    const [scores, boxes] = nets.detect.outputs as [Float32Array, Float32Array]
    let best = 0
    for (let i = 1; i * 2 < scores.length; i++) if ((scores[i * 2 + 1] as number) > (scores[best * 2 + 1] as number)) best = i
    if (!((scores[best * 2 + 1] as number) > manifest.settings.detectScoreMin)) throw new Error('no face found')
    const [left, top, right, bottom] = boxes.subarray(best * 4, best * 4 + 4) as unknown as [number, number, number, number]
    return {
      left: (left * detect.input.width - x) / scale, top: (top * detect.input.height - y) / scale,
      right: (right * detect.input.width - x) / scale, bottom: (bottom * detect.input.height - y) / scale, score: 1,
    }
  }
  const pointsOf = async (picture: Picture, crop: Rect): Promise<Point[]> => {
    plainResample(nets.landmark.input, picture, landmark.input, crop, whole(landmark.input))
    await nets.landmark.run()
    const [out] = nets.landmark.outputs as [Float32Array]
    const mean = (group: readonly number[], axis: number): number => group.reduce((sum, point) => sum + (out[point * 2 + axis] as number), 0) / group.length
    return landmark.fivePoints.map((group) => ({ x: crop.left + mean(group, 0) * crop.width, y: crop.top + mean(group, 1) * crop.height }))
  }
  return {
    async embed(jpeg) {
      const { data, info } = await sharp(jpeg).removeAlpha().raw().toBuffer({ resolveWithObject: true })
      const picture = { data, width: info.width, height: info.height }
      const box = await boxOf(picture)
      const side = (box.bottom - box.top) * landmark.cropScale
      const five = await pointsOf(picture, { left: (box.left + box.right - side) / 2, top: (box.top + box.bottom - side) / 2, width: side, height: side })
      plainResample(nets.liveness.input, picture, liveness.input, contextSquare(picture, box, (liveness.looks[0] as { cropScale: number }).cropScale), whole(liveness.input))
      await nets.liveness.run()
      const fit = fitSimilarity(five, embed.template.map(([x, y]) => ({ x: x as number, y: y as number })))
      const toPicture = fit && invert(fit)
      if (toPicture === undefined) throw new Error('the landmarks span no face')
      plainWarp(nets.embed.input, picture, embed.input, toPicture)
      await nets.embed.run()
      const embedding = normalised(nets.embed.outputs[0] as Float32Array)
      if (embedding === undefined) throw new Error('an embedding without a direction')
      return embedding
    },
    close,
  }
}
