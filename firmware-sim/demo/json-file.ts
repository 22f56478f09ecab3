import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { failSim } from '../errors.js'

/** The file's content, undefined where there is none. @throws AppError SIM_DEMO_DATA where it is not JSON */
export function readJsonFile<T>(path: string): T | undefined {
  if (!existsSync(path)) return undefined
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as T
  } catch (cause) {
    throw failSim('SIM_DEMO_DATA', { file: path, reason: 'not JSON; --fresh begins anew' }, cause)
  }
}

/** Replaces the file as a whole, for this user's eyes only. */
export function writeJsonFile(path: string, content: object): void {
  writeFileSync(`${path}.new`, `${JSON.stringify(content, null, 2)}\n`, { mode: 0o600 })
  renameSync(`${path}.new`, path)
}
