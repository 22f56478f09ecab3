import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { NET_ROLES, type ModelManifest } from '../../gateway/face/manifest-schema.js'
import { faceSettings, modelInfo, parseManifest, readNetFiles } from '../../gateway/face/model-manifest.js'

const path = fileURLToPath(new URL('../../models/manifest.json', import.meta.url))
const card = readFileSync(fileURLToPath(new URL('../../models/README.md', import.meta.url)), 'utf8')
const text = readFileSync(path, 'utf8')
const manifest = parseManifest(text)

describe('shipped manifest', () => {
  it('names the files that are built, and states licence and origin of each', async () => {
    const files = await readNetFiles(path, manifest)
    for (const role of NET_ROLES) {
      expect(files[role].length).toBeGreaterThan(1_000_000)
      const source = manifest.sources[manifest.nets[role].from.source]
      expect(source?.licence.stated).toBe('MIT')
      expect(source?.licence.caveat).toMatch(/template/)
      expect(source?.trainingData).toMatch(/^Unknown/)
    }
  })

  it('is what the model card tells: package, digests of the files, every threshold', () => {
    for (const source of Object.values(manifest.sources)) expect(card).toContain(`${source.package}@${source.version}`)
    for (const role of NET_ROLES) expect(card).toContain(manifest.nets[role].sha256.slice(0, 12))
    const { strangerTail, ...thresholds } = manifest.settings
    for (const [name, value] of Object.entries(thresholds)) expect(card, name).toMatch(new RegExp(`\\| \`${name}\` \\| ${value} \\|`))
    expect(card).toContain(`| \`strangerTail\` | ${JSON.stringify(strangerTail).replaceAll('"', '').replaceAll(/[{}]/g, '').replaceAll(':', ' ').replaceAll(',', ', ')} |`)
    expect(card).toContain(manifest.modelId)
  })

  it('gives a model its name: other weights, other digest', () => {
    const info = modelInfo(manifest)
    expect(info).toEqual({ modelId: 'faceplugin-0.0.1-r1', digest: expect.stringMatching(/^[0-9a-f]{64}$/), dimensions: 512 })
    const other = structuredClone(manifest)
    other.nets.liveness.sha256 = '1'.repeat(64)
    expect(modelInfo(other).digest).not.toBe(info.digest)
  })
})

describe('another manifest', () => {
  const changed = (change: (copy: ModelManifest) => unknown): string => {
    const copy = structuredClone(manifest)
    change(copy)
    return JSON.stringify(copy)
  }

  it.each<[string, string, string]>([
    ['no JSON', '{', '(root)'],
    ['an array', '[]', '(root)'],
    ['a version to come', changed((m) => Object.assign(m, { formatVersion: 2 })), '/formatVersion'],
    ['a digest that is none', changed((m) => { m.nets.embed.sha256 = 'abc' }), '/nets/embed/sha256'],
    ['a file outside its folder', changed((m) => { m.nets.embed.file = '../x.onnx' }), '/nets/embed/file'],
    ['a source that is not there', changed((m) => { m.nets.embed.from.source = 'other' }), '/nets/embed/from/source'],
    ['a class that the net has not', changed((m) => { m.nets.liveness.liveClass = 3 }), '/nets/liveness/liveClass'],
    ['a point that the net has not', changed((m) => { m.nets.landmark.fivePoints[0] = [68] }), '/nets/landmark/fivePoints'],
    ['grey faces for the embedding', changed((m) => { m.nets.embed.input.channels = 'luma' }), '/nets/embed/input/channels'],
    ['a threshold that no cosine reaches', changed((m) => { m.settings.matchThreshold = 1.2 }), '/settings/matchThreshold'],
    ['division by nothing', changed((m) => { m.nets.embed.input.divide = 0 }), '/nets/embed/input/divide'],
  ])('with %s is refused, and the field named', (_, bad, field) => {
    expect(() => parseManifest(bad)).toThrow(expect.objectContaining({ code: 'GW_FACE_MANIFEST', details: expect.objectContaining({ field }) }))
  })

  it('lends its thresholds to a site, which may set its own within bounds', () => {
    expect(faceSettings(manifest, {})).toEqual(manifest.settings)
    expect(faceSettings(manifest, { matchThreshold: 0.6 })).toEqual({ ...manifest.settings, matchThreshold: 0.6 })
    expect(() => faceSettings(manifest, { faceHeightPxMin: 3 })).toThrow(expect.objectContaining({ code: 'GW_FACE_SETTINGS', details: expect.objectContaining({ field: '/faceHeightPxMin' }) }))
  })
})
