import { chmod, mkdir, open, readFile, rename, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { gatewayError } from '../errors.js'

const isMissing = (error: unknown): boolean => (error as NodeJS.ErrnoException).code === 'ENOENT'

/** A folder that only this user may enter, made where it is missing. */
export async function ensurePrivateFolder(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 })
  await chmod(folder, 0o700)
}

/**
 * Writes a file so that a reader, and a restart after a power cut, sees all of it or none: a temporary file is
 * synced, renamed over the target, and the folder is synced.
 * @param mode 0o600 for keys, 0o644 for certificates
 */
export async function writeFileAtomic(path: string, text: string, mode: number): Promise<void> {
  const temporary = `${path}.new`
  const file = await open(temporary, 'w', mode)
  try {
    await file.chmod(mode)
    await file.writeFile(text)
    await file.sync()
  } finally {
    await file.close()
  }
  await rename(temporary, path)
  const folder = await open(dirname(path), 'r')
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}

/** Text of a file, or undefined where there is none. */
export async function readTextIfAny(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    if (isMissing(error)) return undefined
    throw error
  }
}

/**
 * Text of a private key file, or undefined where there is none.
 * @throws AppError GW_PKI_KEY_EXPOSED where others than its owner may read it
 */
export async function readKeyIfAny(path: string): Promise<string | undefined> {
  const text = await readTextIfAny(path)
  if (text === undefined) return undefined
  const mode = (await stat(path)).mode & 0o777
  if ((mode & 0o077) !== 0) throw gatewayError('GW_PKI_KEY_EXPOSED', { file: path, mode: mode.toString(8) })
  return text
}
