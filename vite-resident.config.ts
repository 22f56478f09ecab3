import { createHash } from 'node:crypto'
import { readFile, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Plugin, defineConfig, mergeConfig } from 'vite'
import pages from './vite.config.js'

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url))
const OUT = here('dist/resident')
/** What the page needs to start without a network; the rest is for installing it. */
const SHELL = /^my\/.*\.(js|css)$|^favicon\.svg$|^manifest\.webmanifest$|^icon-192\.png$/

/** Writes sw.js: which files are the shell, a version that changes with any of them, and what to do with them. */
function serviceWorker(): Plugin {
  let folder = OUT
  return {
    name: 'service-worker',
    apply: 'build',
    configResolved: (config) => { folder = config.build.outDir },
    async closeBundle() {
      const names = (await readdir(folder, { recursive: true })).map((name) => name.replaceAll('\\', '/')).filter((name) => SHELL.test(name)).sort()
      const hash = createHash('sha256')
      for (const name of ['index.html', ...names]) hash.update(name).update(await readFile(join(folder, name)))
      const [version, shell] = [hash.digest('hex').slice(0, 16), ['/', ...names.map((name) => `/${name}`)]]
      const head = `const VERSION = ${JSON.stringify(version)}\nconst SHELL = ${JSON.stringify(shell)}\n`
      await writeFile(join(folder, 'sw.js'), head + await readFile(here('server/web/resident/service-worker.js'), 'utf8'))
    },
  }
}

/** The residents' page, which the server delivers from `dist/resident` under everything that is not staff's; built as staff's pages are. */
export default mergeConfig(pages, defineConfig({
  root: here('server/web/resident'),
  publicDir: here('server/web/resident/public'),
  plugins: [serviceWorker()],
  build: { outDir: OUT, assetsDir: 'my' },
}))
