import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { packageRoot } from '../../gateway/package-root.js'

const ROOT = packageRoot()

const newestMs = (folder: string): number => readdirSync(folder, { withFileTypes: true, recursive: true })
  .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
  .reduce((newest, entry) => Math.max(newest, statSync(join(entry.parentPath, entry.name)).mtimeMs), 0)

/** Path of a compiled module for a child process, such as `gateway/main.js`; compiles first where sources are newer. */
export function compiled(module: string): string {
  const path = join(ROOT, 'dist', module)
  const info = join(ROOT, 'dist/.tsbuildinfo')
  const source = (module.split('/')[0] ?? module)
  if (!existsSync(path) || !existsSync(info) || statSync(info).mtimeMs < newestMs(join(ROOT, source))) {
    try {
      execFileSync(process.execPath, [join(ROOT, 'node_modules/typescript/bin/tsc'), '-p', 'tsconfig.build.json'], { cwd: ROOT, stdio: 'pipe' })
    } catch (error) {
      // The compiler writes its output in spite of type errors; those are the type check's business.
      if (!existsSync(path)) throw error
    }
  }
  return path
}
