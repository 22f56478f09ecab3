import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const PREFIX = 'smart-estates-run-'
const MEMORY = '/dev/shm'
const MEMORY_FOLDER = 'ESTATES_MEMORY_FOLDER'
/** Processes that are ending write to the last. */
const REMOVE = { recursive: true, force: true, maxRetries: 10, retryDelay: 100 } as const

/** Where files lie in memory, where the machine has a file system for it; within a run, in the run's own folder. */
export const memoryFolder = (): string => process.env[MEMORY_FOLDER] ?? (existsSync(MEMORY) ? MEMORY : tmpdir())

function lives(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

/** Removes what runs left behind whose process was killed and could not. */
function sweep(parent: string): void {
  for (const name of readdirSync(parent)) {
    const pid = new RegExp(`^${PREFIX}(\\d+)-`).exec(name)?.[1]
    if (pid !== undefined && !lives(Number(pid))) rmSync(join(parent, name), REMOVE)
  }
}

/**
 * Folders of this process alone, on disk and in memory, for all that a run writes.
 * @returns `env` has programs put what is temporary into them; `remove` them at the end
 */
export function openRunFolders(): { readonly env: Readonly<Record<string, string>>; remove(): void } {
  const parents = [tmpdir(), memoryFolder()]
  for (const parent of parents) sweep(parent)
  const [disk = '', memory = ''] = parents.map((parent) => mkdtempSync(join(parent, `${PREFIX}${process.pid}-`)))
  return {
    env: { TMPDIR: disk, [MEMORY_FOLDER]: memory },
    remove() {
      for (const folder of [disk, memory]) rmSync(folder, REMOVE)
    },
  }
}
