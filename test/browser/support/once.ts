import { existsSync, mkdirSync, rmSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'

const LOCK_STALE_MS = 120_000

function takeLock(lock: string): boolean {
  try {
    mkdirSync(lock)
    return true
  } catch {
    if (existsSync(lock) && Date.now() - statSync(lock).mtimeMs > LOCK_STALE_MS) rmSync(lock, { recursive: true, force: true })
    return false
  }
}

/**
 * Has `make` run until `isMade`, by one of the processes that ask at once; the others wait.
 * @param lock path of a folder that stands while one of them works; one left by a process that was killed counts for two minutes
 */
export async function once(lock: string, isMade: () => boolean, make: () => Promise<unknown>): Promise<void> {
  mkdirSync(dirname(lock), { recursive: true })
  while (!isMade()) {
    if (!takeLock(lock)) {
      await wait(200)
      continue
    }
    try {
      if (!isMade()) await make()
    } finally {
      rmSync(lock, { recursive: true, force: true })
    }
  }
}
