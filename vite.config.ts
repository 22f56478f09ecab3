import { readFile, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { brotliCompress, gzip } from 'node:zlib'
import vue from '@vitejs/plugin-vue'
import { type Plugin, defineConfig } from 'vite'

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url))

const COMPRESSED = /\.(js|css|html|svg)$/
/** A smaller file fits into one packet as it is. */
const COMPRESSED_BYTES_MIN = 1_000

/** Puts a `.br` and a `.gz` beside each file that is worth it: compressed once, as well as it goes, and sent as they are. */
function precompressed(): Plugin {
  let folder = ''
  const write = async (path: string): Promise<void> => {
    const bytes = await readFile(path)
    if (bytes.length < COMPRESSED_BYTES_MIN) return
    await Promise.all([writeFile(`${path}.br`, await promisify(brotliCompress)(bytes)), writeFile(`${path}.gz`, await promisify(gzip)(bytes, { level: 9 }))])
  }
  return {
    name: 'precompressed',
    apply: 'build',
    configResolved: (config) => { folder = config.build.outDir },
    async closeBundle() {
      const names = await readdir(folder, { recursive: true })
      await Promise.all(names.filter((name) => COMPRESSED.test(name)).map((name) => write(join(folder, name))))
    },
  }
}

/** The browser side. The server delivers `dist/web` under a policy that allows no inline script and no data address. */
export default defineConfig({
  root: here('server/web'),
  base: '/',
  plugins: [vue(), precompressed()],
  define: {
    __VUE_OPTIONS_API__: 'false',
    __VUE_PROD_DEVTOOLS__: 'false',
    __VUE_I18N_LEGACY_API__: 'false',
    __VUE_I18N_FULL_INSTALL__: 'false',
    __INTLIFY_PROD_DEVTOOLS__: 'false',
  },
  build: {
    outDir: here('dist/web'),
    emptyOutDir: true,
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
})
