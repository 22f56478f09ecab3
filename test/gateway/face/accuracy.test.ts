import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import sharp from 'sharp'
import { expect, it } from 'vitest'
import { createDecoder } from '../../../gateway/face/decode.js'
import { createDetector } from '../../../gateway/face/detect.js'
import { createEmbedder } from '../../../gateway/face/embed.js'
import { createLandmarkFinder } from '../../../gateway/face/landmark.js'
import { cosine } from '../../../gateway/face/match.js'
import { openFaceNets, type FaceNets } from '../../../gateway/face/nets.js'
import { MANIFEST } from './support/demo-faces.js'

const LFW = fileURLToPath(new URL('../../../../shared/data/faces/lfw/', import.meta.url))
const PERSONS = 200
const IMAGES_MAX = 3

/** The face in the middle of a 150×150 crop, which is set in black as the recipe was measured. */
function createReader({ nets, manifest }: FaceNets) {
  const decoder = createDecoder()
  const detector = createDetector(nets.detect, manifest.nets.detect, manifest.settings)
  const landmarkFinder = createLandmarkFinder(nets.landmark, manifest.nets.landmark)
  const embedder = createEmbedder(nets.embed, manifest.nets.embed)
  return async (file: string): Promise<Float32Array | undefined> => {
    const picture = await decoder.photo(await sharp(readFileSync(file)).extend({ top: 50, bottom: 50, left: 50, right: 50, background: '#000' }).png().toBuffer())
    if (!picture.ok) throw new Error(picture.error)
    const offCentre = (box: { left: number; right: number; top: number; bottom: number }): number => Math.hypot(box.left + box.right - 250, box.top + box.bottom - 250)
    const box = (await detector.detect(picture.value)).toSorted((a, b) => offCentre(a) - offCentre(b))[0]
    return box && embedder.embed(picture.value, (await landmarkFinder.find(picture.value, box)).five)
  }
}

it(`tells ${PERSONS} persons of LFW apart as well as was published for this recipe`, { timeout: 300_000 }, async (ctx) => {
  if (!existsSync(LFW)) {
    console.log('accuracy on LFW: not measured, the development data is not here')
    return ctx.skip('needs ../shared/data/faces/lfw')
  }
  const faceNets = await openFaceNets(MANIFEST)
  const read = createReader(faceNets)
  const persons = readdirSync(LFW).filter((name) => readdirSync(join(LFW, name)).length > 1).toSorted().slice(0, PERSONS)
  const faces: Array<{ person: string; embedding: Float32Array }> = []
  let missed = 0
  for (const person of persons) {
    for (const file of readdirSync(join(LFW, person)).toSorted().slice(0, IMAGES_MAX)) {
      const embedding = await read(join(LFW, person, file))
      if (embedding === undefined) missed += 1
      else faces.push({ person, embedding })
    }
  }
  await faceNets.close()
  const genuine: number[] = []
  const strangers: number[] = []
  for (const [index, a] of faces.entries()) {
    for (const b of faces.slice(0, index)) (a.person === b.person ? genuine : strangers).push(cosine(a.embedding, b.embedding))
  }
  strangers.sort((a, b) => b - a)
  const trueAccepts = (threshold: number): number => genuine.filter((score) => score >= threshold).length / genuine.length
  const at = (rate: number): number => strangers[Math.floor(rate * strangers.length)] as number
  console.log(`accuracy on LFW: ${faces.length} faces, ${genuine.length} same, ${strangers.length} different; true accepts ${[1e-3, 1e-4].map((rate) =>
    `${(trueAccepts(at(rate)) * 100).toFixed(2)} % at false ${rate} (cosine ${at(rate).toFixed(3)})`).join(', ')}`)
  expect(missed).toBe(0)
  expect(trueAccepts(at(1e-3))).toBeGreaterThan(0.975)
  expect(trueAccepts(at(1e-4))).toBeGreaterThan(0.955)
  expect(Math.abs(at(1e-3) - 0.335)).toBeLessThan(0.03)
  expect(strangers.filter((score) => score >= 0.55).length).toBeLessThanOrEqual(1)
})
