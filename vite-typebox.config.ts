import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vite'

const folder = fileURLToPath(new URL('node_modules/typebox/', import.meta.url))
const { exports } = JSON.parse(readFileSync(`${folder}package.json`, 'utf8')) as { exports: Record<string, { import: string }> }
/** `build/index`, `build/compile/index` … */
const entries = Object.values(exports).map(({ import: file }) => file.replace('./', '').replace('.mjs', ''))

/**
 * Packs TypeBox, in its place, into one file an entry. It comes as 683 modules, and every one is looked up, opened and
 * linked at the start of every process of ours: half of a start's processor time. Its types stay as they are.
 */
export default defineConfig({
  logLevel: 'error',
  ssr: { noExternal: true },
  build: {
    ssr: true,
    outDir: folder,
    emptyOutDir: false,
    copyPublicDir: false,
    minify: false,
    rollupOptions: {
      input: Object.fromEntries(entries.map((entry) => [entry, `${folder}${entry}.mjs`])),
      output: { entryFileNames: '[name].mjs', chunkFileNames: 'build/packed/[name].mjs' },
    },
  },
})
