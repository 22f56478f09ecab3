import { closeSync, existsSync, fsyncSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs'
import { failSim } from '../errors.js'

/** The file's content, undefined where there is none. @throws AppError SIM_DEMO_DATA where it cannot be read, or is not a JSON object */
export function readJsonFile<T extends object>(path: string): T | undefined {
  if (!existsSync(path)) return undefined
  const wrong = (reason: string, cause?: unknown) => failSim('SIM_DEMO_DATA', { file: path, reason: `${reason}; --fresh begins anew` }, cause)
  let content: unknown
  try {
    content = JSON.parse(readFileSync(path, 'utf8'))
  } catch (cause) {
    throw wrong(cause instanceof SyntaxError ? 'not JSON' : (cause as Error).message, cause)
  }
  if (typeof content !== 'object' || content === null) throw wrong('not a JSON object')
  return content as T
}

/** Replaces the file as a whole, for this user's eyes only: whenever the power goes, the one or the other content is there. */
export function writeJsonFile(path: string, content: object): void {
  const file = openSync(`${path}.new`, 'w', 0o600)
  try {
    writeSync(file, `${JSON.stringify(content, null, 2)}\n`)
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
  renameSync(`${path}.new`, path)
}
