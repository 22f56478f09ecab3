import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { create } from 'tar'
import { describe, expect, it } from 'vitest'
import { NET_ROLES, type ModelManifest } from '../../gateway/face/manifest-schema.js'
import { buildModels, type BuildOptions } from '../../models/build.js'
import { tempDir } from '../support/temp-dir.js'

const shipped = (): ModelManifest => JSON.parse(readFileSync(fileURLToPath(new URL('../../models/manifest.json', import.meta.url)), 'utf8')) as ModelManifest
const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')

interface Rig {
  readonly options: BuildOptions
  readonly lines: string[]
  readonly folder: string
  /** Writes the manifest again with a change. */
  edit(change: (manifest: ModelManifest) => void): void
  readonly content: (role: string) => Buffer
}

/** A package of made-up nets, its tarball, and a manifest that names both. `npm` copies the tarball as `npm pack` would. */
async function rig(npmScript?: string): Promise<Rig> {
  const root = tempDir()
  const folder = join(root, 'models')
  mkdirSync(join(root, 'package/model'), { recursive: true })
  mkdirSync(folder)
  const content = (role: string): Buffer => Buffer.from(`weights of ${role}`)
  const manifest = shipped()
  for (const role of NET_ROLES) {
    writeFileSync(join(root, 'package/model', `${role}.onnx`), content(role))
    Object.assign(manifest.nets[role], { sha256: sha256(content(role)), from: { source: 'made-up', path: `package/model/${role}.onnx`, sha256: sha256(content(role)), rewrites: [] } })
  }
  const tarball = join(root, 'source.tgz')
  await create({ gzip: true, file: tarball, cwd: root }, ['package'])
  const integrity = `sha512-${createHash('sha512').update(readFileSync(tarball)).digest('base64')}`
  const edited = { ...manifest, sources: { 'made-up': { ...Object.values(manifest.sources)[0], package: 'made-up', version: '1.2.3', integrity } } } as unknown as ModelManifest
  const write = (): void => writeFileSync(join(folder, 'manifest.json'), JSON.stringify(edited))
  write()
  const lines: string[] = []
  const script = npmScript ?? `
    const [verb, spec] = process.argv.slice(1)
    if (verb !== 'pack' || spec !== 'made-up@1.2.3') process.exit(9)
    require('fs').copyFileSync(${JSON.stringify(tarball)}, process.argv[process.argv.indexOf('--pack-destination') + 1] + '/made-up-1.2.3.tgz')`
  return {
    folder, content, lines,
    edit(change) { change(edited); write() },
    options: { manifestPath: join(folder, 'manifest.json'), npm: [process.execPath, '-e', script, '--'], tarballPath: undefined, originalsDir: undefined, say: (line) => void lines.push(line) },
  }
}

describe('model build', () => {
  it('fetches, checks and writes every net, and then has nothing to do', async () => {
    const { options, folder, content, lines } = await rig()
    expect(await buildModels(options)).toEqual([...NET_ROLES])
    expect(lines).toEqual(['fetching made-up@1.2.3', '0.0 MiB, integrity checked', ...['detect', 'landmark', 'liveness', 'feature'].map((name) => `fr_${name}.onnx written, 0.00 MiB`)])
    const files = readdirSync(folder).toSorted()
    expect(files).toEqual(['fr_detect.onnx', 'fr_feature.onnx', 'fr_landmark.onnx', 'fr_liveness.onnx', 'manifest.json'])
    expect(readFileSync(join(folder, 'fr_detect.onnx'))).toEqual(content('detect'))
    const times = files.map((file) => statSync(join(folder, file)).mtimeMs)
    expect(await buildModels({ ...options, npm: ['/nowhere/npm'] })).toEqual([])
    expect(files.map((file) => statSync(join(folder, file)).mtimeMs)).toEqual(times)
  })

  it('replaces only what is damaged or absent', async () => {
    const { options, folder, content } = await rig()
    await buildModels(options)
    writeFileSync(join(folder, 'fr_liveness.onnx'), 'damaged')
    expect(await buildModels(options)).toEqual(['liveness'])
    expect(readFileSync(join(folder, 'fr_liveness.onnx'))).toEqual(content('liveness'))
  })

  it('keeps the originals where it is asked to', async () => {
    const { options, folder } = await rig()
    await buildModels(options)
    const originalsDir = join(folder, 'originals')
    expect(await buildModels({ ...options, originalsDir })).toEqual([...NET_ROLES])
    expect(readdirSync(originalsDir).toSorted()).toEqual(['fr_detect.onnx', 'fr_feature.onnx', 'fr_landmark.onnx', 'fr_liveness.onnx'])
    expect(await buildModels({ ...options, originalsDir })).toEqual([])
  })

  it('works from a tarball on disk without npm', async () => {
    const { options } = await rig()
    const tarballPath = join(options.manifestPath, '../../source.tgz')
    expect(await buildModels({ ...options, npm: ['/nowhere/npm'], tarballPath })).toEqual([...NET_ROLES])
  })

  it.each<[string, (manifest: ModelManifest) => void, object]>([
    ['another tarball than the manifest names', (m) => { (m.sources['made-up'] as { integrity: string }).integrity = `sha512-${'A'.repeat(86)}==` }, { code: 'MD_INTEGRITY', details: { package: 'made-up@1.2.3' } }],
    ['a file that the tarball has not', (m) => { m.nets.embed.from.path = 'package/model/none.onnx' }, { code: 'MD_DIGEST', details: { file: 'package/model/none.onnx', found: 'absent' } }],
    ['a file with other content', (m) => { m.nets.embed.from.sha256 = '0'.repeat(64) }, { code: 'MD_DIGEST', details: { file: 'package/model/embed.onnx' } }],
    ['a result with other content', (m) => { m.nets.detect.sha256 = '0'.repeat(64) }, { code: 'MD_DIGEST', details: { file: 'fr_detect.onnx' } }],
    ['a manifest with a field that is none', (m) => { Object.assign(m.nets.embed, { colour: 'red' }) }, { code: 'GW_FACE_MANIFEST' }],
  ])('refuses %s', async (_, change, error) => {
    const { options, folder, edit } = await rig()
    edit(change)
    await expect(buildModels(options)).rejects.toMatchObject(error)
    expect(existsSync(join(folder, 'fr_detect.onnx'))).toBe(false)
  })

  it('says what npm said where the registry is out of reach, and leaves nothing behind', async () => {
    const { options, folder } = await rig(`
      console.error('npm error code ECONNREFUSED\\nnpm error     at ClientRequest.emit\\nnpm error network request to the registry failed')
      process.exit(1)`)
    await expect(buildModels(options)).rejects.toMatchObject({
      code: 'MD_FETCH', details: { npm: 'npm error code ECONNREFUSED\nnpm error network request to the registry failed', hint: expect.stringContaining('--tarball') },
    })
    expect(readdirSync(folder)).toEqual(['manifest.json'])
    await expect(buildModels({ ...options, npm: ['/nowhere/npm'] })).rejects.toMatchObject({ code: 'MD_NO_NPM' })
  })
})
