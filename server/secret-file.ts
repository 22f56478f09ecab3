import { readFile, stat } from 'node:fs/promises'

/** Bits of a file's mode that let others than its owner in. */
const OTHERS = 0o077

/** A secret's file: of its owner alone. @throws Error that names the setting */
export async function secretOf(setting: string, path: string): Promise<string> {
  const { mode } = await stat(path).catch((cause: unknown) => { throw new Error(`${setting}: ${path} cannot be read`, { cause }) })
  if ((mode & OTHERS) !== 0) throw new Error(`${setting}: ${path} may be read by others than its owner; chmod 600`)
  return (await readFile(path, 'utf8')).trim()
}
