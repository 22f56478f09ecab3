import { execFile } from 'node:child_process'
import { existsSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { once } from './once.js'

const ROOT = fileURLToPath(new URL('../../../', import.meta.url))
const LOCK = join(ROOT, 'dist/.web-build')

function newestMs(path: string): number {
  const stat = statSync(path)
  if (!stat.isDirectory()) return stat.mtimeMs
  return Math.max(stat.mtimeMs, ...readdirSync(path).map((name) => newestMs(join(path, name))))
}

const isFresh = (out: string, sources: readonly string[]): boolean => existsSync(join(out, 'index.html'))
  && statSync(join(out, 'index.html')).mtimeMs > Math.max(...sources.map((path) => newestMs(join(ROOT, path))))

/** Builds pages into `out` where the sources are newer. Test files that ask at once share one build. */
async function build(out: string, sources: readonly string[], args: readonly string[], mode: 'production' | 'development'): Promise<string> {
  const vite = [join(ROOT, 'node_modules/vite/bin/vite.js'), 'build', '--outDir', out, '--logLevel', 'error', ...args]
  // A test runner says NODE_ENV=test, which would make a third kind of build.
  const env = { ...process.env, NODE_ENV: mode }
  await once(LOCK, () => isFresh(out, sources), () => promisify(execFile)(process.execPath, vite, { cwd: ROOT, env }))
  return out
}

/**
 * Folder of the built pages, built now where the sources are newer.
 * @param warnings true for a build whose libraries complain aloud of what is wrong with how they are used
 */
export const builtWeb = (warnings = false): Promise<string> =>
  build(join(ROOT, warnings ? 'dist/web-warnings' : 'dist/web'), ['server/web', 'vite.config.ts'], [], warnings ? 'development' : 'production')

/** As `builtWeb`, of the estate's desk: where the gateway looks for its page. */
export const builtDesk = (): Promise<string> =>
  build(join(ROOT, 'dist/desk'), ['gateway/desk/web', 'server/web/kit', 'vite.config.ts', 'vite-desk.config.ts'], ['--config', 'vite-desk.config.ts'], 'production')

/** As `builtWeb`, of the residents' page. */
export const builtResident = (): Promise<string> =>
  build(join(ROOT, 'dist/resident'), ['server/web/resident', 'server/web/kit', 'vite.config.ts', 'vite-resident.config.ts'], ['--config', 'vite-resident.config.ts'], 'production')
