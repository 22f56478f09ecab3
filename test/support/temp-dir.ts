import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'

/** A fresh folder, gone when the test has ended. Call it inside a test. */
export function tempDir(): string {
  const path = mkdtempSync(join(tmpdir(), 'smart-estates-'))
  onTestFinished(() => rmSync(path, { recursive: true, force: true }))
  return path
}
