import { createReadStream, createWriteStream, existsSync, mkdirSync, renameSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { createBrotliDecompress } from 'node:zlib'
import { extract } from 'tar'
import { once } from './once.js'

export interface PackagedChromium {
  readonly executablePath: string
  /** The libraries it needs and not every system has (NSS, expat): LD_LIBRARY_PATH. */
  readonly libraries: string
}

/**
 * The headless shell of Chromium that comes in an npm package, unpacked once beside the packages (190 MB).
 *
 * The package's own unpacking writes to the system's temporary folder in place: of two test files that start at once
 * the second would run half a program.
 */
export async function packagedChromium(): Promise<PackagedChromium> {
  const packaged = join(createRequire(import.meta.url).resolve('@sparticuz/chromium'), '../../../bin')
  const folder = join(packaged, '../unpacked')
  const unpack = async (): Promise<void> => {
    const made = `${folder}.part`
    rmSync(made, { recursive: true, force: true })
    mkdirSync(made)
    await pipeline(createReadStream(join(packaged, 'chromium.br')), createBrotliDecompress(), createWriteStream(join(made, 'chromium'), { mode: 0o755 }))
    await pipeline(createReadStream(join(packaged, 'al2023.tar.br')), createBrotliDecompress(), extract({ cwd: made }))
    renameSync(made, folder)
  }
  await once(`${folder}.lock`, () => existsSync(folder), unpack)
  return { executablePath: join(folder, 'chromium'), libraries: join(folder, 'lib') }
}
