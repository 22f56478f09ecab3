import { existsSync, rmSync, writeFileSync } from 'node:fs'

/** Remembers over a power cut that fire released the doors and nobody has reset it. */
export interface FireLatch {
  isSet(): boolean
  write(isSet: boolean): void
}

export function createFireLatch(deps: { path: string }): FireLatch {
  return {
    isSet: () => existsSync(deps.path),
    write(isSet) {
      if (isSet) writeFileSync(deps.path, 'fire\n', { mode: 0o600 })
      else rmSync(deps.path, { force: true })
    },
  }
}
